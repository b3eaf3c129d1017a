#!/usr/bin/python3
"""Runs the agent's drivers, and the kernel's, against the chips of Tests/Chips.

    check_chips.py BIN_DIR RESULTS

All chips sit behind a scripted TCA9548A, because many share an address. Each driver has to give
what its chip's model expects, to agree with the kernel's driver of the chip where there is one, to
say what is wrong while the chip is gone, and to read it again afterwards.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import traceback

from bench import HERE, Chips, GaveUp, Program, Report, until
from kernel_drivers import DEVICES, DRIVERS, WITHOUT, Bound

MODELS = os.path.join(HERE, "../Chips")
sys.path.insert(0, MODELS)

from model_chip import load, spread  # noqa: E402: found by the line above

BUS, HUB = 1, 0x70
# All drivers, one after the other; SCD4x alone takes 5 s.
ONCE_S = 120
# A chip that is gone is missed at the driver's next tick; one that is back, after its backoff.
NOTICE_S, RECOVER_S = 60, 60
# Printed numbers are cut to as many digits as their tolerance has, and a few.
PRINTED = "%.6g"


class Hub:
    """The kernel's driver of the TCA9548A: a bus for each channel."""

    FOLDER = f"{DEVICES}/i2c-{BUS}"
    CHANNELS = f"{DEVICES}/{BUS}-{HUB:04x}"

    def __enter__(self):
        self.tell("new_device", f"pca9548 {HUB:#x}")
        until(lambda: os.path.exists(f"{self.CHANNELS}/channel-7"), 5, "the hub's channels")
        return self

    def __exit__(self, *_):
        self.tell("delete_device", f"{HUB:#x}")

    def tell(self, name, text):
        with open(f"{self.FOLDER}/{name}", "w") as file:
            file.write(text)

    def bus(self, channel):
        """The number of the channel's bus."""
        return os.path.basename(os.path.realpath(f"{self.CHANNELS}/channel-{channel}"))[4:]


class Check:
    def __init__(self, bin_dir, results):
        os.makedirs(results, exist_ok=True)
        self.telemetryd = os.path.join(bin_dir, "telemetryd")
        self.results = results
        self.report = Report()
        self.places = spread(load(MODELS))
        self.agent = None
        self.values = {}  # driver -> quantity -> what the agent read

    def run(self):
        self.chips = Chips(self.results, MODELS)
        try:
            with Hub() as hub:
                self.buses = {c: hub.bus(c) for c, _ in self.places}
                for step in (self.readings, self.kernel, self.removed):
                    self.step(step)
            self.buses = {c: f"{BUS}/mux@{HUB:#x}/{c}" for c, _ in self.places}
            self.step(self.own_hub)
        except GaveUp as reason:
            self.report.expect(False, str(reason))
        except Exception:  # A reading without a unit, or the like.
            self.report.expect(False, traceback.format_exc())
        finally:
            self.chips.stop()
        compared = len(DRIVERS.keys() & {model.driver for model in self.places.values()})
        print(f"{len(self.places)} drivers read on the kernel's bus, {compared} of them compared "
              "with the kernel's own")
        print(f"{self.report.passed} checks passed, {self.report.failed} failed", flush=True)
        return 1 if self.report.failed else 0

    @staticmethod
    def step(step, what=None):
        print(f"-- {what or step.__doc__}", flush=True)
        began = time.monotonic()
        step()
        print(f"     took {time.monotonic() - began:.0f} s", flush=True)

    def place(self, channel, address):
        return f"{channel}/{address:#04x}"

    def ini(self, name):
        path = os.path.join(self.results, f"{name}.ini")
        with open(path, "w") as file:
            for (channel, address), model in self.places.items():
                settings = {"driver": model.driver, "bus": self.buses[channel],
                            "address": f"{address:#04x}"} | model.settings
                lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
                file.write(f"[sensor.{model.driver}]\n{lines}\n")
        return path

    def telemetryd_once(self, ini):
        try:
            ended = subprocess.run(
                [self.telemetryd, "test", "--once", "--config", ini],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ONCE_S)
        except subprocess.TimeoutExpired as error:
            raise GaveUp(f"test --once took more than {ONCE_S} s: {error.stdout}") from None
        if ended.returncode not in (0, 1):
            raise GaveUp(f"test --once ended with {ended.returncode}: {ended.stderr}")
        return ended

    def once(self, name):
        """driver -> quantity -> value of one `test --once`, and what it said on stderr."""
        ended = self.telemetryd_once(self.ini(name))
        values = {model.driver: {} for model in self.places.values()}
        for line in ended.stdout.splitlines():
            reading = json.loads(line)
            sensor, quantities = reading["sensor"], self.quantities(reading["sensor"])
            quantity = reading["key"].removeprefix(f"{sensor}_")
            if reading["key"] == sensor and len(quantities) == 1:
                quantity = quantities[0]
            values[sensor][quantity] = reading["value"]
        return values, ended.stderr

    def quantities(self, driver):
        return next(list(m.expected) for m in self.places.values() if m.driver == driver)

    def expect_models(self, values, errors):
        """One check for each driver."""
        for (channel, address), model in self.places.items():
            found = values[model.driver]
            passed = found.keys() == model.expected.keys() and all(
                abs(found[q] - e) <= model.tolerance for q, e in model.expected.items())
            figures = ", ".join(f"{q} {PRINTED % v}" for q, v in found.items())
            if not passed:
                said = [line for line in errors.splitlines() if f" {model.driver}:" in line]
                figures += f" instead of {model.expected} ({' | '.join(said)})"
            place = self.place(channel, address)
            self.report.expect(passed, f"{model.driver:9} {place}", figures)

    def readings(self):
        """each driver gives what its chip's model expects, over the kernel's hub driver"""
        self.values, errors = self.once("readings")
        self.expect_models(self.values, errors)

    def own_hub(self):
        """the same over the agent's own way through the hub, bus = 1/mux@0x70/N"""
        self.chips.command("all", "present")
        self.expect_models(*self.once("own-hub"))

    def kernel(self):
        """each driver agrees with the kernel's own"""
        with contextlib.ExitStack() as stack:
            # All are started before the first is read, because some measure for a while.
            started = {}
            for (channel, address), model in self.places.items():
                driver = DRIVERS.get(model.driver)
                if not driver:
                    reason = WITHOUT.get(model.driver, "not in kernel_drivers.py")
                    print(f"none {model.driver:9} {reason}", flush=True)
                    continue
                if driver.is_fresh:
                    self.chips.command(self.place(channel, address), "present")
                bound = Bound(self.buses[channel], address, driver)
                try:
                    started[model.driver] = stack.enter_context(bound)
                except (GaveUp, OSError) as reason:
                    self.report.expect(False, f"{model.driver:9} {driver.name}", str(reason))
            for driver, bound in started.items():
                try:
                    passed, figures = self.compare(driver, bound)
                except (GaveUp, OSError) as reason:
                    passed, figures = False, str(reason)
                self.report.expect(passed, f"{driver:9} {bound.driver.name}", figures)
            self.step(lambda: self.sysfs(started), "the agent's iio and hwmon read the same there")
        self.chips.command("all", "present")

    def sysfs(self, started):
        ini = os.path.join(self.results, "sysfs.ini")
        with open(ini, "w") as file:
            for name, bound in started.items():
                folder = bound.folders(bound.devices[0])[0]
                kind, key = ("iio", "device") if "/iio:" in folder else ("hwmon", "chip")
                file.write(f"[sensor.{name}]\ndriver = {kind}\n{key} = {folder}\n\n")
        ended = self.telemetryd_once(ini)
        for name, bound in started.items():
            readings = {}
            for reading in map(json.loads, ended.stdout.splitlines()):
                if reading["sensor"] == name:
                    readings[reading["key"].removeprefix(f"{name}_")] = reading["value"]
            here = bound.folders(bound.devices[0])[:1]
            wanted = {q: bound.value(a, here) * a.sysfs for q, a in bound.driver.quantities.items()
                      if a.sysfs and bound.has(a, here)}
            # The agent goes by the kernel's names, this file by the chip's: values tell.
            missing = [f"{q} {PRINTED % v}" for q, v in wanted.items()
                       if not any(abs(v - r) <= 1e-6 * max(1, abs(v)) for r in readings.values())]
            figures = ", ".join(f"{q} {PRINTED % v}" for q, v in readings.items())
            self.report.expect(readings and not missing, f"{name:9} {bound.driver.name}",
                               figures + (f"; without {', '.join(missing)}" if missing else ""))

    def compare(self, driver, bound):
        passed, figures = True, []
        for quantity, attribute in bound.driver.quantities.items():
            ours, theirs = self.values[driver].get(quantity), bound.value(attribute)
            is_equal = ours is not None and abs(ours - theirs) <= attribute.tolerance
            passed = passed and is_equal
            figures.append(f"{quantity} {ours if ours is None else PRINTED % ours}"
                           f" {'=' if is_equal else 'but'} {PRINTED % theirs}")
        return passed and bool(figures), ", ".join(figures)

    def removed(self):
        """each chip is unplugged and plugged in again, while the agent runs"""
        self.agent = Program([self.telemetryd, "test", "--config", self.ini("removed")],
                             os.path.join(self.results, "removed.log"))
        drivers = {model.driver: place for place, model in self.places.items()}
        self.await_all("readings", drivers, self.readings_after(0), ONCE_S)
        self.chips.command("all", "absent")
        gone = len(self.agent.text())
        complaints = self.await_all("complaints", drivers, self.complaints_after(gone), NOTICE_S)
        time.sleep(1)  # What was measured before has been printed by now.
        back = len(self.agent.text())
        self.chips.command("all", "present")
        readings = self.await_all("readings", drivers, self.readings_after(back), RECOVER_S)
        for driver, place in drivers.items():
            line = complaints.get(driver, "no complaint")
            self.report.expect(driver in complaints and driver in readings,
                               f"{driver:9} {self.place(*place)}",
                               line + ("" if driver in readings else "; not read again"))
        status = self.agent.stop(20)
        self.report.expect(status == 1, "the agent ends with 1", status)

    def readings_after(self, start):
        def readings():
            found = {}
            for line in self.agent.lines('"sensor"', start):
                if line.startswith("{") and line.endswith("}"):
                    found[json.loads(line)["sensor"]] = line
            return found
        return readings

    def complaints_after(self, start):
        """Lines that name sensor, chip, address and bus."""
        def complaints():
            found = {}
            for (channel, address), model in self.places.items():
                pattern = re.compile(
                    rf"sensor {model.driver}\b.* at 0x{address:02X} on I2C bus "
                    rf"{re.escape(str(self.buses[channel]))}: .*\S", re.I)
                for line in self.agent.lines(model.driver, start):
                    if found_here := pattern.search(line):
                        found[model.driver] = found_here[0]
            return found
        return complaints

    @staticmethod
    def await_all(what, drivers, found, seconds):
        try:
            until(lambda: drivers.keys() <= found().keys(), seconds, what)
        except GaveUp:
            pass  # The table says which are missing.
        return found()


if __name__ == "__main__":
    sys.exit(Check(*sys.argv[1:]).run())
