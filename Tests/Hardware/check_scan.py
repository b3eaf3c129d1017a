#!/usr/bin/python3
"""Lets `telemetryd scan` find scripted chips, and uses the ini that it prints.

    check_scan.py BIN_DIR RESULTS
    check_scan.py simulate CONTROL PLACES

The first is the check, in the guest. It starts the second, which plays models of Tests/Chips at
PLACES (JSON: channel of the hub, or "" for the bus itself -> drivers).
"""

import configparser
import importlib.util
import json
import os
import subprocess
import sys
import traceback

from bench import HERE, GaveUp, Report, until
from check_chips import Hub

MODELS = os.path.join(HERE, "../Chips")
sys.path.insert(0, MODELS)

from model_chip import ModelChip, load, spread  # noqa: E402: found by the line above

BUS, HUB, STRANGER = 1, 0x70, 0x3C
# Eight chips, and the hub that two of them are behind, which have one address.
BOARD = {"": ["bme280", "mcp9808", "aht20", "lsm9ds1", "bh1750", "stranger"],
         "0": ["sht3x"], "3": ["sht4x"]}
# Chips that do not say what they are, by their sheets.
UNDECIDED = {"bh1750", "ads1015", "ads1115", "lm75"}
# Memory modules of PCs may be protected for ever by a write here, so nothing is asked.
UNASKED = range(0x30, 0x38)
SCAN_S, ONCE_S = 180, 120
NOBODY = 65534


def simulator():
    path = os.path.join(HERE, "chip-simulator.py")
    spec = importlib.util.spec_from_file_location("chip_simulator", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def simulate(control, places):
    chips = simulator()
    models = {model.driver: model for model in load(MODELS)}
    sockets = {}
    for channel, drivers in json.loads(places).items():
        for driver in drivers:
            parts = models[driver].chips if driver in models else {STRANGER: stranger()}
            for address in parts:
                place = int(channel) if channel else None, address
                sockets[place] = chips.Socket({address: parts[address]})
    chips.read_board = lambda _: chips.Board(sockets, chips.TCA9548A())
    chips.main("", control)


def stranger():
    """A display: it gives its status, and takes whatever is written."""
    return ModelChip({"address": f"{STRANGER:#x}", "model": "registers", "memory": {"00": "43"}})


class Check:
    def __init__(self, bin_dir, results):
        os.makedirs(results, exist_ok=True)
        self.telemetryd = os.path.join(bin_dir, "telemetryd")
        self.results = results
        self.report = Report()
        self.models = {model.driver: model for model in load(MODELS)}

    def run(self):
        if not os.path.exists(f"/dev/i2c-{BUS}"):
            subprocess.run(["insmod", "/bed/modules/i2c-scripted.ko", f"bus={BUS}"], check=True)
        try:
            self.board("eight", BOARD)
            places = {}
            for (channel, _), model in spread(self.models.values()).items():
                places.setdefault(str(channel), []).append(model.driver)
            self.board("all", places)
            self.board("kernel", BOARD, self.kernel)
        except GaveUp as reason:
            self.report.expect(False, str(reason))
        except Exception:
            self.report.expect(False, traceback.format_exc())
        print(f"{self.report.passed} checks passed, {self.report.failed} failed", flush=True)
        return 1 if self.report.failed else 0

    def board(self, name, places, look=None):
        print(f"-- scan of {name} chips", flush=True)
        control, path = f"/run/scan-{name}", os.path.join(self.results, f"{name}.log")
        with open(path, "w") as log:
            player = subprocess.Popen(
                [sys.executable, __file__, "simulate", control, json.dumps(places)],
                stdout=log, stderr=subprocess.STDOUT)
        try:
            until(lambda: "ready" in open(path).read(), 10, "the chip simulator")
            (look or self.scan)(name, places)
        finally:
            player.terminate()
            player.wait()

    def call(self, *arguments, seconds, **who):
        return subprocess.run(
            [self.telemetryd, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=seconds, **who)

    def kernel(self, name, places):
        """The kernel drives the hub: its channels are buses, and show what is before it, too."""
        with Hub() as hub:
            buses = {channel: hub.bus(channel) if channel else str(BUS) for channel in places}
            self.scan(name, places, buses)
        nobody = self.call("scan", seconds=SCAN_S, user=NOBODY, group=NOBODY, extra_groups=[])
        self.report.expect(nobody.returncode == 77 and "group i2c" in nobody.stderr,
                           "who may not open the bus is told why",
                           f"{nobody.returncode} {nobody.stderr.strip()}")

    def scan(self, name, places, buses=None):
        own = {c: f"{BUS}/mux@{HUB:#x}/{c}" if c else str(BUS) for c in places}
        buses = buses or own
        ini = os.path.join(self.results, f"{name}.ini")
        if os.path.exists(ini):
            os.remove(ini)
        ended = self.call("scan", "--write", "-c", ini, seconds=SCAN_S)
        self.report.expect(ended.returncode == 0, "scan ends with 0",
                           f"{ended.returncode}: {' | '.join(ended.stderr.splitlines())}")
        with open(ini) as file:
            text = file.read()
        sections = configparser.ConfigParser(
            comment_prefixes=(";",), delimiters=("=",), interpolation=None)
        sections.read_string(text)
        found = {(s["bus"], int(s["address"], 16)): (title.removeprefix("sensor."), s["driver"])
                 for title, s in sections.items() if "address" in s}
        for channel, drivers in places.items():
            for driver in drivers:
                self.expect_found(driver, buses[channel], found, text)
        self.report.expect(not found, "nothing else was found", found)
        again = self.call("scan", "--write", "-c", ini, seconds=SCAN_S)
        with open(ini) as file:
            kept = file.read() == text
        self.report.expect(again.returncode == 73 and kept, "an ini that is there is kept",
                           again.returncode)
        self.readings(ini, sections)

    def expect_found(self, driver, bus, found, text):
        if driver not in self.models:
            told = f"; 0x{STRANGER:02X} on I2C bus {bus} is no chip that telemetryd reads" in text
            self.report.expect(told, "a chip of no driver is told")
            return
        address = self.models[driver].address
        title, named = found.pop((bus, address), (None, None))
        place = f"0x{address:02X} on I2C bus {bus}"
        if driver in UNDECIDED or address in UNASKED:
            line = next((s for s in text.splitlines() if s.startswith(f"; {place} may be ")), "")
            self.report.expect(named is None and driver in line, f"{driver:9} may be", line)
        elif named is None and self.models[driver].settings:
            # With the usual settings instead of the model's some have nothing to read.
            line = next((s for s in text.splitlines() if s.startswith(f"; {place} could")), "")
            self.report.expect(f";driver = {driver}" in text, f"{driver:9} is named", line)
        else:
            self.report.expect(named == driver, f"{driver:9} {place}", f"{named} ({title})")

    def readings(self, ini, sections):
        ended = self.call("test", "--once", "-c", ini, seconds=ONCE_S)
        self.report.expect(ended.returncode == 0, "test --once reads all, unedited",
                           f"{ended.returncode} {ended.stderr.strip()}")
        readings = {}
        for reading in map(json.loads, ended.stdout.splitlines()):
            key = reading["key"].removeprefix(reading["sensor"]).lstrip("_")
            readings.setdefault(reading["sensor"], {})[key] = reading["value"]
        for title, section in sections.items():
            if "driver" not in section or title.startswith("uplink"):
                continue
            name, model = title.removeprefix("sensor."), self.models[section["driver"]]
            got = readings.get(name, {})
            if "" in got:
                got = {next(iter(model.expected)): got[""]}
            # Other settings than the model's make other values of the same bytes.
            right = got.keys() == model.expected.keys() and (bool(model.settings) or all(
                abs(got[q] - e) <= model.tolerance for q, e in model.expected.items()))
            self.report.expect(right, f"{name} reads", ", ".join(f"{q} {v}" for q, v in got.items()))


if __name__ == "__main__":
    if sys.argv[1] == "simulate":
        simulate(*sys.argv[2:])
    else:
        sys.exit(Check(*sys.argv[1:]).run())
