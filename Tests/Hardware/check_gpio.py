#!/usr/bin/python3
"""Runs the agent against GPIO lines of its own and judges by what the receiver accepted.

    check_gpio.py BIN_DIR RESULTS meters   meters, words, holds; a chip that goes and comes back
    check_gpio.py BIN_DIR RESULTS timing   chips that answer in microseconds: needs simulated time

The lines are a second gpio-sim chip, so that it can be taken away without harm to the board's.
"""

import ctypes
import os
import re
import signal
import sys
import threading
import time
import traceback

from bench import GaveUp, Line, Program, Records, tell_kernel_clock_is_right, until

RECEIVER = ["receiver", "--port", "0", "--log", "{log}"]
RECEIVER_READY = re.compile(r"^receiver: listening on (http://\S+)", re.M)
AGENT = ["telemetryd", "run", "--config", "{ini}"]
STATE = "/run/telemetryd-gpio-state"
HEAD = f"""
[telemetryd]
device = gpio-board
state_directory = {STATE}
[buffer]
flush_size = 50
flush_interval = 500ms
[uplink.cloud]
kind = kinesis
stream = readings
region = eu-west-1
endpoint = {{url}}
access_key_id = AKIDEXAMPLE
secret_access_key = not-a-secret
"""
METERS = """
[sensor.flow]
driver = pulse
line = FLOW
every = 1s
rate_per = second
[sensor.rain]
driver = pulse
line = RAIN
debounce = 30ms
every = 1s
[sensor.button]
driver = line
line = BUTTON
hold = 200ms
[sensor.board]
driver = system
every = 250ms
read = load, uptime
"""
TIMING = """
[sensor.attic]
driver = dht22
line = DHT
every = 2s
[sensor.tank]
driver = hcsr04
trigger = TRIGGER
echo = ECHO
every = 2s
[sensor.dial]
driver = line
lines = DIAL0, DIAL1, DIAL2
"""
NAMES = ["FLOW", "RAIN", "BUTTON", "DIAL0", "DIAL1", "DIAL2", "DHT", "TRIGGER", "ECHO"]
# Of 10,000 pulses each has two edges; more than the kernel queues (1024) while the agent stands.
BURST, STANDSTILL = 10_000, 3000


class Chip:
    """A GPIO chip whose lines have names."""

    config = "/sys/kernel/config/gpio-sim/meters"

    def __init__(self):
        os.makedirs(self.config + "/bank")
        self.write("bank/num_lines", len(NAMES))
        self.write("bank/label", "meters")
        for number, name in enumerate(NAMES):
            os.mkdir(f"{self.config}/bank/line{number}")
            self.write(f"bank/line{number}/name", name)
        self.plug_in()

    def write(self, name, value):
        with open(f"{self.config}/{name}", "w") as file:
            file.write(str(value))

    def read(self, name):
        with open(f"{self.config}/{name}") as file:
            return file.read().strip()

    def plug_in(self):
        self.write("live", 1)
        self.folder = f"/sys/devices/platform/{self.read('dev_name')}/{self.read('bank/chip_name')}"

    def unplug(self):
        self.write("live", 0)

    def line(self, name):
        return Line(self.folder, f"sim_gpio{NAMES.index(name)}")


def pulses(line, count):
    for _ in range(count):
        os.pwrite(line.pull, b"pull-up", 0)
        os.pwrite(line.pull, b"pull-down", 0)


class Test:
    def __init__(self, bin_dir, results):
        os.makedirs(results, exist_ok=True)
        self.bin_dir, self.results = bin_dir, results
        self.records = Records(os.path.join(results, "records.jsonl"))
        self.passed = self.failed = self.starts = 0
        self.agent = self.receiver = None

    def expect(self, passed, what, figures=""):
        self.passed += bool(passed)
        self.failed += not passed
        print("ok  " if passed else "FAIL", f"{what}: {figures}" if figures else what, flush=True)

    def program(self, words, output, **values):
        arguments = [word.format(**values) for word in words]
        arguments[0] = os.path.join(self.bin_dir, arguments[0])
        return Program(arguments, os.path.join(self.results, output))

    def start_agent(self):
        self.starts += 1
        self.agent = self.program(AGENT, f"agent-{self.starts}.log", ini=self.ini)

    def run(self, sensors, steps):
        try:
            tell_kernel_clock_is_right()
            self.chip = Chip()
            self.receiver = self.program(RECEIVER, "receiver.log", log=self.records.path)
            url = until(lambda: RECEIVER_READY.search(self.receiver.text()), 20, "receiver")[1]
            self.ini = os.path.join(self.results, "telemetryd.ini")
            with open(self.ini, "w") as file:
                file.write(HEAD.format(url=url) + sensors)
            self.start_agent()
            for step in steps:
                print(f"-- {step.__doc__}", flush=True)
                step()
            self.expect(self.agent.stop(20) == 0, "the agent exits with 0")
            self.receiver.stop(10)
        except GaveUp as reason:
            self.expect(False, str(reason))
        except Exception:  # A record without a key, or the like.
            self.expect(False, traceback.format_exc())
        if self.failed and self.agent:
            print("-- what the agent said")
            with open(self.agent.path, errors="replace") as file:
                print("".join(file.readlines()[-30:]), end="")
        print(f"{self.passed} checks passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0

    # The readings

    def values(self, key, after=0):
        return [record["data"] for record in self.records.of(key, after)]

    def total(self, key):
        return (self.values(f"{key}_total") or [None])[-1]

    def await_total(self, key, wanted, seconds=20):
        try:
            until(lambda: (self.total(key) or 0) >= wanted, seconds, "the total")
        except GaveUp:
            pass  # The check that follows says what came.
        time.sleep(1.2)  # One more reading, should it count on.
        self.records.update()

    # Meters

    def burst(self):
        """10,000 pulses in a burst, with the agent at work"""
        until(lambda: self.total("flow") == 0, 20, "a first total")
        line = self.chip.line("FLOW")
        began = time.monotonic()
        pulses(line, BURST)
        lasted = time.monotonic() - began
        self.await_total("flow", BURST)
        self.expect(self.total("flow") == BURST, "each pulse of the burst is counted",
                    f"{self.total('flow')} of {BURST} in {lasted:.2f} s")
        counted = sum(self.values("flow_count"))
        self.expect(counted == BURST, "the counts of all readings add up", f"{counted}")
        missed = self.agent.lines("flow")
        print(f"     said of it: {missed or 'nothing'}", flush=True)

    def standstill(self):
        """3,000 pulses while the agent stands still"""
        before = self.total("flow")
        self.agent.process.send_signal(signal.SIGSTOP)
        pulses(self.chip.line("FLOW"), STANDSTILL)
        self.agent.process.send_signal(signal.SIGCONT)
        self.await_total("flow", before + STANDSTILL)
        self.expect(self.total("flow") == before + STANDSTILL,
                    "those that the kernel dropped are counted by their numbers",
                    f"{self.total('flow') - before} of {STANDSTILL}")
        said = [line for line in self.agent.lines("flow") if "missed" in line or "edges" in line]
        self.expect(said, "and it says how many it did not see", " | ".join(said))

    def rate(self):
        """a steady 20 pulses a second"""
        line = self.chip.line("FLOW")
        time.sleep(1.2)
        skip = len(self.values("flow_rate"))
        due = time.monotonic()
        for _ in range(100):
            pulses(line, 1)
            due += 0.05
            time.sleep(max(0, due - time.monotonic()))
        rates = self.values("flow_rate", skip)[2:6]
        self.expect(rates and all(abs(rate - 20) < 0.6 for rate in rates),
                    "the rate comes from the edges' times", f"{[round(r, 2) for r in rates]}")
        time.sleep(4)
        last = self.values("flow_rate")[-1]
        self.expect(0 < last < 0.5, "and falls as the silence proves", f"{last:.3f}")

    def debounce(self):
        """a chattering contact"""
        line = self.chip.line("RAIN")
        line.press(40, 0.1)  # Up and down in turn: 20 pulses.
        self.await_total("rain", 20)
        self.expect(self.total("rain") == 20, "the kernel debounces: one pulse for each press",
                    f"{self.total('rain')} of 20, from 280 edges")

    def hold(self):
        """a button with hold = 200ms"""
        line = self.chip.line("BUTTON")
        for _ in range(5):
            line.set(1, counted=False)
            time.sleep(0.05)
            line.set(0, counted=False)
            time.sleep(0.05)
        began = time.time()
        line.set(1, counted=False)
        time.sleep(0.4)
        line.set(0, counted=False)
        until(lambda: len(self.values("button")) >= 3, 10, "the button")
        records = self.records.of("button")
        self.expect([r["data"] for r in records] == [0, 1, 0], "only what holds is told",
                    f"{[r['data'] for r in records]}")
        off = records[1]["epoch"] - began
        self.expect(-0.01 < off < 0.05, "with the time at which it began", f"off by {off:.4f} s")

    def word(self):
        """three lines as one word, in simulated time"""
        lines = [self.chip.line(f"DIAL{bit}") for bit in range(3)]
        wanted = [0] + [5, 2, 7, 0, 6, 1, 4, 3] * 5
        for before, after in zip(wanted, wanted[1:]):
            for bit, line in enumerate(lines):
                if (before ^ after) >> bit & 1:
                    line.set(after >> bit & 1, counted=False)
                    time.sleep(0.0006)
            time.sleep(0.02)
        edges = sum(bin(a ^ b).count("1") for a, b in zip(wanted, wanted[1:]))
        until(lambda: len(self.values("dial")) >= len(wanted), 10, "the words")
        got = self.values("dial")
        self.expect(got == wanted, "changes at one time are one event",
                    f"{len(got) - 1} events from {edges} edges, 0.6 ms apart")

    def absent(self):
        """the chip unplugged, and plugged in again"""
        before = self.total("flow")
        self.chip.unplug()
        until(lambda: self.agent.lines("flow: line"), 30, "a warning about flow")
        until(lambda: self.agent.lines("button: line"), 30, "a warning about button")
        self.chip.plug_in()
        until(lambda: [l for l in self.agent.lines("flow") if "again" in l.split("flow")[1]], 90,
              "flow to recover")
        until(lambda: len(self.agent.lines("button")) >= 2, 90, "button to recover")
        pulses(self.chip.line("FLOW"), 25)
        self.await_total("flow", before + 25)
        self.expect(self.total("flow") == before + 25, "it counts on where it was",
                    f"{before} and {self.total('flow') - before}")
        print("".join(f"     {line}\n" for line in self.agent.lines("flow")[-2:]), end="")

    def killed(self):
        """kill -9, and another start"""
        kept = f"{STATE}/sensors/flow.pulses"
        settled = self.total("flow")

        def is_saved():
            with open(kept) as file:
                return int(file.read()) == settled

        until(is_saved, 75, "the total on the disk")
        pulses(self.chip.line("FLOW"), 300)
        self.await_total("flow", settled + 300)
        self.agent.stopped = True
        self.agent.process.kill()
        self.agent.process.wait()
        skip = len(self.values("flow_total"))
        self.start_agent()
        first = until(lambda: self.values("flow_total", skip), 20, "a total after the restart")[0]
        self.expect(settled <= first <= settled + 300,
                    "kill -9 costs at most what was counted since the last save",
                    f"{settled} saved, {settled + 300} counted, {first} after the restart")
        pulses(self.chip.line("FLOW"), 10)
        self.await_total("flow", first + 10)
        stopped = self.total("flow")
        self.agent.stop(20)
        skip = len(self.values("flow_total"))
        self.start_agent()
        again = until(lambda: self.values("flow_total", skip), 20, "a total after the stop")[0]
        self.expect(again == stopped == first + 10, "a stop costs nothing", f"{again}")

    # Chips that answer in microseconds

    def timing(self):
        """a DHT22 and an HC-SR04, in simulated time"""
        frames = [bytes.fromhex(f) for f in ("028C015FEE", "01F48065DA", "03E803200E")]
        wanted = [(35.1, 65.2), (-10.1, 50.0), (80.0, 100.0)]
        widths = [5824, 583, 23_000, 38_000]
        sleep_exactly()
        chips = [threading.Thread(target=dht22, args=(self.chip.line("DHT"), frames), daemon=True),
                 threading.Thread(target=hcsr04, daemon=True, args=(
                     self.chip.line("TRIGGER"), self.chip.line("ECHO"), widths))]
        for chip in chips:
            chip.start()
        until(lambda: len(self.values("attic_temperature")) >= 3, 60, "three answers")
        got = list(zip(self.values("attic_temperature"), self.values("attic_humidity")))[:3]
        self.expect(got == wanted, "each frame of the DHT22 is read", f"{got}")
        until(lambda: len(self.values("tank")) >= 3, 60, "three distances")
        expected = [width * 1e-6 * 343.2 / 2 * 100 for width in widths[:3]]
        tank = self.values("tank")[:3]
        self.expect(all(abs(a - b) < 0.2 for a, b in zip(tank, expected)),
                    "each echo of the HC-SR04 is measured",
                    " ".join(f"{a:.2f} ({b:.2f})" for a, b in zip(tank, expected)))
        said = [l for l in self.agent.text().splitlines() if "warning" in l]
        self.expect(not said, "no warning", " | ".join(said))


def sleep_exactly():
    """No timer of this thread, or of those it starts, may be late to save wake-ups."""
    pr_set_timerslack = 29
    ctypes.CDLL(None).prctl(pr_set_timerslack, ctypes.c_ulong(1))


def await_level(line, level, look_every):
    while line.level != level:
        time.sleep(look_every)


def dht22(line, frames):
    """Answers as the AM2302's sheet says: 80 µs low and high, then 40 bits, then a low."""
    line.set(1, counted=False)
    for frame in frames:
        await_level(line, 0, 500e-6)  # It is low for 2 ms.
        await_level(line, 1, 10e-6)
        times = [30e-6, 80e-6, 80e-6]
        for bit in range(40):
            is_one = frame[bit // 8] >> (7 - bit % 8) & 1
            times += [50e-6, 70e-6 if is_one else 26e-6]
        times.append(50e-6)
        for index, seconds in enumerate(times):
            time.sleep(seconds)
            line.set(index % 2, counted=False)


def hcsr04(trigger, echo, widths):
    """One echo for each trigger, three for each width."""
    trigger.set(0, counted=False)
    echo.set(0, counted=False)
    for width in widths:
        for _ in range(3):
            await_level(trigger, 1, 300e-6)  # It is high for 1 ms.
            await_level(trigger, 0, 10e-6)
            time.sleep(450e-6)
            echo.set(1, counted=False)
            time.sleep(width * 1e-6)
            echo.set(0, counted=False)


if __name__ == "__main__":
    test = Test(sys.argv[1], sys.argv[2])
    if sys.argv[3] == "timing":
        sys.exit(test.run(TIMING, [test.timing, test.word]))
    sys.exit(test.run(METERS, [test.burst, test.standstill, test.rate, test.debounce, test.hold,
                               test.absent, test.killed]))
