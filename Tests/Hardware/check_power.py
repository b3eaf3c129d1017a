#!/usr/bin/python3
"""Cuts the power of a running agent, again and again, and judges what its disk still had.

    check_power.py BIN_DIR BED RESULTS [CUTS [SEED]]

BED is what setup.sh built. Runs on the host: the guest is a kernel with the agent's state on a disk
image, and the cut is SIGKILL for that kernel at a random instant. What it had not written to the
image by then is lost, as on a board: `sync-witness.c` tells what it had. After each cut the image
must be sound, and hold all that was safe; the next boot goes on with it. At the end everything that
was ever committed must have arrived.
"""

import fcntl
import json
import os
import random
import shutil
import subprocess
import sys
import time
import traceback
import zlib
from collections import Counter

from bench import HERE, GaveUp, Report, until

os.environ["PATH"] += ":/usr/sbin:/sbin"  # where mke2fs is

IMAGE_MIB = 64
INI = """
[telemetryd]
device = power-board
state_directory = {{disk}}/telemetryd
control_socket = /run/power.sock
grace = 20s
[buffer]
capacity = {capacity}
flush_size = 50
flush_interval = 200ms
durability = {durability}
[spool]
segment = 64K
sync = 1s
[uplink.cloud]
kind = kinesis
stream = readings
region = eu-west-1
endpoint = http://127.0.0.1:{{port}}
access_key_id = AKIDEXAMPLE
secret_access_key = not-a-secret
[sensor.ticks]
driver = lines
path = {{ticks}}
"""
# The power is cut so many seconds after the agent began, or after the disk was mounted: then it
# may just be recovering, or not even there.
LIFE_S, EARLY_LIFE_S, EARLY_CHANCE = (0.1, 6), (0, 2), 0.25
# With `sync = 1s` a cut costs a second of readings, and what the machine was late by.
LOSS_S = 3
SAID_TORN = "that was never committed"
RATE_PER_S = 300


class Segments:
    """What a spool folder holds, by the documented format alone."""

    def __init__(self, folder):
        self.committed = {}  # (boot, seq) -> value
        self.ends = {}  # file -> [(end of a commit, [(boot, seq)])]
        self.good = {}  # file -> bytes from its beginning without any fault
        self.longest = {}  # file -> bytes of its longest batch and commit: one write
        self.torn = {}  # file -> bytes behind the last commit
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.endswith(".jsonl") and name[:-6].isdigit():
                self.read(os.path.join(folder, name), name)

    def read(self, path, name):
        with open(path, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        boot, batch, offset, ends, good, written = None, None, 0, [], 0, 0
        for line in lines:
            begin, offset = offset, offset + len(line)
            try:
                content = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                content = None
            if isinstance(content, list):
                batch = (begin, content, zlib.crc32(line[:-1]))
                continue
            if isinstance(content, dict) and "segment" in content:
                boot = content["segment"]["boot"]
                good = offset
            elif isinstance(content, dict) and "commit" in content and batch:
                begin, events, crc = batch
                if crc == int(content["commit"]["crc32"], 16):
                    # The agent's own events (of gaps) are not what is looked for here.
                    ticks = {(boot, e["seq"]): e["value"] for e in events if e["key"] == "tick"}
                    self.committed |= ticks
                    ends.append((offset, list(ticks)))
                    good = offset if good == begin else good
                    written = max(written, offset - begin)
            batch = None
        self.ends[name], self.good[name], self.longest[name] = ends, good, written
        self.torn[name] = offset - (ends[-1][0] if ends else 0)


class Serial:
    """What came over the guest's serial line before the cut, line by line."""

    def __init__(self, path):
        self.records, self.said, self.told = [], [], []
        self.safe = {}  # path -> bytes
        self.syncs = 0
        with open(path, "rb") as file:
            text = file.read()
        for line in text[: text.rfind(b"\n") + 1].decode(errors="replace").splitlines():
            self.take(line)

    def take(self, line):
        word, _, rest = line.partition(" ")
        if line.startswith('{"uplink":'):
            self.records.append(json.loads(line)["data"])
        elif word == "POWER":
            self.told.append(rest)
        elif word in ("SYNCED", "REMOVED", "CUT"):
            size, _, path = rest.partition(" ")
            if word == "SYNCED":
                self.syncs += 1
                self.safe[path] = int(size)
            elif word == "REMOVED":
                self.safe.pop(path, None)
            elif path in self.safe:
                self.safe[path] = min(self.safe[path], int(size))
        else:
            self.said.append(line)

    def last(self, what):
        return next((t[len(what) + 1:] for t in reversed(self.told) if t.startswith(what)), None)


class Campaign:
    """Some cuts on one disk, with one durability."""

    def __init__(self, bin_dir, bed, results, durability, seed, report):
        self.bin_dir, self.bed, self.results = bin_dir, bed, os.path.join(results, durability)
        self.durability, self.seed, self.report = durability, seed, report
        self.random = random.Random(f"{durability} {seed}")
        self.image = os.path.join(self.results, "disk.img")
        self.share = os.path.join(self.results, "share")
        os.makedirs(self.share)
        self.settings = {"seed": seed, "ini": INI.format(
            durability=durability, capacity=10_000 if durability == "spool" else 200)}
        self.owed, self.accepted, self.times = {}, {}, Counter()
        self.first_order, self.loss_s = [], []
        self.torn = self.said_torn = 0
        self.cuts = self.syncs = self.events_safe = self.lost = 0

    def make_disk(self):
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", f"{self.share}/sync-witness.so",
                        os.path.join(HERE, "sync-witness.c")], check=True)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", self.image, f"{IMAGE_MIB}M"],
                       check=True, stdout=subprocess.DEVNULL)

    def boot(self, life, purpose):
        """Starts the guest; its serial line goes to a file."""
        # Every other time nothing gets to the disk on its own.
        settings = dict(self.settings, writeback="late" if life % 2 else "usual")
        self.serial = os.path.join(self.results, f"life-{life}.log")
        return subprocess.Popen(
            [os.path.join(HERE, "run-kernel.sh"), "-m", "256M", "-d", self.image, self.bed,
             self.share, os.path.join(HERE, "guest-power.py"), self.bin_dir, str(life), purpose,
             json.dumps(settings)],
            stdin=subprocess.DEVNULL, stdout=open(self.serial, "wb"),
            stderr=open(self.serial + ".kernel", "wb"))

    def has_said(self, guest, word):
        if guest.poll() is not None:
            raise GaveUp(f"the guest ended with {guest.returncode}; see {self.serial}")
        with open(self.serial, "rb") as file:
            return b"\n" + word in b"\n" + file.read()

    def cut(self, life):
        guest = self.boot(life, "cut")
        sign, seconds = b"POWER running", self.random.uniform(*LIFE_S)
        if life == 1:  # One of them at least shall meet an agent that has synced.
            sign = b"SYNCED"
        elif self.random.random() < EARLY_CHANCE:
            sign, seconds = b"POWER mounted", self.random.uniform(*EARLY_LIFE_S)
        try:
            until(lambda: self.has_said(guest, sign), 90, f"the guest's {sign}")
            time.sleep(seconds)
        finally:
            guest.terminate()
            guest.wait()
        until(self.is_disk_free, 20, "the end of the guest")
        self.cuts += 1

    def is_disk_free(self):
        """The kernel has locked it as long as any of its threads lives."""
        with open(self.image, "r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
        return True

    def look(self, life):
        """What the disk has after the cut, seen through a copy."""
        copy, folder = self.image + ".copy", os.path.join(self.results, f"found-{life}")
        subprocess.run(["cp", "--sparse=always", self.image, copy], check=True)
        replay = subprocess.run(["e2fsck", "-p", copy], stdout=subprocess.DEVNULL)
        check = subprocess.run(["e2fsck", "-f", "-n", copy], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.STDOUT)
        if replay.returncode > 1 or check.returncode:
            self.report.expect(False, f"cut {life}: the file system is sound",
                               f"{replay.returncode} {check.stdout}")
        os.makedirs(folder)
        subprocess.run(["debugfs", "-R", f"rdump /telemetryd {folder}", copy], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.remove(copy)
        return os.path.join(folder, "telemetryd")

    def take(self, life):
        """What the guest of `life` let us know, whatever became of it."""
        heard = Serial(self.serial)
        for record in heard.records:
            number = (record["boot"], record["seq"])
            if record["sensorId"] == "tick":
                if number not in self.accepted:
                    self.first_order.append(number)
                self.accepted[number] = record["data"]
                self.times[number] += 1
        ended = heard.last("ended")
        if ended not in (None, "0") or heard.last("failed"):
            self.report.expect(False, f"life {life}: the agent lives",
                               f"{ended} {heard.last('failed')} {heard.said[-3:]}")
        self.syncs += heard.syncs
        return heard

    def judge(self, life, heard):
        state = self.look(life)
        found = Segments(os.path.join(state, "spool/cloud"))
        missing, safe = [], set()
        for path, size in heard.safe.items():
            name = os.path.basename(path)
            if not name.endswith(".jsonl") or "/spool/" not in path:
                continue
            # A batch that was just being written may have been caught half by the sync.
            if found.good.get(name, -1) < size - found.longest.get(name, 0):
                missing.append(f"{name}: {size} bytes were safe, {found.good.get(name)} are good")
            safe |= {event for end, events in found.ends.get(name, []) if end <= size
                     for event in events}
        if missing:
            self.report.expect(False, f"cut {life}: what was safe is there",
                               " | ".join(missing))
        self.owed |= found.committed
        self.events_safe += len(safe)
        self.lost_by(life, heard, found)
        return [name for name, count in found.torn.items() if count and found.ends[name]]

    def lost_by(self, life, heard, found):
        """Readings that the source wrote and that neither disk nor receiver has."""
        wrote = int(heard.last("wrote") or 0)
        values = {*found.committed.values(), *self.accepted.values()}
        have = {value % 1_000_000 for value in values if value // 1_000_000 == life}
        self.lost += len(set(range(1, wrote + 1)) - have)
        self.loss_s.append((wrote - max(have, default=0)) / RATE_PER_S)

    def run(self, cuts):
        print(f"-- durability = {self.durability}, {cuts} cuts, seed {self.seed}", flush=True)
        self.make_disk()
        torn = []
        for life in range(1, cuts + 1):
            self.cut(life)
            heard = self.take(life)
            self.expect_said(life, torn, heard)
            torn = self.judge(life, heard)
        guest = self.boot(cuts + 1, "finish")
        try:
            status = guest.wait(180)
        except subprocess.TimeoutExpired:
            status = "still not ended"
            guest.terminate()
            guest.wait()
        heard = self.take(cuts + 1)
        self.expect_said(cuts + 1, torn, heard)
        self.report.expect(status == 0, "the last agent delivers all and exits with 0",
                           f"{status}; dropped: {heard.last('dropped')}")
        self.conclude()

    def expect_said(self, life, torn, heard):
        """What was torn by the cut before, or by us, is cut off, and the agent says so."""
        torn = {*torn, *filter(None, [heard.last("tore")])}
        said = [name for name in torn if any(name in l for l in heard.said if SAID_TORN in l)]
        # An agent may be cut off before it comes to that: the tail is there for the next one.
        if heard.last("ended") is not None or heard.records:
            self.torn += len(torn)
            self.said_torn += len(said)

    def conclude(self):
        report, accepted = self.report, self.accepted
        report.expect(self.cuts and self.syncs and self.events_safe,
                      "the cuts met an agent at work",
                      f"{self.cuts} cuts, {self.syncs} syncs, {self.events_safe} events safe on "
                      "the disk at a cut")
        report.expect(self.said_torn == self.torn, "torn tails are cut off, and it says so",
                      f"{self.said_torn} of {self.torn}")
        missing = sorted(set(self.owed) - set(accepted))
        wrong = [n for n in self.owed if n in accepted and accepted[n] != self.owed[n]]
        report.expect(not missing and not wrong, "every committed event arrived",
                      f"{len(self.owed)} committed, {len(missing)} missing {missing[:3]}, "
                      f"{len(wrong)} other than written")
        highest, disorder = {}, 0
        for boot, seq in self.first_order:
            disorder += seq < highest.get(boot, 0)
            highest[boot] = max(seq, highest.get(boot, 0))
        report.expect(not disorder, "in order within each run", f"{len(accepted)} in all, "
                      f"{sum(self.times.values()) - len(accepted)} twice, {disorder} too late")
        if self.durability == "spool":
            holes = self.holes()
            report.expect(not holes, "nothing is missing before the last of each run", f"{holes}")
            report.expect(max(self.loss_s) <= LOSS_S, "a cut costs the newest readings alone",
                          f"{max(self.loss_s):.2f} s of them at most, "
                          f"{sum(self.loss_s) / len(self.loss_s):.2f} s on average")
        else:
            print(f"     {self.lost} readings were in memory only", flush=True)

    def holes(self):
        holes = []
        lives = {}
        for value in self.accepted.values():
            lives.setdefault(value // 1_000_000, set()).add(value % 1_000_000)
        for life, values in sorted(lives.items()):
            gone = set(range(1, max(values) + 1)) - values
            if gone:
                holes.append(f"life {life}: {len(gone)} from {min(gone)} to {max(gone)}")
        return " | ".join(holes)


def main(bin_dir, bed, results, cuts="3", seed=None):
    report = Report()
    seed = int(seed) if seed else random.SystemRandom().randrange(1_000_000)
    results = os.path.abspath(results)
    shutil.rmtree(results, ignore_errors=True)
    for durability in ("spool", "memory"):
        campaign = Campaign(os.path.abspath(bin_dir), bed, results, durability, seed, report)
        try:
            campaign.run(int(cuts))
        except GaveUp as reason:
            report.expect(False, str(reason))
        except Exception:
            report.expect(False, traceback.format_exc())
        finally:
            if os.path.exists(campaign.image):
                os.remove(campaign.image)
    print(f"{report.passed} checks passed, {report.failed} failed", flush=True)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
