"""What stands around the agent while it is killed: the receiver and its weather, a producer that
loses nothing, and the account of what arrived."""

import collections
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "EndToEnd"))

import bench  # noqa: E402
from bench import until  # noqa: E402

# Lines of the FIFO and of the growing file, a second.
FIFO_RATE, FILE_RATE = (300, 600, 1200), 20
GAP = "telemetryd_gap"
FAULTS = [
    [],
    [],
    [{"kind": "refuse", "seconds": 0.7}],
    [{"kind": "status", "code": 500, "probability": 0.5}],
    [{"kind": "status", "code": 503, "retryAfter": 1}],
    [{"kind": "throttle-records", "probability": 0.3}],
    [{"kind": "reset-before", "probability": 0.5}],
    [{"kind": "reset-after", "probability": 0.3}],
    [{"kind": "close", "probability": 0.5}],
    [{"kind": "close"}],
    [{"kind": "hang", "seconds": 1}],
    [{"kind": "latency", "ms": 150}],
    [{"kind": "truncate", "probability": 0.3}],
    [{"kind": "short", "by": 3, "probability": 0.3}],
    [{"kind": "garbage", "probability": 0.5}],
]


class Lost(AssertionError):
    """The agent broke its promise."""


def demand(condition, what):
    if not condition:
        raise Lost(what)


class Receiver(bench.Receiver):
    """Reads its log on from where it was, for the log grows long."""

    def __init__(self, folder, seed):
        super().__init__(folder, "--seed", str(seed))
        self.place = 0

    def news(self):
        """What was accepted since the last call."""
        try:
            with open(self.log, "rb") as file:
                file.seek(self.place)
                text = file.read()
        except FileNotFoundError:
            return []
        text = text[: text.rfind(b"\n") + 1]
        self.place += len(text)
        return [json.loads(line) for line in text.splitlines()]

    def try_faults(self, *faults):
        """False while the port is closed by a fault."""
        try:
            self.faults(*faults)
            return True
        except OSError:
            return False


class Weather(threading.Thread):
    """Changes the receiver's faults, as chance wants."""

    def __init__(self, receiver, rng):
        super().__init__(daemon=True)
        self.receiver, self.rng, self.over = receiver, rng, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(self.rng.uniform(0.1, 1.5)):
            self.receiver.try_faults(*self.rng.choice(FAULTS))

    def clear(self):
        self.over.set()
        self.join()
        until(lambda: self.receiver.try_faults(), "a receiver without faults")


class Producer(threading.Thread):
    """Numbered lines, evenly: `key` n into the FIFO, f at the end of the growing file. It loses
    nothing: a line that does not fit into the FIFO now waits."""

    TICK = 0.01

    def __init__(self, fifo, file, fifo_rate):
        super().__init__(daemon=True)
        # Open for reading too, so that there is a reader between two agents.
        self.fifo = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self.file = open(file, "ab", buffering=0)
        self.rate = fifo_rate
        self.in_fifo = self.in_file = 0
        self.over = threading.Event()
        self.start()

    def run(self):
        began = time.monotonic()
        owed = 0.0
        while not self.over.wait(self.TICK):
            owed = min(owed + self.rate * self.TICK, 100)
            count = int(owed)
            lines = b"".join(
                b'{"key":"n","value":%d}\n' % n for n in range(self.in_fifo, self.in_fifo + count))
            try:
                # At most PIPE_BUF bytes: all of them, or none.
                if count and os.write(self.fifo, lines):
                    self.in_fifo += count
                    owed -= count
            except BlockingIOError:
                pass
            while self.in_file < (time.monotonic() - began) * FILE_RATE:
                self.file.write(b'{"key":"f","value":%d}\n' % self.in_file)
                self.in_file += 1

    def stop(self):
        self.over.set()
        self.join()
        self.file.close()

    def close(self):
        os.close(self.fifo)


class Arrived:
    """What the receiver took, by the records' own names."""

    def __init__(self, receiver):
        self.receiver = receiver
        # Kinesis: (boot, seq) to (key, value). Initial State: (key, value).
        self.named = {}
        self.values = {"n": set(), "f": set()}
        self.by_boot = collections.defaultdict(set)
        self.gaps = []
        self.count = self.copies = 0
        self.seen = set()
        self.lines = []

    def take(self):
        for entry in self.receiver.news():
            if entry["uplink"] == "kinesis":
                self.record(entry["data"])
            elif "event" in entry:
                self.event(entry["event"])
        return self

    def record(self, data):
        self.lines.append(json.dumps(data))
        if data["sensorId"] == GAP:
            self.gaps.append((data["boot"], json.loads(data["data"])))
            return
        name, what = (data["boot"], data["seq"]), (data["sensorId"], data["data"])
        self.count += 1
        if name in self.named:
            self.copies += 1
            demand(self.named[name] == what, f"{name} came as {what} and as {self.named[name]}")
        self.named[name] = what
        self.by_boot[data["boot"]].add(data["seq"])
        if what[0] in self.values:
            self.values[what[0]].add(what[1])

    def event(self, event):
        if event["key"] == GAP:
            self.gaps.append((None, json.loads(event["value"])))
            return
        self.count += 1
        identity = (event["key"], event["value"], event["epoch"])
        self.copies += identity in self.seen
        self.seen.add(identity)
        if event["key"] in self.values:
            self.values[event["key"]].add(event["value"])

    def has(self, boot, event):
        if self.named:
            return self.named.get((boot, event["seq"])) == (event["key"], event["value"])
        return event["value"] in self.values[event["key"]]


def ask(path):
    """The agent's status, or None while it does not answer."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(path)
            client.sendall(b"status\n")
            answer = b""
            while part := client.recv(1 << 16):
                answer += part
            return json.loads(answer)
    except (OSError, ValueError):
        return None
