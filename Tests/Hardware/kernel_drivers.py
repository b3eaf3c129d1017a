"""Which of the kernel's own drivers reads which chip, and how its numbers become ours.

IIO attributes are in the units of Documentation/ABI/testing/sysfs-bus-iio, hwmon's in those of
Documentation/hwmon/sysfs-interface.
"""

import errno
import glob
import math
import os
import time
from dataclasses import dataclass, field

from bench import GaveUp, until

DEVICES = "/sys/bus/i2c/devices"
PROBE_S = 2
# The longest is the SGP30's, which measures for 15 s before its readings count.
READY_S = 20


@dataclass
class Attribute:
    """One quantity in sysfs."""
    stem: str  # "in_temp": _input, else (_raw + _offset) * _scale; or a whole file name
    factor: float  # to our unit
    tolerance: float  # in our unit
    sysfs: float | None = 1  # the unit of the agent's iio driver in ours; None: not comparable


@dataclass
class KernelDriver:
    name: str  # as new_device takes it
    quantities: dict = field(default_factory=dict)
    set_up: dict = field(default_factory=dict)  # attribute -> what is written first
    more: dict = field(default_factory=dict)  # the chip's further addresses -> driver
    is_fresh: bool = True  # the chip is powered up first


def milli(stem, tolerance=0.001):
    """Thousandths, as temperatures and humidities are: whole ones, cut or rounded."""
    return Attribute(stem, 0.001, tolerance)


def axes(kind, ours, factor, tolerance):
    return {f"{ours}_{a}": Attribute(f"in_{kind}_{a}", factor, tolerance) for a in "xyz"}


def number(path):
    """What an attribute says; None where there is none."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return float(os.read(file, 100).split()[0])
    finally:
        os.close(file)


def shared(folder, stem, kind):
    """The scale or offset of a channel: its own, or that of its kind (in_accel_x, in_accel)."""
    while stem:
        if (value := number(f"{folder}/{stem}_{kind}")) is not None:
            return value
        stem = stem.rpartition("_")[0]
    return None


def read(folder, stem):
    """An attribute's value in the units of sysfs; None when the folder has it not."""
    for name in (stem, f"{stem}_input"):
        if (value := number(f"{folder}/{name}")) is not None:
            return value
    if (raw := number(f"{folder}/{stem}_raw")) is None:
        return None
    return (raw + (shared(folder, stem, "offset") or 0)) * (shared(folder, stem, "scale") or 1)


class Bound:
    """A chip in the hands of a kernel driver, for as long as a `with` lasts."""

    def __init__(self, bus, address, driver):
        self.adapter = os.path.join(DEVICES, f"i2c-{bus}")
        self.driver = driver
        self.names = {address: driver.name} | driver.more
        self.devices = [f"{DEVICES}/{bus}-{address:04x}" for address in self.names]

    def tell(self, name, text):
        with open(os.path.join(self.adapter, name), "w") as file:
            file.write(text)

    def folders(self, device):
        return glob.glob(f"{device}/iio:device*") + glob.glob(f"{device}/hwmon/hwmon*")

    def __enter__(self):
        try:
            for address, name in self.names.items():
                self.tell("new_device", f"{name} {address:#04x}")
            for device, name in zip(self.devices, self.names.values()):
                until(lambda: self.folders(device), PROBE_S,
                      f"the kernel's {name} does not take it")
            for name, text in self.driver.set_up.items():
                with open(os.path.join(self.folders(self.devices[0])[0], name), "w") as file:
                    file.write(text)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for address, device in zip(self.names, self.devices):
            if os.path.exists(device):
                self.tell("delete_device", f"{address:#04x}")

    def has(self, attribute, folders):
        return any(glob.glob(f"{folder}/{attribute.stem}*") for folder in folders)

    def value(self, attribute, folders=None):
        """In our unit. A chip may have nothing to say for a while: EAGAIN, EBUSY."""
        folders = folders or sum(map(self.folders, self.devices), [])
        end = time.monotonic() + READY_S
        while True:
            try:
                for folder in folders:
                    if (value := read(folder, attribute.stem)) is not None:
                        return value * attribute.factor
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EBUSY) or time.monotonic() > end:
                    raise GaveUp(f"{attribute.stem}: {error.strerror}") from None
                time.sleep(0.2)
        names = [name for folder in folders for name in os.listdir(folder)]
        raise GaveUp(f"no {attribute.stem} among {' '.join(sorted(names))}")


PERCENT = 10_000  # IIO's concentrations are in percent, ours in ppm
DEGREES = 180 / math.pi

# The tolerance is the kernel's last digit, unless a comment says why it is more.
TEMPERATURE = {"temperature": milli("temp1_input")}
BOTH = {"temperature": milli("temp1_input"), "humidity": milli("humidity1_input")}
# 175 and 100 over 65536 where Sensirion has 65535: up to 175 / 65536 apart, and a digit.
SENSIRION = {
    "temperature": milli("temp1_input", 0.004), "humidity": milli("humidity1_input", 0.003)}
IIO_BOTH = {"temperature": milli("in_temp"), "humidity": milli("in_humidityrelative")}
PRESSURE = {"temperature": milli("in_temp"), "pressure": Attribute("in_pressure", 10, 0.001)}

DRIVERS = {
    # Gain 1, as ours; IIO has it as millivolts for a count.
    "ads1015": KernelDriver(
        "ads1015", {f"a{n}": milli(f"in_voltage{n}", 1e-6) for n in range(4)},
        {f"in_voltage{n}_scale": "2" for n in range(4)}),
    "ads1115": KernelDriver(
        "ads1115", {f"a{n}": milli(f"in_voltage{n}", 1e-6) for n in range(4)},
        {f"in_voltage{n}_scale": "0.125" for n in range(4)}),
    # Cuts to hundredths.
    "aht20": KernelDriver("aht10", {
        "temperature": milli("temp1_input", 0.01), "humidity": milli("humidity1_input", 0.01)}),
    # The AM2315 is an AM2320 in another housing.
    "am2320": KernelDriver("am2315", IIO_BOTH),
    # The scale has six decimals: 0.833333 lx for a count.
    "bh1750": KernelDriver("bh1750", {"illuminance": Attribute("in_illuminance", 1, 0.03)}),
    "bme280": KernelDriver("bme280", PRESSURE | IIO_BOTH),
    # Bosch's whole-number formulas, 5 Pa from those with fractions. Humidity is in whole units.
    "bme680": KernelDriver("bme680", {
        "temperature": milli("in_temp", 0.01), "pressure": Attribute("in_pressure", 10, 0.06),
        "humidity": Attribute("in_humidityrelative", 1, 0.01),
        "gas": Attribute("in_resistance", 1, 1)}),
    "bmp180": KernelDriver("bmp180", PRESSURE, {"in_pressure_oversampling_ratio": "1"}),
    "bmp280": KernelDriver("bmp280", PRESSURE),
    # Temperature in hundredths.
    "bmp388": KernelDriver("bmp380", PRESSURE | {"temperature": milli("in_temp", 0.01)}),
    "ccs811": KernelDriver("ccs811", {
        "eco2": Attribute("in_concentration_co2", PERCENT, 0.5),
        "tvoc": Attribute("in_concentration_voc", PERCENT * 1000, 0.5, 0.001)}),
    "ds3231": KernelDriver("ds3231", TEMPERATURE),
    # In whole units, not thousandths; its slopes are whole numbers, up to a hundredth off.
    "hts221": KernelDriver("hts221", {
        "temperature": Attribute("in_temp", 1, 0.05),
        "humidity": Attribute("in_humidityrelative", 1, 0.25)}),
    # Rounds 175.72 / 65536 and 125 / 65536 to thousandths; counts the two status bits in.
    "htu21d": KernelDriver("htu21", {
        "temperature": milli("in_temp"), "humidity": milli("in_humidityrelative", 0.006)}),
    "ina219": KernelDriver("ina219", {
        "voltage": milli("in1_input"), "current": milli("curr1_input"),
        "power": Attribute("power1_input", 1e-6, 0.001)}, {"shunt_resistor": "2000"}),
    # Calibrated otherwise than by ours: a count of its power register is 31 mW.
    "ina226": KernelDriver("ina226", {
        "voltage": milli("in1_input"), "current": milli("curr1_input"),
        "power": Attribute("power1_input", 1e-6, 0.032)}, {"shunt_resistor": "2000"}),
    "lm75": KernelDriver("lm75", TEMPERATURE),
    # The scale has nine decimals: 0.000024414 kPa for a count.
    "lps25h": KernelDriver("lps25h", PRESSURE | {"pressure": Attribute("in_pressure", 10, 0.005)}),
    # Scales of six decimals; the magnetometer's is the LIS3MDL's, 1/6842 gauss for a count, where
    # the LSM9DS1's sheet has 0.00014.
    "lsm9ds1": KernelDriver(
        "lsm9ds1-imu", axes("accel", "accel", 1, 0.01) | axes("anglvel", "gyro", DEGREES, 0.01)
        | axes("magn", "magnetic", 100, 1.3), more={0x1C: "lsm9ds1_magn"}),
    "mcp9808": KernelDriver("jc42", TEMPERATURE),
    "mlx90614": KernelDriver("mlx90614", {
        "object": milli("in_temp_object"), "ambient": milli("in_temp_ambient")}),
    # Scales of six decimals: 0.000598 m/s² and 0.000133 rad/s for a count.
    "mpu6050": KernelDriver(
        "mpu6050", axes("accel", "accel", 1, 0.002) | axes("anglvel", "gyro", DEGREES, 0.05)
        | {"temperature": milli("in_temp")}, {"in_anglvel_scale": "0.000133090"}),
    "ms5611": KernelDriver("ms5611", PRESSURE),
    "pct2075": KernelDriver("pct2075", TEMPERATURE),
    "scd30": KernelDriver("scd30", {
        "temperature": milli("in_temp", 0.01), "humidity": milli("in_humidityrelative", 0.01),
        "co2": Attribute("in_concentration_co2", PERCENT, 1)}),
    "scd4x": KernelDriver("scd40", {
        "temperature": milli("in_temp", 0.004), "humidity": milli("in_humidityrelative", 0.003),
        "co2": Attribute("in_concentration_co2", PERCENT, 0.5)}),
    # In parts of one, not percent.
    "sgp30": KernelDriver("sgp30", {
        "eco2": Attribute("in_concentration_co2", PERCENT * 100, 1),
        "tvoc": Attribute("in_concentration_voc", PERCENT * 1000 * 100, 1, 0.001)}),
    "sgp40": KernelDriver("sgp40", {"voc_raw": Attribute("in_resistance_raw", 1, 0)}),
    "sht3x": KernelDriver("sht3x", SENSIRION),
    "sht4x": KernelDriver("sht4x", SENSIRION),
    # Offsets are whole counts of 0.01 °C; humidity as with the HTU21D.
    "si7021": KernelDriver("si7020", {
        "temperature": milli("in_temp", 0.01), "humidity": milli("in_humidityrelative", 0.006)}),
    "tmp102": KernelDriver("tmp102", TEMPERATURE),
    "tmp1075": KernelDriver("tmp1075", TEMPERATURE),
    # Reads what was measured last, whenever that was.
    "tmp117": KernelDriver("tmp117", {"temperature": milli("in_temp")}, is_fresh=False),
    # Whole lux, from a shorter table of coefficients than the datasheet has.
    "tsl2561": KernelDriver("tsl2561", {"illuminance": Attribute("in_illuminance0", 1, 2)}),
    # Counts, which at another gain mean something else; a count of ours is 0.0672 lx.
    "veml7700": KernelDriver(
        "veml6030", {"illuminance": Attribute("in_illuminance_raw", 0.0672, 0.001, None)}),
}

# Why there is no second opinion on the others.
WITHOUT = {
    "adxl345": "the kernel's driver takes only a chip of a device tree",
    "hdc302x": "Linux 6.1 has no driver of it",
}
