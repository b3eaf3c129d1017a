"""One agent, one receiver that breaks, and the judge of what arrived: for the tables of faults.

The judge believes the receiver's two logs: that of accepted records, where a record whose
acceptance a fault kept from the agent is marked `unanswered`, and that of requests.
"""

import base64
import collections
import concurrent.futures
import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import unittest

import bench
from bench import LINES, PATIENCE, balance, buffer, kinesis, telemetryd, until
from segments import forget_record

CRASHES = re.compile(r"Fatal error|Crash|Segmentation|overflow|precondition", re.IGNORECASE)
# The first bytes of a record of the Kinesis Producer Library's aggregation.
MAGIC = b"\xf3\x89\x9a\xc2"
GAP = "telemetryd_gap"
ALERT = "a person is needed"
# Scenes at a time.
PARALLEL = 12
# What the machine may add to a wait, in seconds.
SLACK = 4
KEYS = [f"k{n}" for n in range(10)]


def by_profile(url, more=""):
    """The section of an uplink whose keys stand in the shared credentials file."""
    lines = kinesis(url, more=more).splitlines(keepends=True)
    return "".join(line for line in lines if "access_key" not in line)


class Receiver(bench.Receiver):
    """With the log of requests, and the news of both logs."""

    def __init__(self, folder, *arguments):
        self.request_log = os.path.join(folder, "requests.jsonl")
        self.places = {}
        super().__init__(folder, "--requests", self.request_log, *arguments)

    def news(self, path):
        """The lines of a log that came since the last call."""
        try:
            with open(path, "rb") as file:
                file.seek(self.places.get(path, 0))
                text = file.read()
        except FileNotFoundError:
            return []
        text = text[: text.rfind(b"\n") + 1]
        self.places[path] = self.places.get(path, 0) + len(text)
        return [json.loads(line) for line in text.splitlines()]

    def credentials(self, *credentials):
        """Knows these too; one of the same id in place of that before."""
        self._call("POST", "/control/credentials", list(credentials))

    def operate(self, operation, **members):
        """An operation of Kinesis, unsigned."""
        return json.loads(self._post(f"Kinesis_20131202.{operation}", members) or b"{}")

    def _post(self, target, members):
        request = bench.urllib.request.Request(
            self.url + "/", json.dumps(members).encode(), method="POST",
            headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"})
        with bench.urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()


def opened(entry):
    """The key and the JSON of each event in a line of the receiver's log."""
    if "data" in entry:
        return [(entry["partitionKey"], entry["data"])]
    blob = base64.b64decode(entry["dataBase64"])
    if blob[:4] != MAGIC:
        return [(entry["partitionKey"], unpacked(blob))]
    body = blob[4:-16]
    if hashlib.md5(body).digest() != blob[-16:]:
        raise ValueError("an aggregate with a wrong MD5")
    keys, records = [], []
    for number, value in fields(body):
        if number == 1:
            keys.append(value.decode())
        elif number == 3:
            records.append(dict(fields(value)))
    return [(keys[record[1]], unpacked(record[3])) for record in records]


def unpacked(data):
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def fields(message):
    """The numbers and values of a protobuf message of integers and bytes."""
    place = 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(message):
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            value, place = message[place: place + value], place + value
        yield tag >> 3, value


class Arrivals:
    """What the receiver accepted: copies by identity, and whether they were in their order."""

    def __init__(self):
        self.first = {}  # identity to the value
        self.gaps = []
        self.extra = 0
        self.unexplained = []
        self.out_of_order = []
        self.by_key = collections.Counter()
        self._unanswered = collections.Counter()
        self._copies = collections.Counter()
        self._last = {}

    def take(self, entries):
        for entry in entries:
            for key, data in opened(entry):
                self._take(key, data, "unanswered" in entry)
        return self

    def _take(self, key, data, is_unanswered):
        name = (data["device"], data["boot"], data["seq"])
        if data["sensorId"] == GAP:
            self.gaps.append(json.loads(data["data"]))
            return
        if name in self.first:
            self.extra += 1
            self._copies[name] += 1
            # A copy is due where each one before it was accepted and not told.
            if self._copies[name] > self._unanswered[name]:
                self.unexplained.append(data["data"])
        else:
            self.first[name] = data["data"]
            self.by_key[key] += 1
            if self._last.get(key, 0) > data["seq"]:
                self.out_of_order.append((key, self._last[key], data["seq"]))
            self._last[key] = data["seq"]
        self._unanswered[name] += is_unanswered

    def __len__(self):
        return len(self.first)


class Scene:
    """An agent that reads numbered events from a pipe, and delivers to a receiver of its own."""

    def __init__(self, name, receiver=(), more="", timeout="30s", flush=100, environment=None,
                 buffered=None, uplink=kinesis):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="telemetryd-faults-")
        self.state = os.path.join(self.folder, "state")
        self.profile = os.path.join(self.folder, "credentials")
        self.write_profile("AKIDFIRST", bench.SECRET)
        self.receiver = Receiver(self.folder, *receiver)
        self.arrived = Arrivals()
        self.requests = []
        self.problems = []
        self.sent = 0
        # Whether each key must keep its order.
        self.is_ordered = True
        self.agent = None
        ini = os.path.join(self.folder, "telemetryd.ini")
        with open(ini, "w", encoding="utf-8") as file:
            file.write("\n".join([
                f"[telemetryd]\ndevice = bench\nstate_directory = {self.state}\ngrace = 20s",
                uplink(self.receiver.url, more=f"timeout = {timeout}\n{more}"),
                buffer(flush_size=flush, flush_interval="100ms", **(buffered or {})), LINES]))
        try:
            self.agent = bench.Agent(
                self.folder, ini, 0, "pipe",
                environment={"AWS_SHARED_CREDENTIALS_FILE": self.profile, **(environment or {})})
        except OSError:
            self.close()
            raise

    def close(self):
        if self.agent:
            self.agent.kill()
        self.receiver.stop()
        forget_record(self.state, "cloud")
        shutil.rmtree(self.folder, ignore_errors=True)

    def demand(self, condition, what):
        if not condition:
            self.problems.append(what)

    def write_profile(self, key_id, secret):
        """The shared credentials file that the agent would read."""
        with open(os.open(self.profile + ".new", os.O_CREAT | os.O_WRONLY, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(f"[default]\naws_access_key_id = {key_id}\n"
                       f"aws_secret_access_key = {secret}\n")
        os.rename(self.profile + ".new", self.profile)

    # ---- Events ----------------------------------------------------------------------------------

    def feed(self, count=100, keys=KEYS):
        """So many events, whose keys take turns; at once."""
        lines = b"".join(
            b'{"key":"%s","value":%d}\n' % (keys[n % len(keys)].encode(), self.sent + n)
            for n in range(count))
        self.sent += count
        self.agent.process.stdin.write(lines)
        self.agent.process.stdin.flush()

    def take(self):
        self.arrived.take(self.receiver.news(self.receiver.log))
        return len(self.arrived)

    def until_arrived(self, count=None, what="all events", seconds=PATIENCE):
        count = self.sent if count is None else count
        until(lambda: self.take() >= count, f"{what}: {count} of {self.sent} at the receiver",
              seconds)

    def puts(self):
        """All requests with records so far."""
        self.requests += self.receiver.news(self.receiver.request_log)
        return [r for r in self.requests if r["operation"] == "PutRecords"]

    def until_uplink(self, condition, what, seconds=PATIENCE):
        """The status of the uplink, once it is such."""
        last = {}

        def look():
            last.update(self.agent.uplink())
            return condition(last) and last

        try:
            return until(look, what, seconds)
        except bench.GaveUp as error:
            raise bench.GaveUp(f"{error}; the status: {last}") from None

    def balanced(self, uplink):
        self.demand(uplink["offered"] == balance(uplink), f"the ledger: {uplink}")

    # ---- The end ---------------------------------------------------------------------------------

    def finish(self, rejected=0, extra_max=0):
        """Stops the agent, and says whether each event arrived, once, and in the order of its key.
        `extra_max`: copies that are allowed besides those that the receiver's log explains."""
        uplink = self.agent.uplink()
        self.balanced(uplink)
        status = self.agent.terminate()
        self.demand(status == 0, f"exit status {status}")
        self.demand(not CRASHES.search(self.agent.stderr), "it crashed")
        self.take()
        here = set(self.arrived.first.values())
        quarantined = self.rejected()
        lost = set(range(self.sent)) - here - {e["event"]["value"] for e in quarantined}
        self.demand(not lost, f"{len(lost)} lost, such as {min(lost, default=0)}")
        self.demand(uplink["dropped"] == {}, f"dropped: {uplink['dropped']}")
        self.demand((uplink["rejected"], len(quarantined)) == (rejected, rejected),
                    f"{uplink['rejected']} rejected, {len(quarantined)} in rejected.jsonl")
        self.demand(len(here) == self.sent - rejected, f"{len(here)} arrived")
        unexplained = self.arrived.unexplained
        self.demand(len(unexplained) <= extra_max,
                    f"{len(unexplained)} extra copies, such as of {unexplained[:3]}")
        self.demand(not (self.is_ordered and self.arrived.out_of_order),
                    f"not in the order of their keys: {self.arrived.out_of_order[:3]}")
        told = sum(gap["count"] for gap in self.arrived.gaps)
        self.demand(told == rejected, f"gaps of {told} events were told")
        self.audit(rejected)

    def rejected(self):
        path = os.path.join(self.state, "spool", "cloud", "rejected.jsonl")
        try:
            with open(path, encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def audit(self, rejected):
        """By identity, `audit` finds what the receiver's log shows: nothing missing but what was
        rejected, and each copy."""
        files = [self.receiver.log]
        if rejected:
            files.append(os.path.join(self.state, "spool", "cloud", "rejected.jsonl"))
        result = telemetryd("audit", "--json", *files)
        try:
            found = json.loads(result.stdout)
        except ValueError:
            return self.problems.append(f"audit: {result.stdout} {result.stderr}")
        self.demand(found["duplicates"] == self.arrived.extra,
                    f"audit finds {found['duplicates']} copies of {self.arrived.extra}")
        self.demand(found["unexplained"] == 0, f"audit: {result.stdout[:500]}")
        self.demand(found["received"] == len(self.arrived), f"audit: {result.stdout[:500]}")

    def evidence(self):
        if not self.agent:
            return ""
        requests = "\n      ".join(json.dumps(r) for r in self.puts()[-8:])
        lines = "\n      ".join(self.agent.stderr.splitlines()[-8:])
        return f"\n      {lines}\n      {requests}"


class Table(unittest.TestCase):
    def each(self, rows):
        """Plays the rows, some at a time. A row is a name, the scene's arguments, and what is
        played, which may return how many copies are allowed, and how many events are rejected."""
        problems, began = [], time.monotonic()

        def play(row):
            name, arguments, act, rejected = row
            scene = Scene(name, **arguments)
            try:
                extra = act(scene) or 0
                scene.is_ordered &= "order = any" not in arguments.get("more", "")
                scene.finish(rejected=rejected, extra_max=extra)
            except Exception as error:  # its own scene alone
                scene.problems.append(repr(error))
            found = scene.problems
            if found:
                found[-1] += scene.evidence()
            scene.close()
            return found

        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            for row, found in zip(rows, pool.map(play, rows)):
                problems += [f"{row[0]}: {problem}" for problem in found]
        print(f"{len(rows)} rows in {time.monotonic() - began:.0f} s ", end="", flush=True)
        self.assertFalse(problems, f"{len(problems)} problems:\n" + "\n".join(problems))
