"""What the end-to-end tests hold in their hands: the agent, the receiver, a source of events.

The tests judge by the receiver's log, never by the agent's word, except where the agent's word is
what is tested. Nothing sleeps for a fixed time: `until` waits for a fact, within a bound.
"""

import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from segments import forget_record

BIN = os.environ.get("TELEMETRYD_BIN", ".build/release")
# FULL=1 runs the outages at their full length.
FULL = os.environ.get("FULL") == "1"
# Seconds within which a fact must come about, on a machine that has other work to do.
PATIENCE = 60
KEY_ID = "AKIDEXAMPLE"
SECRET = "secret-of-the-tests-1f2e3d4c5b6a"


class GaveUp(AssertionError):
    """A fact did not come about in its time."""


def until(condition, what, seconds=PATIENCE):
    """Waits until condition() is true, and returns what it gave."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise GaveUp(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return value


def unused_url():
    """Of a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class Receiver:
    """The receiver, its faults, and its log of what it accepted."""

    READY = re.compile(r"listening on (http://\S+)")

    def __init__(self, folder, *arguments):
        self.log = os.path.join(folder, "received.jsonl")
        self.process = subprocess.Popen(
            [os.path.join(BIN, "receiver"), "--port", "0", "--log", self.log, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = self.READY.search(line)
        if not found:
            raise GaveUp(f"the receiver said '{line}'")
        self.url = found[1]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def faults(self, *faults):
        """Sets these in place of those before."""
        self._call("POST", "/control/faults", list(faults))

    def lend(self, key, seconds):
        """Lets a temporary key in for so long; key has accessKeyId, secretAccessKey, sessionToken."""
        self._call("POST", "/control/credentials", {**key, "seconds": seconds})

    def stats(self):
        return json.loads(self._call("GET", "/control/stats"))

    def entries(self):
        try:
            with open(self.log, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def records(self):
        """The data of all Kinesis records, in the order of their acceptance."""
        return [e["data"] for e in self.entries() if e["uplink"] == "kinesis"]

    def events(self):
        """The events of Initial State, likewise."""
        return [e["event"] for e in self.entries() if "event" in e]

    def values(self):
        return [r["data"] for r in self.records()]


class Agent:
    """A run of `telemetryd run`, perhaps by a program before it (`unshare`)."""

    def __init__(
            self, folder, ini, number, stdin=None, arguments=(), environment=None, before=()):
        self.ini = ini
        self.stderr_path = os.path.join(folder, f"agent-{number}.log")
        with open(self.stderr_path, "wb") as log:
            self.process = subprocess.Popen(
                [*before, os.path.join(BIN, "telemetryd"), "run", "-c", ini, *arguments],
                stdin=subprocess.PIPE if stdin == "pipe" else subprocess.DEVNULL,
                stdout=log, stderr=log, env={**clean_environment(), **(environment or {})})

    @property
    def stderr(self):
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise GaveUp(f"the agent's end: not within {seconds} s") from None

    def terminate(self, seconds=PATIENCE):
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        if self.is_running:
            self.process.kill()
        self.process.wait()
        if self.process.stdin:
            try:
                self.process.stdin.close()
            except OSError:
                pass

    def try_status(self):
        """What `status --json` prints; None while the agent does not answer."""
        result = telemetryd("status", "--json", "-c", self.ini)
        return json.loads(result.stdout) if result.returncode == 0 else None

    def status(self):
        return until(self.try_status, "an answer to status")

    def uplink(self, name="cloud"):
        return next(u for u in self.status()["uplinks"] if u["name"] == name)

    def until_offered(self, count, name="cloud"):
        until(lambda: self.uplink(name)["offered"] >= count, f"{count} events offered to {name}")


def clean_environment():
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "TZ": "UTC"}


def telemetryd(*arguments, timeout=PATIENCE):
    """Runs a command to its end."""
    return subprocess.run(
        [os.path.join(BIN, "telemetryd"), *arguments], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, errors="replace", timeout=timeout,
        env=clean_environment())


def balance(uplink):
    """What offered must be equal to."""
    return (uplink["accepted"] + uplink["rejected"] + sum(uplink["dropped"].values())
            + uplink["in_memory"] + uplink["in_spool"])


class Feeder(threading.Thread):
    """Writes numbered events to the agent's standard input, evenly; a file object takes them."""

    def __init__(self, file, numbers, per_second=None):
        super().__init__(daemon=True)
        self.file, self.numbers, self.per_second = file, numbers, per_second
        self.start()

    def run(self):
        began = time.monotonic()
        try:
            for place, number in enumerate(self.numbers):
                if self.per_second:
                    ahead = began + place / self.per_second - time.monotonic()
                    if ahead > 0:
                        time.sleep(ahead)
                self.file.write(b'{"key":"n","value":%d}\n' % number)
                if self.per_second:
                    self.file.flush()
            self.file.flush()
        except (OSError, ValueError):
            pass  # the agent was killed


class Bench(unittest.TestCase):
    """A folder of its own for each test; on failure, the end of each agent's log."""

    def __init_subclass__(cls):
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            if name.startswith("test_"):
                setattr(cls, name, with_evidence(method))

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="telemetryd-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = self.path("state")
        self.agents = []
        self.addCleanup(self.forget_records)

    def path(self, name):
        return os.path.join(self.folder, name)

    def forget_records(self):
        """What killed agents leave in shared memory for the next ones."""
        for name in os.listdir(self.folder):
            if name.endswith(".ini"):
                with open(self.path(name), encoding="utf-8", errors="replace") as file:
                    for uplink in re.findall(r"^\[uplink\.([\w-]+)\]", file.read(), re.MULTILINE):
                        forget_record(self.state, uplink)

    def receiver(self, *arguments):
        receiver = Receiver(self.folder, *arguments)
        self.addCleanup(receiver.stop)
        return receiver

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def ini(self, *sections, general="", name="telemetryd.ini"):
        """An ini with these sections after [telemetryd], to which `general` adds lines."""
        head = f"[telemetryd]\ndevice = bench\nstate_directory = {self.state}\n{general}\n"
        return self.write(name, "\n".join([head, *sections]) + "\n")

    def agent(self, ini, stdin="pipe", arguments=(), environment=None, before=()):
        agent = Agent(
            self.folder, ini, len(self.agents), stdin, arguments, environment, before)
        self.agents.append(agent)
        self.addCleanup(agent.kill)
        return agent

    def evidence(self):
        parts = []
        for agent in self.agents:
            tail = "\n    ".join(agent.stderr.splitlines()[-20:])
            parts.append(
                f"{os.path.basename(agent.stderr_path)} (exit status "
                f"{agent.process.poll()}), its end:\n    {tail}")
        return "\n".join(parts)

    def spool_files(self, uplink="cloud"):
        folder = os.path.join(self.state, "spool", uplink)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [os.path.join(folder, name) for name in names]

    def segments(self, uplink="cloud"):
        return [p for p in self.spool_files(uplink) if re.search(r"/\d{20}\.jsonl$", p)]

    def assert_complete(self, got, expected):
        """Each once, and in order."""
        expected = list(expected)
        lost, extra = set(expected) - set(got), len(got) - len(set(got))
        self.assertFalse(lost, f"{len(lost)} of {len(expected)} lost, such as {min(lost, default=0)}")
        self.assertEqual(extra, 0, "extra copies")
        self.assertEqual(got, expected, "all there, once, but not in order")

    def assert_none_lost(self, got, expected):
        lost = set(expected) - set(got)
        self.assertFalse(lost, f"{len(lost)} lost, such as {min(lost, default=0)}")

    def assert_balanced(self, status):
        for uplink in status["uplinks"]:
            self.assertEqual(uplink["offered"], balance(uplink), f"the ledger of {uplink}")


def with_evidence(method):
    @functools.wraps(method)
    def wrapped(self):
        try:
            method(self)
        except unittest.SkipTest:
            raise
        except Exception as error:
            error.add_note(self.evidence())
            raise

    return wrapped


# ---- Parts of an ini -----------------------------------------------------------------------------

LINES = "[sensor.feed]\ndriver = lines\npath = -"


def kinesis(url, name="cloud", secret=SECRET, more=""):
    return (
        f"[uplink.{name}]\nkind = kinesis\nstream = readings\nregion = eu-west-1\n"
        f"endpoint = {url}\naccess_key_id = {KEY_ID}\nsecret_access_key = {secret}\n{more}\n")


def initial_state(url, name="dashboard", key="key-of-the-tests", more="calls_per_minute = 0"):
    return (
        f"[uplink.{name}]\nkind = initialstate\nbucket_name = Bench\nbucket_key = bench\n"
        f"access_key = {key}\napi_base = {url}\n{more}\n")


def buffer(**values):
    """[buffer], quick unless told otherwise."""
    values = {"flush_size": 100, "flush_interval": "200ms", **values}
    return "[buffer]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())


def spool(**values):
    return "[spool]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
