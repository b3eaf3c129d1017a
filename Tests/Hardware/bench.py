"""What the hardware test holds in its hands: lines, scripted chips, programs, records, a report."""

import ctypes
import json
import os
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHIPS = os.path.join(HERE, "chips.json")


class GaveUp(Exception):
    """A fact did not come about in its time; what follows would have no meaning."""


def until(condition, seconds, what):
    """Waits until condition() is true, and returns what it gave."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise GaveUp(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return value


class Report:
    def __init__(self):
        self.failed = 0
        self.passed = 0

    def expect(self, passed, what, figures=""):
        self.passed += bool(passed)
        self.failed += not passed
        print("ok  " if passed else "FAIL", f"{what}: {figures}" if figures else what, flush=True)


class Records:
    """The receiver's log of what it accepted."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.all = []
        self.strangers = []

    def update(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                text = file.read()
        except FileNotFoundError:
            return
        text = text[: text.rfind(b"\n") + 1]
        self.offset += len(text)
        for line in text.splitlines():
            entry = json.loads(line)
            if entry.get("uplink") == "kinesis":
                self.all.append(entry["data"])
            else:
                self.strangers.append(line)

    def of(self, key, after=0):
        """The records of one key, without the first `after`."""
        self.update()
        return [r for r in self.all if r["sensorId"] == key][after:]


class Line:
    """A GPIO line, pulled up and down from outside; remembers when it did, by `clock`."""

    def __init__(self, folder, name, clock=time.time):
        self.clock = clock
        self.pull = os.open(os.path.join(folder, name, "pull"), os.O_WRONLY)
        self.level_file = os.path.join(folder, name, "value")
        self.edges = []  # (new level, time before, time after)

    @property
    def level(self):
        with open(self.level_file) as file:
            return int(file.read())

    def set(self, level, counted=True):
        before = self.clock()
        os.pwrite(self.pull, b"pull-up" if level else b"pull-down", 0)
        if counted:
            self.edges.append((level, before, self.clock()))

    def toggle(self, times, pause_s):
        level = self.level
        for _ in range(times):
            level = 1 - level
            self.set(level)
            time.sleep(pause_s)

    def press(self, times, pause_s):
        """As a switch does: each change chatters for some milliseconds before it holds."""
        level = self.level
        for _ in range(times):
            level = 1 - level
            began = self.clock()
            for chatter in (level, 1 - level) * 3:
                self.set(chatter, counted=False)
                time.sleep(0.001)
            self.set(level, counted=False)
            self.edges.append((level, began, self.clock()))
            time.sleep(pause_s)


class Chips:
    """The simulator, and the FIFO that commands it."""

    def __init__(self, results, chips=CHIPS):
        self.control = f"/run/chips-{os.getpid()}"
        self.log = open(os.path.join(results, "chips.log"), "w+")
        self.process = subprocess.Popen(
            [os.path.join(HERE, "chip-simulator.py"), chips, self.control],
            stdout=self.log, stderr=subprocess.STDOUT)
        until(lambda: "ready" in self.text().splitlines(), 10, "the chip simulator")

    def text(self):
        with open(self.log.name) as file:
            return file.read()

    def command(self, *words):
        """Waits until the simulator obeyed; returns how often the chip was asked before."""
        done = len(self.text().splitlines())
        with open(self.control, "w") as fifo:
            fifo.write(" ".join(words) + "\n")
        echo = until(lambda: self.text().splitlines()[done:], 10, f"chip command {words}")[0]
        if not echo.startswith(" ".join(words)):
            raise GaveUp(f"the chip simulator said: {echo}")
        return int(echo.split()[-1])

    def asked(self, address):
        return self.command(address, "count")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Program:
    """A started binary with its output in one file."""

    def __init__(self, arguments, log):
        self.path = log
        self.stopped = False
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=open(log, "w"), stderr=subprocess.STDOUT)

    def text(self):
        if not self.stopped and self.process.poll() is not None:
            raise GaveUp(f"{self.process.args[0]} ended with {self.process.returncode}")
        with open(self.path, errors="replace") as file:
            return file.read()

    def lines(self, about, after=0):
        return [line for line in self.text()[after:].splitlines() if about in line]

    def stop(self, seconds):
        """The exit status after SIGTERM, or None when it did not end."""
        self.text()  # It must not have ended already.
        self.stopped = True
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


TIMESYNC = "/run/systemd/timesync"


def tell_clock_is_set():
    """As systemd-timesyncd does when it has set the clock."""
    os.makedirs(TIMESYNC, exist_ok=True)
    open(f"{TIMESYNC}/synchronized", "w").close()


def tell_kernel_clock_is_set():
    """As a time service tells the kernel that the clock is right."""
    timex = ctypes.create_string_buffer(256)
    modes, status = ctypes.c_uint32.from_buffer(timex, 0), ctypes.c_int32.from_buffer(timex, 40)
    libc = ctypes.CDLL(None)
    modes.value, status.value = 0x0004 | 0x0008 | 0x0010, 0  # ADJ_MAXERROR, _ESTERROR, _STATUS
    libc.adjtimex(timex)


def tell_kernel_clock_is_right():
    """The guest's clock is the host's. Both places where an agent may look shall say so."""
    tell_clock_is_set()
    tell_kernel_clock_is_set()
