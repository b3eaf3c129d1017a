#!/usr/bin/python3
"""Runs the agent against the board and judges by what the receiver accepted.

    check.py BIN_DIR LINES RESULTS

LINES is the sysfs folder of the simulated GPIO lines, RESULTS a folder for all logs.
The agent's own word counts for two things only: its log lines, and its exit status.
"""

import json
import os
import re
import struct
import sys
import time
import traceback

from bench import (
    CHIPS, Chips, GaveUp, Line, Program, Records, Report, tell_kernel_clock_is_right, until)

# What the project fixed, in one place: adapt here.
RECEIVER = ["receiver", "--port", "0", "--log", "{log}"]
RECEIVER_READY = re.compile(r"^receiver: listening on (http://\S+)", re.M)
AGENT = ["telemetryd", "run", "--config", "{ini}"]
INI = """
[telemetryd]
device = test-board
state_directory = {state}
[buffer]
flush_size = 50
flush_interval = 500ms
[uplink.cloud]
kind = kinesis
stream = readings
region = eu-west-1
endpoint = {url}
access_key_id = AKIDEXAMPLE
secret_access_key = not-a-secret
[sensor.greenhouse]
driver = bme280
bus = 1
address = 0x76
every = 1s
[sensor.cellar]
driver = bme280
bus = 1
address = 0x77
every = 1s
[sensor.door]
driver = line
line = GPIO17
bias = pull-up
debounce = 100ms
[sensor.meter]
driver = line
line = GPIO27
bias = pull-down
debounce = 0ms
"""
DOOR, METER = "sim_gpio17", "sim_gpio27"
DOOR_DEBOUNCE_S = 0.1
WARNING = re.compile(r"<[0-4]>|warn|error|critical", re.I)

# How far a value may be off: half of the last digit that anyone would print, and a little.
TOLERANCE = {"temperature": 0.055, "humidity": 0.055, "pressure": 5.5}
PASCALS = {"Pa": 1, "hPa": 100, "mbar": 100, "kPa": 1000}
# An edge's time is the kernel's, however busy the agent was: it may not be off by more.
EDGE_TIME_S = 0.05

# What the chip finds after it was plugged in again, so that an old value cannot pass for a new.
AFTER_ABSENCE = "4D 8B 10 7F 0F 80 68 9E"
AFTER_SILENCE = "4D 0B 10 7D 0F 80 64 9E"


def bme280_values(script, data):
    """Section 4.2.3 of the datasheet, appendix A's formulas in floating point."""
    c88, ce1 = bytes.fromhex(script["calibration_88"]), bytes.fromhex(script["calibration_E1"])
    t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9, _, h1 = struct.unpack("<HhhHhhhhhhhhBB", c88)
    h2, h3, e4, e5, e6, h6 = struct.unpack("<hBbBbb", ce1)
    h4, h5 = e4 * 16 + (e5 & 15), e6 * 16 + (e5 >> 4)
    raw = bytes.fromhex(data)
    raw_p, raw_t = (int.from_bytes(raw[i : i + 3], "big") >> 4 for i in (0, 3))
    raw_h = int.from_bytes(raw[6:8], "big")

    fine = (raw_t / 16384 - t1 / 1024) * t2 + (raw_t / 131072 - t1 / 8192) ** 2 * t3
    x = fine / 2 - 64000
    y = (x * x * p6 / 32768 + x * p5 * 2) / 4 + p4 * 65536
    x = (1 + (p3 * x * x / 524288 + p2 * x) / 524288 / 32768) * p1
    pressure = (1048576 - raw_p - y / 4096) * 6250 / x
    pressure += (p9 * pressure**2 / 2**31 + pressure * p8 / 32768 + p7) / 16
    x = fine - 76800
    humidity = (raw_h - (h4 * 64 + h5 / 16384 * x)) * (
        h2 / 65536 * (1 + h6 / 67108864 * x * (1 + h3 / 67108864 * x)))
    humidity *= 1 - h1 * humidity / 524288
    return {"temperature": fine / 5120, "pressure": pressure,
            "humidity": min(100, max(0, humidity))}


def is_close(quantity, record, expected):
    unit = PASCALS[record["unit"]] if quantity == "pressure" else 1
    return abs(record["data"] * unit - expected[quantity]) <= TOLERANCE[quantity]


class Test:
    def __init__(self, bin_dir, lines, results):
        os.makedirs(results, exist_ok=True)
        self.report = Report()
        self.bin_dir, self.results = bin_dir, results
        with open(CHIPS) as file:
            self.scripts = json.load(file)
        self.door, self.meter = Line(lines, DOOR), Line(lines, METER)
        self.records = Records(os.path.join(results, "records.jsonl"))
        self.agent = self.receiver = self.chips = None

    def run(self):
        try:
            for step in (self.start, self.sensors, self.edges, self.absent, self.silent,
                         self.stop, self.whole):
                print(f"-- {step.__doc__}", flush=True)
                step()
        except GaveUp as reason:
            self.report.expect(False, str(reason))
        except Exception:  # A record without a key, or the like.
            self.report.expect(False, traceback.format_exc())
        if self.chips:
            self.chips.stop()
        if self.report.failed and self.agent:
            print("-- what the agent said")
            with open(self.agent.path, errors="replace") as file:
                print("".join(file.readlines()[-40:]), end="")
        print(f"{self.report.passed} checks passed, {self.report.failed} failed", flush=True)
        return 1 if self.report.failed else 0

    def program(self, words, output, **values):
        arguments = [word.format(**values) for word in words]
        arguments[0] = os.path.join(self.bin_dir, arguments[0])
        return Program(arguments, os.path.join(self.results, output))

    def start(self):
        """start"""
        tell_kernel_clock_is_right()
        self.chips = Chips(self.results)
        for address, script in self.scripts.items():
            values = bme280_values(script, script["data"])
            if any(abs(values[q] - script["expect"][q]) > TOLERANCE[q] for q in TOLERANCE):
                raise GaveUp(f"chips.json: {address} expects other values than computed: {values}")
        self.receiver = self.program(RECEIVER, "receiver.log", log=self.records.path)
        url = until(lambda: RECEIVER_READY.search(self.receiver.text()), 20, "the receiver")[1]
        ini = os.path.join(self.results, "telemetryd.ini")
        with open(ini, "w") as file:
            file.write(INI.format(url=url, state="/run/telemetryd-state"))
        self.door.set(1, counted=False)
        self.meter.set(0, counted=False)
        self.agent = self.program(AGENT, "agent.log", ini=ini)
        self.began = time.monotonic()

    def expect_values(self, sensor, expected, records_before=None):
        """Awaits two readings of each quantity and compares them."""
        for quantity, value in expected.items():
            key = f"{sensor}_{quantity}"
            skip = (records_before or {}).get(key, 0)
            until(lambda: self.records.of(key, skip)[1:], 30, f"two records of {key}")
            got = self.records.of(key, skip)
            right = [r for r in got if is_close(quantity, r, expected)]
            self.report.expect(len(right) == len(got), f"{key} is {value:.6g}",
                               f"{got[-1]['data']} {got[-1].get('unit', '')} in "
                               f"{len(right)} of {len(got)} records")

    def sensors(self):
        """readings of two BME280 on /dev/i2c-1"""
        self.expect_values("greenhouse", self.scripts["0x76"]["expect"])
        self.expect_values("cellar", self.scripts["0x77"]["expect"])
        for key, level in (("door", 1), ("meter", 0)):
            first = until(lambda: self.records.of(key), 20, f"a first record of {key}")
            self.report.expect([r["data"] for r in first] == [level],
                               f"{key} begins with its level", f"{[r['data'] for r in first]}")
        warnings = [line for line in self.agent.text().splitlines() if WARNING.search(line)]
        self.report.expect(not warnings, "no warning so far", " | ".join(warnings))

    def edges(self):
        """edges on /dev/gpiochip0"""
        self.meter.toggle(400, 0.005)
        self.door.press(12, 0.25)
        for key, line in (("meter", self.meter), ("door", self.door)):
            self.await_edges(key, line)
            self.expect_edges(key, line)

    def await_edges(self, key, line):
        try:
            until(lambda: len(self.records.of(key)) > len(line.edges), 15, f"edges of {key}")
        except GaveUp:
            pass  # expect_edges says what is missing

    def expect_edges(self, key, line):
        """Every edge once, in order: after the level at the start, one record per edge."""
        records = self.records.of(key, after=1)
        self.report.expect([r["data"] for r in records] == [e[0] for e in line.edges],
                           f"{key}: every edge once, in order",
                           f"{len(line.edges)} made, {len(records)} records")
        late = DOOR_DEBOUNCE_S * 2 if line is self.door else 0
        worst = max((max(before - r["epoch"], r["epoch"] - after - late)
                     for r, (_, before, after) in zip(records, line.edges)), default=0)
        self.report.expect(worst <= EDGE_TIME_S, f"{key}: edges bear the time they happened",
                           f"off by {max(0, worst) * 1000:.1f} ms at most")

    def absent(self):
        """greenhouse unplugged: its address is not acknowledged"""
        self.unplug("absent", AFTER_ABSENCE)

    def silent(self):
        """greenhouse unplugged: its address is not answered at all"""
        self.unplug("silent", AFTER_SILENCE)

    def unplug(self, how, data_when_back):
        witness = "greenhouse_temperature"
        log_at = len(self.agent.text())
        before = self.chips.command("0x76", how)
        unplugged = time.time()
        cellar = len(self.records.of("cellar_temperature"))
        until(lambda: self.chips.asked("0x76") >= before + 3, 90, "three more tries to read it")
        # The kernel keeps them while the agent waits for the bus.
        self.meter.toggle(200, 0.005)
        until(lambda: len(self.records.of("cellar_temperature")) >= cellar + 3, 60,
              "three readings of the other chip meanwhile")
        self.await_edges("meter", self.meter)
        self.expect_edges("meter", self.meter)
        until(lambda: self.agent.lines("greenhouse", log_at), 10, "a warning")
        ghosts = [r for r in self.records.of(witness) if r["epoch"] > unplugged + 0.1]
        self.report.expect(not ghosts, "no readings of the chip that is gone",
                           f"{ghosts[0]}" if ghosts else "")

        counts = {f"greenhouse_{q}": len(self.records.of(f"greenhouse_{q}")) for q in TOLERANCE}
        tries = self.chips.asked("0x76") - before
        self.chips.command("0x76", "data", data_when_back)
        self.chips.command("0x76", "present")
        back = time.time()
        until(lambda: self.records.of(witness, counts[witness]), 90,
              "readings after it was plugged in again")
        values = bme280_values(self.scripts["0x76"], data_when_back)
        self.expect_values("greenhouse", values, counts)
        resumed = self.records.of(witness, counts[witness])[0]
        said = self.agent.lines("greenhouse", log_at)
        kinds = ["warning" if WARNING.search(line) else "recovery" for line in said]
        self.report.expect(kinds == ["warning", "recovery"],
                           "one warning, then one recovery line", " | ".join(said))
        print(f"     gone for {back - unplugged:.1f} s and {tries} tries, "
              f"read again {resumed['epoch'] - back:.1f} s after it was back", flush=True)

    def stop(self):
        """SIGTERM"""
        self.meter.toggle(10, 0.005)
        began = time.monotonic()
        status = self.agent.stop(20)
        self.report.expect(status == 0, "the agent exits with 0",
                           f"{status} after {time.monotonic() - began:.1f} s")

    def whole(self):
        """the whole run, by the receiver's log"""
        self.expect_edges("meter", self.meter)
        self.expect_edges("door", self.door)
        everything = self.records.all
        numbers = [(r["device"], r["boot"], r["seq"]) for r in everything]
        self.report.expect(len(set(numbers)) == len(numbers), "no record twice",
                           f"{len(numbers)} records, {len(set(numbers))} sequence numbers")
        keys = {r["sensorId"] for r in everything}
        disorder = {k for k in keys for a, b in zip(self.records.of(k), self.records.of(k)[1:])
                    if not (a["seq"] < b["seq"] and a["epoch"] <= b["epoch"])}
        self.report.expect(not disorder, "each sensor's records in order", " ".join(disorder))
        expected = {f"{s}_{q}" for s in ("greenhouse", "cellar") for q in TOLERANCE}
        expected |= {"door", "meter"}
        self.report.expect(keys == expected and not self.records.strangers, "no other records",
                           " ".join(sorted(keys ^ expected)))
        warnings = [line for line in self.agent.text().splitlines() if WARNING.search(line)]
        self.report.expect(len(warnings) == 2, "no other warnings in all",
                           " | ".join(warnings))
        self.receiver.stop(10)
        print(f"     {len(everything)} records of {len(keys)} sensors in "
              f"{time.monotonic() - self.began:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(Test(*sys.argv[1:]).run())
