"""Drivers by other people, and how each is asked for what ours reads.

A function gets the bus and the model, and returns the quantities that the driver has; it imports
its driver itself, so that one that is missing concerns its own line alone.
"""

from dataclasses import dataclass
from typing import Callable

STANDARD_GRAVITY = 9.80665
DEGREES = 57.29577951308232


@dataclass
class Other:
    package: str
    read: Callable
    # Where its arithmetic is known to be coarser than ours: by how much, and why.
    tolerance: dict
    why: str


OTHERS = {}


def other(package, driver=None, why="", **tolerance):
    """Names the function below for the driver of ours that it is a second opinion on."""
    def add(function):
        OTHERS[driver or function.__name__] = Other(package, function, tolerance, why)
        return function
    return add


def climate(chip):
    return {"temperature": chip.temperature, "humidity": chip.relative_humidity}


def axes(name, values, factor=1):
    return {f"{name}_{axis}": value * factor for axis, value in zip("xyz", values)}


# MARK: Pressure


@other("adafruit-circuitpython-bme280")
def bme280(bus, model):
    from adafruit_bme280.basic import Adafruit_BME280_I2C
    chip = Adafruit_BME280_I2C(bus, model.address)
    return climate(chip) | {"pressure": chip.pressure}


@other("adafruit-circuitpython-bmp280")
def bmp280(bus, model):
    from adafruit_bmp280 import Adafruit_BMP280_I2C
    chip = Adafruit_BMP280_I2C(bus, model.address)
    return {"temperature": chip.temperature, "pressure": chip.pressure}


@other("adafruit-circuitpython-bmp3xx")
def bmp388(bus, model):
    from adafruit_bmp3xx import BMP3XX_I2C
    chip = BMP3XX_I2C(bus, model.address)
    return {"temperature": chip.temperature, "pressure": chip.pressure}


@other("adafruit-circuitpython-bme680", temperature=0.006, humidity=0.1, gas=1,
       why="it computes with Bosch's whole-number formulas")
def bme680(bus, model):
    from adafruit_bme680 import Adafruit_BME680_I2C
    chip = Adafruit_BME680_I2C(bus, model.address)
    # As ours measures; the model answers to that alone.
    chip.temperature_oversample = chip.pressure_oversample = chip.humidity_oversample = 1
    return climate(chip) | {"pressure": chip.pressure, "gas": chip.gas}


@other("adafruit-circuitpython-lps2x")
def lps25h(bus, model):
    from adafruit_lps2x import LPS25
    chip = LPS25(bus, model.address)
    return {"temperature": chip.temperature, "pressure": chip.pressure}


# MARK: Temperature and humidity


@other("adafruit-circuitpython-sht31d")
def sht3x(bus, model):
    from adafruit_sht31d import SHT31D
    return climate(SHT31D(bus, model.address))


@other("adafruit-circuitpython-sht4x")
def sht4x(bus, model):
    from adafruit_sht4x import SHT4x
    return climate(SHT4x(bus, model.address))


@other("adafruit-circuitpython-htu21d", humidity=0.006,
       why="its humidity includes the two status bits")
def htu21d(bus, model):
    from adafruit_htu21d import HTU21D
    return climate(HTU21D(bus, model.address))


@other("adafruit-circuitpython-si7021", humidity=0.006,
       why="its humidity includes the two status bits")
def si7021(bus, model):
    from adafruit_si7021 import SI7021
    return climate(SI7021(bus, model.address))


@other("adafruit-circuitpython-ahtx0")
def aht20(bus, model):
    from adafruit_ahtx0 import AHTx0
    return climate(AHTx0(bus, model.address))


@other("adafruit-circuitpython-am2320")
def am2320(bus, model):
    from adafruit_am2320 import AM2320
    return climate(AM2320(bus, model.address))


@other("adafruit-circuitpython-hdc302x")
def hdc302x(bus, model):
    from adafruit_hdc302x import HDC302x
    return climate(HDC302x(bus, model.address))


@other("adafruit-circuitpython-hts221", temperature=1, humidity=0.51,
       why="it drops the fractions of the calibration points")
def hts221(bus, model):
    from adafruit_hts221 import HTS221
    return climate(HTS221(bus))


# MARK: Gas


@other("adafruit-circuitpython-scd4x")
def scd4x(bus, model):
    from adafruit_scd4x import SCD4X
    chip = SCD4X(bus, model.address)
    chip.start_periodic_measurement()
    return climate(chip) | {"co2": chip.CO2}


@other("adafruit-circuitpython-scd30")
def scd30(bus, model):
    from adafruit_scd30 import SCD30
    chip = SCD30(bus, address=model.address)
    return climate(chip) | {"co2": chip.CO2}


@other("adafruit-circuitpython-sgp30")
def sgp30(bus, model):
    from adafruit_sgp30 import Adafruit_SGP30
    chip = Adafruit_SGP30(bus, model.address)
    eco2, tvoc = chip.iaq_measure()
    return {"eco2": eco2, "tvoc": tvoc}


@other("adafruit-circuitpython-sgp40")
def sgp40(bus, model):
    from adafruit_sgp40 import SGP40
    return {"voc_raw": SGP40(bus, model.address).raw}


@other("adafruit-circuitpython-ccs811")
def ccs811(bus, model):
    from adafruit_ccs811 import CCS811
    chip = CCS811(bus, model.address)
    return {"eco2": chip.eco2, "tvoc": chip.tvoc}


# MARK: Temperature


@other("adafruit-circuitpython-mcp9808")
def mcp9808(bus, model):
    from adafruit_mcp9808 import MCP9808
    return {"temperature": MCP9808(bus, model.address).temperature}


# The LM75's successors keep its register, and have more bits in it than this driver reads.
@other("adafruit-circuitpython-pct2075", "lm75", temperature=0.125, why="reads 11 bits")
@other("adafruit-circuitpython-pct2075", "pct2075")
@other("adafruit-circuitpython-pct2075", "tmp102", temperature=0.125, why="reads 11 bits")
@other("adafruit-circuitpython-pct2075", "tmp1075", temperature=0.125, why="reads 11 bits")
def lm75(bus, model):
    from adafruit_pct2075 import PCT2075
    return {"temperature": PCT2075(bus, model.address).temperature}


@other("adafruit-circuitpython-tmp117")
def tmp117(bus, model):
    from adafruit_tmp117 import TMP117
    return {"temperature": TMP117(bus, model.address).temperature}


@other("adafruit-circuitpython-mlx90614")
def mlx90614(bus, model):
    from adafruit_mlx90614 import MLX90614
    chip = MLX90614(bus, model.address)
    return {"object": chip.object_temperature, "ambient": chip.ambient_temperature}


@other("adafruit-circuitpython-ds3231")
def ds3231(bus, model):
    from adafruit_ds3231 import DS3231
    return {"temperature": DS3231(bus).temperature}


# MARK: Light, electricity, motion


@other("adafruit-circuitpython-bh1750")
def bh1750(bus, model):
    from adafruit_bh1750 import BH1750, Resolution
    chip = BH1750(bus, model.address)
    chip.resolution = Resolution.MID  # 1 lx, as ours
    return {"illuminance": chip.lux}


@other("adafruit-circuitpython-veml7700")
def veml7700(bus, model):
    from adafruit_veml7700 import VEML7700
    chip = VEML7700(bus, model.address)
    chip.light_gain = {"1": chip.ALS_GAIN_1}[model.settings["gain"]]
    return {"illuminance": chip.lux}


@other("adafruit-circuitpython-tsl2561")
def tsl2561(bus, model):
    from adafruit_tsl2561 import TSL2561
    chip = TSL2561(bus, model.address)
    chip.gain = 1  # 16 times, as ours
    return {"illuminance": chip.lux}


@other("adafruit-circuitpython-ina219")
def ina219(bus, model):
    from adafruit_ina219 import INA219
    chip = INA219(bus, model.address)
    # It can calibrate for a shunt of 0.1 ohms only, so it is asked for what it measures there.
    current = chip.shunt_voltage / float(model.settings["shunt"])
    return {"voltage": chip.bus_voltage, "current": current}


@other("adafruit-circuitpython-ads1x15")
def ads1115(bus, model):
    from adafruit_ads1x15 import ADS1115, AnalogIn
    chip = ADS1115(bus, address=model.address)
    return {name: AnalogIn(chip, int(name[1:])).voltage for name in model.expected}


@other("adafruit-circuitpython-ads1x15")
def ads1015(bus, model):
    from adafruit_ads1x15 import ADS1015, AnalogIn
    chip = ADS1015(bus, address=model.address)
    return {name: AnalogIn(chip, int(name[1:])).voltage for name in model.expected}


@other("adafruit-circuitpython-mpu6050")
def mpu6050(bus, model):
    from adafruit_mpu6050 import GyroRange, MPU6050
    chip = MPU6050(bus, model.address)
    chip.gyro_range = GyroRange.RANGE_250_DPS  # As ours.
    return (axes("accel", chip.acceleration) | axes("gyro", chip.gyro, DEGREES)
            | {"temperature": chip.temperature})


@other("adafruit-circuitpython-adxl34x", accel_x=0.21, accel_y=0.01, accel_z=0.1,
       why="it counts 4 mg for a bit, the datasheet 3.9")
def adxl345(bus, model):
    from adafruit_adxl34x import ADXL345
    return axes("accel", ADXL345(bus, model.address).acceleration)


@other("adafruit-circuitpython-lsm9ds1")
def lsm9ds1(bus, model):
    from adafruit_lsm9ds1 import LSM9DS1_I2C
    chip = LSM9DS1_I2C(bus, mag_address=0x1C, xg_address=model.address)
    return (axes("accel", chip.acceleration) | axes("gyro", chip.gyro, DEGREES)
            | axes("magnetic", chip.magnetic, 100))
