"""torture.py: kills the agent with SIGKILL at random instants, again and again, under load and with
a receiver that misbehaves, and then counts.

With `durability = spool` nothing may be lost. After each kill the segments are read by their own
rules (../EndToEnd/segments.py): what is committed there must arrive in the end, and so must each
line of a growing file; and the numbers of each run that arrived must leave none out.
With `durability = memory` a kill may cost what memory held, no more, and what it cost is told.

    KILLS=300 SEED=7 TELEMETRYD_BIN=.build/release python3 torture.py

KILLS counts those with the spool; a third as many follow in memory mode. The seed is printed.
"""

import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from stage import (
    FIFO_RATE, GAP, Arrived, Lost, Producer, Receiver, Weather, ask, demand)

import bench
import segments
from bench import GaveUp, until

KILLS = int(os.environ.get("KILLS", "300"))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
# Kills of one state folder, before all that is left in it is delivered and counted.
KILLS_PER_ROUND = 15
# The longest life of an agent, in seconds; the shortest ends before its start is through.
LIFE_MAX = 1.6
# One end of a life in so many is a SIGTERM.
STOPS = 12
# Events in memory at most.
CAPACITY = 2000
# Bytes that the agent reads at once: killed with them in its hands, it has not taken them yet.
READ_MAX = 64 << 10
# Seconds within which all that is left must be delivered by a healthy receiver.
DRAIN = 120

class Round:
    """One state folder and one receiver, through some kills, and then the count."""

    def __init__(self, number, kind, durability, kills, totals):
        self.rng = random.Random(f"{SEED}/{number}")
        self.number, self.kind, self.durability, self.kills = number, kind, durability, kills
        self.totals = totals
        self.folder = tempfile.mkdtemp(prefix="telemetryd-torture-")
        self.state = os.path.join(self.folder, "state")
        self.socket = os.path.join(self.state, "control.sock")
        self.spool = os.path.join(self.state, "spool", "up")
        self.agents = 0
        self.receiver = Receiver(self.folder, self.rng.randrange(1 << 32))
        self.arrived = Arrived(self.receiver)
        # Events seen committed in the spool after a kill: (boot, seq) to the event.
        self.promised = {}
        # By boot: samples of the status before its end.
        self.samples = collections.defaultdict(list)
        self.unread = 0

    # ---- The stage -------------------------------------------------------------------------------

    def ini(self):
        sync = self.rng.choice(["0", "200ms", "5s"])
        flush = self.rng.choice([10, 100, 500])
        self.settings = f"sync {sync}, flush_size {flush}"
        more = "timeout = 5s"
        if self.kind == "kinesis":
            uplink = bench.kinesis(self.receiver.url, name="up", more=more)
        else:
            uplink = bench.initial_state(
                self.receiver.url, name="up",
                more=f"calls_per_minute = 0\nevents_per_call = 100\n{more}")
        path = os.path.join(self.folder, "telemetryd.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([
                f"[telemetryd]\ndevice = torture\nstate_directory = {self.state}\ngrace = 200ms",
                uplink,
                bench.buffer(
                    durability=self.durability, capacity=CAPACITY, flush_size=flush,
                    flush_interval="200ms"),
                bench.spool(segment="64K", limit="64M", sync=sync), self.sensors()]))
        return path

    def sensors(self):
        if self.durability == "memory":
            # They need no input, so that nothing is lost but by the agent.
            return "".join(
                f"[sensor.s{n}]\ndriver = simulated\nevery = {every}ms\n"
                for n, every in enumerate([3, 5, 7]))
        fifo, file = os.path.join(self.folder, "fifo"), os.path.join(self.folder, "grows.jsonl")
        os.mkfifo(fifo)
        self.producer = Producer(fifo, file, self.rng.choice(FIFO_RATE))
        return (f"[sensor.fifo]\ndriver = lines\npath = {fifo}\n"
                f"[sensor.file]\ndriver = lines\npath = {file}\n")

    def start(self):
        self.agents += 1
        return bench.Agent(self.folder, self.ini_path, self.agents)

    # ---- One life --------------------------------------------------------------------------------

    def live(self):
        """A life up to its violent end; True when it counts as a kill."""
        agent = self.start()
        end = time.monotonic() + self.rng.uniform(0.005, LIFE_MAX)
        is_stop = self.rng.randrange(STOPS) == 0
        boot = None
        while (left := end - time.monotonic()) > 0:
            if status := ask(self.socket):
                boot = status["boot"]
                self.samples[boot].append(status["uplinks"][0])
                self.balanced(status)
            time.sleep(max(0, min(left, self.rng.uniform(0.02, 0.2))))
            demand(agent.is_running, f"the agent ended by itself: {agent.stderr[-2000:]}")
        agent.signal(signal.SIGTERM if is_stop else signal.SIGKILL)
        status = agent.wait()
        agent.kill()
        expected = [0 if is_stop else -signal.SIGKILL]
        if is_stop and boot is None:
            expected.append(-signal.SIGTERM)  # It came before the agent could listen to it.
        demand(status in expected, f"exit status {status}")
        self.after_end(boot)
        return not is_stop

    def balanced(self, status):
        uplink = status["uplinks"][0]
        demand(uplink["offered"] == bench.balance(uplink), f"the ledger does not add up: {uplink}")

    def after_end(self, boot):
        """What stands on disk now is a promise."""
        for segment in segments.read_all(self.spool):
            demand(not segment.problems, f"{segment.name}: {segment.problems}")
            for event in segment.events:
                if event["key"] == GAP:
                    continue
                name = (segment.header["boot"], event["seq"])
                self.promised[name] = event
        self.arrived.take()
        if self.durability == "spool" and self.kind == "kinesis" and boot:
            # What the agent said to have taken is on disk, or at the receiver.
            first, last = self.samples[boot][0], self.samples[boot][-1]
            here = {seq for its_boot, seq in self.promised if its_boot == boot}
            kept = len(here | self.arrived.by_boot.get(boot, set()))
            demand(kept >= last["offered"] - first["offered"],
                   f"{boot}: {last['offered'] - first['offered']} were taken, {kept} are there")

    # ---- The whole -------------------------------------------------------------------------------

    def run(self):
        began = time.monotonic()
        self.ini_path = self.ini()
        weather = Weather(self.receiver, random.Random(f"{SEED}/{self.number}/weather"))
        try:
            done = 0
            while done < self.kills:
                done += self.live()
            weather.clear()
            self.drain()
            if self.durability == "spool":
                self.judge_spool()
            else:
                self.judge_memory()
            self.audit()
        finally:
            weather.over.set()
            self.receiver.stop()
            if self.durability == "spool":
                self.producer.stop()
                self.producer.close()
        self.totals["kills"] += self.kills
        self.totals["events"] += self.arrived.count - self.arrived.copies
        self.totals["extra"] += self.arrived.copies
        self.totals["seconds"] += time.monotonic() - began
        segments.forget_record(self.state, "up")
        shutil.rmtree(self.folder, ignore_errors=True)

    def drain(self):
        """A last life, with a receiver that takes everything."""
        if self.durability == "spool":
            self.producer.stop()
        agent = self.start()

        def is_done():
            self.arrived.take()
            if self.durability == "memory":
                return True
            # Nothing was read of the FIFO's end, or of the file, that is not here yet.
            return (self.producer.in_fifo == 0
                    or self.producer.in_fifo - 1 in self.arrived.values["n"]) and (
                        self.producer.in_file - 1 in self.arrived.values["f"])

        def is_empty():
            status = ask(self.socket)
            if not status:
                return None
            self.balanced(status)
            uplink = status["uplinks"][0]
            return uplink["in_spool"] == 0 and (
                self.durability == "memory" or uplink["in_memory"] == 0) and status

        until(is_done, "the last lines at the receiver", DRAIN)
        self.last = until(is_empty, "an empty spool", DRAIN)["uplinks"][0]
        crash = self.last["dropped"].get("crash", 0)
        until(lambda: sum(gap["count"] for _, gap in self.arrived.take().gaps) >= crash,
              f"the gaps of {crash} events that kills cost", DRAIN)
        demand(agent.terminate() == 0, "the last agent's exit status")
        left = [s for s in segments.read_all(self.spool) if s.events]
        demand(not left or self.durability == "spool", f"segments are left over: {left}")
        self.arrived.take()

    def judge_spool(self):
        lost = [name for name, event in self.promised.items()
                if not self.arrived.has(name[0], event)]
        demand(not lost, f"{len(lost)} committed events never arrived, such as {lost[:3]}")
        lost = set(range(self.producer.in_file)) - self.arrived.values["f"]
        demand(not lost, f"{len(lost)} lines of the file never arrived, such as {lost and min(lost)}")
        for boot, seqs in self.arrived.by_boot.items():
            missing = set(range(min(seqs), max(seqs) + 1)) - seqs
            demand(not missing, f"{boot}: {len(missing)} numbers are missing, such as "
                   f"{min(missing, default=0)} of {min(seqs)} to {max(seqs)}")
        self.judge_fifo()
        demand(not self.arrived.gaps, f"gaps were told: {self.arrived.gaps}")
        demand(self.last["dropped"] == {}, f"dropped: {self.last['dropped']}")
        demand(self.last["rejected"] == 0, f"rejected: {self.last['rejected']}")

    def judge_fifo(self):
        """Of the FIFO only what a killed agent had just read may be missing: it never took that."""
        line = len(b'{"key":"n","value":0}\n')
        missing = sorted(set(range(self.producer.in_fifo)) - self.arrived.values["n"])
        runs = [n for n in missing if n - 1 not in missing]
        demand(len(runs) <= self.kills, f"the FIFO has {len(runs)} holes after {self.kills} kills")
        demand(len(missing) <= len(runs) * READ_MAX // line,
               f"{len(missing)} lines in {len(runs)} holes are more than was in the agent's hands")
        self.totals["unread"] += len(missing)
        of_boot = collections.defaultdict(list)
        for (boot, seq), (key, value) in self.arrived.named.items():
            if key == "n":
                of_boot[boot].append((seq, value))
        for boot, pairs in of_boot.items():
            values = [value for _, value in sorted(pairs)]
            demand(values == list(range(values[0], values[0] + len(values))),
                   f"{boot}: the FIFO's lines are not in their order, or not all there")

    def judge_memory(self):
        """By number: what was taken up to the last look at the status and is missing was in memory
        then; every missing number is told as a crash; the count in the status covers them."""
        lost = 0
        told = collections.defaultdict(set)
        for boot, gap in self.arrived.gaps:
            demand(gap["cause"] == "crash", f"a gap for {gap['cause']}")
            told[boot].update(range(gap["first"], gap["last"] + 1))
        for boot in set(self.samples) | set(self.arrived.by_boot):
            seqs, samples = self.arrived.by_boot.get(boot, set()), self.samples.get(boot)
            taken = samples[-1]["offered"] - samples[0]["offered"] if samples else 0
            if not seqs | told[boot]:
                demand(taken == 0, f"{boot}: of {taken} events there is no trace")
                continue
            # The last look was at this number or a later one: more were taken before the first look.
            low = min(seqs | told[boot])
            looked = low + taken - 1
            missing = set(range(low, max(seqs | {looked}) + 1)) - seqs
            if samples:
                count = sum(number <= looked for number in missing)
                demand(count <= samples[-1]["in_memory"],
                       f"{boot}: {count} lost, but memory held {samples[-1]['in_memory']}")
            untold = missing - told[boot]
            demand(not untold, f"{boot}: {len(untold)} are missing and were not told, such as "
                   f"{min(untold, default=0)} of {low} to {looked}")
            lost += len(missing)
        lost_promises = [name for name in self.promised if name not in self.arrived.named]
        demand(not lost_promises, f"{len(lost_promises)} committed events never arrived")
        crash = self.last["dropped"].get("crash", 0)
        demand(set(self.last["dropped"]) <= {"crash"}, f"dropped: {self.last['dropped']}")
        demand(lost <= crash, f"{lost} lost, {crash} counted as crash")
        demand(crash <= CAPACITY * self.kills, f"{crash} counted as crash: more than memory holds")
        self.totals["lost"] += lost
        self.totals["crash"] += crash

    def audit(self):
        """The program's own proof, where there is one, must agree."""
        if self.kind != "kinesis":
            return
        if "  audit " not in bench.telemetryd("--help").stdout:
            return
        path = os.path.join(self.folder, "received-data.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in self.arrived.lines)
        result = bench.telemetryd("audit", path)
        expected = (0,) if self.durability == "spool" else (0, 1)
        demand(result.returncode in expected,
               f"audit ends with {result.returncode}: {result.stdout[-1500:]} {result.stderr}")


def campaign(name, durability, kinds, kills, numbers):
    totals = collections.Counter()
    for n in range((kills + KILLS_PER_ROUND - 1) // KILLS_PER_ROUND):
        count = min(KILLS_PER_ROUND, kills - n * KILLS_PER_ROUND)
        round_ = Round(next(numbers), kinds[n % len(kinds)], durability, count, totals)
        try:
            round_.run()
        except (Lost, GaveUp) as error:
            print(f"torture: FAILED in round {round_.number} ({durability}, {round_.kind}, "
                  f"{round_.settings}; SEED={SEED}): {error}\ntorture: all is kept in "
                  f"{round_.folder}", flush=True)
            last = os.path.join(round_.folder, f"agent-{round_.agents}.log")
            subprocess.run(["tail", "-n", "20", last], check=False)
            sys.exit(1)
        print(f"torture: {name}, {round_.kind}, {round_.settings}: {count} kills, "
              f"{round_.arrived.count} arrived", flush=True)
    return totals


def main():
    print(f"torture: SEED={SEED} KILLS={KILLS}", flush=True)
    numbers = iter(range(1 << 30))
    table = [["durability", "kills", "events", "lost", "told as crash", "extra", "seconds"]]
    for durability, kinds, kills in [
            ("spool", ["kinesis", "initialstate"], KILLS), ("memory", ["kinesis"], KILLS // 3)]:
        totals = campaign(durability, durability, kinds, kills, numbers)
        table.append([durability] + [str(round(totals[c])) for c in
                      ["kills", "events", "lost", "crash", "extra", "seconds"]])
        if totals["unread"]:
            print(f"torture: {totals['unread']} lines of the FIFO were in the hands of agents that "
                  "were killed before they took them")
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


if __name__ == "__main__":
    main()
