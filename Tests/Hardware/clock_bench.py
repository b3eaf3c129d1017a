"""The guest's clock, events that know when they happened, and one agent among them."""

import ctypes
import json
import os
import shutil
import statistics
import subprocess
import threading
import time

from bench import TIMESYNC, Program, Records, until

INI = """
[telemetryd]
device = clock-board
state_directory = {state}
control_socket = {socket}
grace = 2s
[buffer]
capacity = {capacity}
flush_size = 20
flush_interval = 200ms
durability = {durability}
[spool]
sync = 1s
[uplink.cloud]
kind = kinesis
stream = readings
region = eu-west-1
endpoint = http://127.0.0.1:{port}
access_key_id = AKIDEXAMPLE
secret_access_key = not-a-secret
[sensor.ticks]
driver = lines
path = {ticks}
[sensor.button]
driver = line
line = BUTTON
debounce = 0ms
[sensor.wave]
driver = simulated
every = 250ms
"""
PORT = "5001"  # The guest's loopback is nobody else's.
TICKS, TICK_S = "/run/ticks", 0.05
SOCKET = "/run/clock.sock"
WAVE_S = 0.25
HOUR = 3600
# An edge is stamped by the kernel. Nine of ten may lie no further outside of the moment in which it
# was made; the rest leave room for a machine that puts the guest aside between two clocks.
EDGE_S, EDGE_MAX_S = 0.005, 0.05
# A tick is stamped when the agent reads it: at once, on a machine that has nothing else to do.
TICK_SOON_S, TICK_LATE_S = 0.2, 2


def boot_time():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


# The guest came up with the host's time, which is the truth here.
RIGHT_AT_ZERO = time.time() - boot_time()


def set_clock(ahead=0.0):
    """Of the guest, which has no time service: to the truth, or so many seconds ahead of it."""
    time.clock_settime(time.CLOCK_REALTIME, RIGHT_AT_ZERO + ahead + boot_time())


def set_clock_to_1970():
    """As a board without a battery clock comes up: with the epoch's beginning, and its uptime."""
    time.clock_settime(time.CLOCK_REALTIME, boot_time() + 1)


def forget_clock(time_service_runs):
    """No word of any service that the clock is right."""
    shutil.rmtree(TIMESYNC, ignore_errors=True)
    if time_service_runs:
        os.makedirs(TIMESYNC)
    timex = ctypes.create_string_buffer(256)
    modes, status = ctypes.c_uint32.from_buffer(timex, 0), ctypes.c_int32.from_buffer(timex, 40)
    modes.value, status.value = 0x0010, 0x0040  # ADJ_STATUS, STA_UNSYNC
    ctypes.CDLL(None).adjtimex(timex)


class Ticks:
    """Writes the boot's clock into the FIFO, over and over."""

    def __init__(self):
        os.mkfifo(TICKS)
        self.fifo = os.open(TICKS, os.O_RDWR)  # It stays when the agent does not.
        self.written = []
        self.goes = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            self.goes.wait()
            now = f"{boot_time():.6f}"
            os.write(self.fifo, b'{"key":"tick","value":%s}\n' % now.encode())
            self.written.append(float(now))
            time.sleep(TICK_S)

    def stop(self):
        self.goes.clear()
        time.sleep(4 * TICK_S)


class Scenario:
    """One agent with its state, one receiver, one story."""

    def __init__(self, test, name, durability="memory", capacity=10_000):
        self.test, self.report, self.name = test, test.report, name
        self.results = os.path.join(test.results, name)
        os.makedirs(self.results)
        self.state = f"/run/clock-{name}"
        self.records = Records(os.path.join(self.results, "records.jsonl"))
        self.receiver = self.agent = None
        self.starts = 0
        self.ini = os.path.join(self.results, "telemetryd.ini")
        with open(self.ini, "w") as file:
            file.write(INI.format(state=self.state, capacity=capacity, durability=durability,
                                  port=PORT, ticks=TICKS, socket=SOCKET))
        self.button = test.chip.line("BUTTON")
        self.button.clock = boot_time
        self.button.set(0, counted=False)
        self.first_tick = len(test.ticks.written)
        self.edge_runs = []  # of one run of the agent each

    def program(self, arguments, log):
        return Program([os.path.join(self.test.bin_dir, arguments[0])] + arguments[1:],
                       os.path.join(self.results, log))

    def start_receiver(self):
        self.receiver = self.program(
            ["receiver", "--port", PORT, "--log", self.records.path], "receiver.log")
        until(lambda: "listening" in self.receiver.text(), 20, "the receiver")

    def start_agent(self):
        self.starts += 1
        self.agent = self.program(["telemetryd", "run", "--config", self.ini],
                                  f"agent-{self.starts}.log")
        until(self.is_at_work, 30, "the agent at work")
        self.test.ticks.goes.set()

    def is_at_work(self):
        """The button's line was read, so that its edges are waited for."""
        self.agent.text()  # It must not have ended.
        answer = subprocess.run(
            [f"{self.test.bin_dir}/telemetryd", "status", "--json", "--config", self.ini],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        sensors = json.loads(answer.stdout)["sensors"] if answer.returncode == 0 else []
        return any(s["name"] == "button" and s["readings"] for s in sensors)

    def kill_agent(self):
        self.test.ticks.stop()
        self.agent.stopped = True
        self.agent.process.kill()
        self.agent.process.wait()
        os.remove(SOCKET)

    def live(self, seconds):
        """Ticks go on; so do edges."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # The simulated chip loses an edge that comes before the kernel was done with the last:
            # on a busy machine that may take a while.
            self.button.toggle(4, 0.04)
            time.sleep(0.1)

    @property
    def ticks(self):
        return self.test.ticks.written[self.first_tick:]

    def tick_records(self):
        return self.records.of("tick")

    def edge_records(self):
        """Without the level that each run begins with."""
        seen, edges = set(), []
        for record in self.records.of("button"):
            if record["boot"] in seen:
                edges.append(record)
            seen.add(record["boot"])
        return edges

    def hold(self):
        """Nothing may have been sent yet."""
        self.records.update()
        self.report.expect(not self.records.all, "nothing is sent before the clock is set",
                           f"{len(self.ticks)} ticks, {len(self.button.edges)} edges so far, "
                           f"{len(self.records.all)} records")

    def await_all(self):
        self.test.ticks.stop()
        what = f"{len(self.ticks)} ticks and {len(self.button.edges)} edges"
        until(lambda: {r["data"] for r in self.tick_records()} >= set(self.ticks)
              and len(self.edge_records()) >= len(self.button.edges), 30, what)

    def stop(self):
        self.report.expect(self.agent.stop(20) == 0, "the agent exits with 0")
        if self.receiver:
            self.receiver.stop(10)
        self.records.update()

    def expect_whole(self):
        """Each once, in order."""
        got, made = [r["data"] for r in self.tick_records()], self.ticks
        edges = [r["data"] for r in self.edge_records()]
        levels = [level for level, _, _ in self.button.edges]
        numbers = [(r["boot"], r["seq"]) for r in self.records.all]
        boots = list(dict.fromkeys(boot for boot, _ in numbers))
        in_order = all(
            boots.index(a[0]) < boots.index(b[0]) or a[0] == b[0] and a[1] < b[1]
            for a, b in zip(numbers, numbers[1:]))
        self.report.expect(
            got == made and edges == levels and in_order, "each event once, in order",
            f"{len(got)} of {len(made)} ticks, {len(edges)} of {len(levels)} edges, "
            f"{len(numbers)} records")

    def expect_right(self, ahead_at=lambda boot: 0.0):
        """The epochs are those of a clock that was so far ahead of the truth when it happened."""
        offs = [r["epoch"] - RIGHT_AT_ZERO - r["data"] - ahead_at(r["data"])
                for r in self.tick_records()]
        half = statistics.median(offs)
        self.report.expect(
            min(offs) >= -0.001 and half <= TICK_SOON_S and max(offs) <= TICK_LATE_S,
            "ticks bear the time at which they were read",
            f"{min(offs) * 1000:.1f} to {max(offs) * 1000:.1f} ms after they were written, half of "
            f"them within {half * 1000:.1f} ms")
        offs = []
        for record, (_, before, after) in zip(self.edge_records(), self.button.edges):
            epoch = record["epoch"] - RIGHT_AT_ZERO - ahead_at(before)
            offs.append(max(0, before - epoch, epoch - after))
        most = statistics.quantiles(offs, n=10)[-1]
        self.report.expect(
            most <= EDGE_S and max(offs) <= EDGE_MAX_S,
            "edges bear the time at which they happened",
            f"off by {max(offs) * 1000:.2f} ms at most, nine of ten by {most * 1000:.2f}")
        marked = [r for r in self.records.all if "clock" in r]
        self.report.expect(not marked, "none is marked", f"{len(marked)}")

    def expect_even(self, ahead_at=lambda boot: 0.0):
        """The schedule does not follow the wall clock."""
        epochs = [r["epoch"] - RIGHT_AT_ZERO for r in self.records.of("wave")]
        boots = [min((e - a for a in (0, HOUR) if abs(ahead_at(e - a) - a) < 1), default=e)
                 for e in epochs]
        steps = [b - a for a, b in zip(boots, boots[1:])]
        even = steps and max(steps) < WAVE_S + TICK_LATE_S
        self.report.expect(
            even and abs(statistics.median(steps) - WAVE_S) < 0.1,
            "the readings of a schedule stay even",
            f"{len(steps) + 1}, {min(steps):.3f} to {max(steps):.3f} s apart" if steps else "")
