"""Every Nth system call on the state folder fails, once or from then on: no write path may break.

The scenario is an outage with `durability = spool`, a stop, a start, and the delivery. FULL=1 tries
each call; otherwise a sample of them, chosen anew in each run by a seed that is told on failure.
"""

import concurrent.futures
import errno
import fcntl
import os
import random
import re
import shutil
import struct
import tempfile
import termios
import unittest

from bench import FULL, LINES, Agent, Bench, Feeder, Receiver, balance, buffer, kinesis, spool, until
from nth_call import FOR_EVER, SHORT, NthCall
from segments import forget_record

# Some three segments in the outage, and a few more events in the run that delivers.
FIRST, SECOND, CHUNK = 2000, 200, 250
SAMPLE = 12
PARALLEL = 6
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
STOPPED = re.compile(
    r"stopped; cloud: (\d+) accepted, (\d+) rejected, (\d+) dropped, (\d+) in the spool")
CRASHES = re.compile(r"Fatal error|Crash|Segmentation|overflow|precondition", re.IGNORECASE)


class Scene:
    """One run of the scenario in a folder of its own."""

    def __init__(self, at=0, code=errno.EIO, count=1):
        self.folder = tempfile.mkdtemp(prefix="telemetryd-nth-")
        self.name = f"call {at}, {errno.errorcode.get(code, 'short')}, {count} times"
        self.receiver = Receiver(self.folder, "--fault", "close")
        self.shim = NthCall(
            os.path.join(self.folder, "state"), os.path.join(self.folder, "control"))
        self.shim.fail(at, code, count)
        self.agents = []
        self.dropped = 0
        self.problems = []

    def close(self):
        for agent in self.agents:
            agent.kill()
        self.receiver.stop()
        forget_record(os.path.join(self.folder, "state"), "cloud")
        shutil.rmtree(self.folder, ignore_errors=True)

    def agent(self, ini, shimmed=True):
        self.agents.append(Agent(
            self.folder, ini, len(self.agents), "pipe",
            environment=self.shim.environment if shimmed else None))
        return self.agents[-1]

    def finish(self, agent, what):
        """The end of the input, and all that must be true of a run's end."""
        agent.process.stdin.close()
        try:
            status = agent.wait()
        finally:
            agent.kill()
        if status != 0:
            self.problems.append(f"{what}: exit status {status}")
        if CRASHES.search(agent.stderr):
            self.problems.append(f"{what} crashed")
        if found := STOPPED.search(agent.stderr):
            self.dropped = int(found[3])  # the ledger outlives each run
        if self.problems:
            self.problems.append(agent.stderr[-1500:])

    def feed(self, agent, numbers):
        """Until the agent has read them."""
        pipe = agent.process.stdin
        Feeder(pipe, numbers).join()
        until(lambda: struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0] == 0,
              "the lines to be read")

    def look(self, agent):
        """The ledger adds up. The socket to ask at is outside of the state folder."""
        status = agent.status()
        for uplink in status["uplinks"] if status else []:
            if uplink["offered"] != balance(uplink):
                self.problems.append(f"the ledger: {uplink}")

    def ini(self, grace):
        path = os.path.join(self.folder, f"grace-{grace}.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([
                f"[telemetryd]\ndevice = bench\ngrace = {grace}",
                f"state_directory = {self.folder}/state",
                f"control_socket = {self.folder}/control.sock", kinesis(self.receiver.url),
                buffer(durability="spool", flush_size=100), spool(segment="64K", sync="100ms"),
                LINES]))
        return path

    def run(self):
        # An outage, in which several batches go to disk.
        agent = self.agent(self.ini("300ms"))
        for start in range(0, FIRST, CHUNK):
            self.feed(agent, range(start, start + CHUNK))
        self.look(agent)
        self.finish(agent, "the run in the outage")
        # The next run delivers, if not all at once.
        self.receiver.faults({"kind": "throttle-records", "probability": 0.2, "count": 200})
        ini = self.ini("20s")
        agent = self.agent(ini)
        self.feed(agent, range(FIRST, FIRST + SECOND))
        self.look(agent)
        self.finish(agent, "the run that delivers")
        # What it could not read or write is left to one with a disk that works.
        if self.missing():
            last = self.agent(ini, shimmed=False)
            until(lambda: last.uplink()["in_spool"] == 0, "an empty spool")
            self.finish(last, "the last run")
        return self

    def missing(self):
        return set(range(FIRST + SECOND)) - set(self.receiver.values())


class EveryNthCall(Bench):
    @classmethod
    def setUpClass(cls):
        clean = Scene()
        try:
            clean.run()
            cls.clean, cls.calls, cls.kinds = clean, clean.shim.calls, clean.shim.by_kind
            cls.clean_missing = clean.missing()
        finally:
            clean.close()

    def numbers(self):
        everything = range(1, self.calls + 1)
        if FULL:
            return list(everything)
        return sorted(random.Random(SEED).sample(everything, min(SAMPLE, self.calls)))

    def each(self, scenes, judge):
        """Runs the scenes, some at a time; all their problems in one failure."""
        problems = []

        def play(scene):
            try:
                scene.run()
                return scene.problems + judge(scene)
            except Exception as error:  # its own scene alone
                return [repr(error)]
            finally:
                scene.close()

        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            for scene, found in zip(scenes, pool.map(play, scenes)):
                problems += [f"{scene.name}: {problem}" for problem in found]
        self.assertFalse(problems, f"SEED={SEED}, of {self.calls} calls:\n" + "\n".join(problems))

    @staticmethod
    def nothing_lost(scene):
        missing = scene.missing()
        return [f"{len(missing)} lost, such as {min(missing)}; {scene.dropped} counted as dropped"
                ] if missing else []

    @staticmethod
    def all_explained(scene):
        missing = scene.missing()
        return [f"{len(missing)} lost, {scene.dropped} counted as dropped"
                ] if len(missing) != scene.dropped else []

    def test_without_a_failure_all_arrives(self):
        self.assertEqual(self.clean.problems, [])
        self.assertEqual(self.clean_missing, set())
        for kind in ["read", "open", "write", "syncfs", "unlink", "mkdir", "rename"]:
            self.assertGreater(self.kinds[kind], 0, f"the scenario has no {kind}: {self.kinds}")

    def test_one_call_fails_and_nothing_is_lost(self):
        self.each([Scene(n) for n in self.numbers()], self.nothing_lost)

    def test_one_write_is_short_and_nothing_is_lost(self):
        self.each([Scene(n, SHORT, 2) for n in self.numbers()], self.nothing_lost)

    def test_the_disk_is_full_from_one_call_on_and_all_that_is_lost_is_counted(self):
        self.each([Scene(n, errno.ENOSPC, FOR_EVER) for n in self.numbers()], self.all_explained)

    def test_the_disk_is_read_only_from_one_call_on_and_all_that_is_lost_is_counted(self):
        self.each([Scene(n, errno.EROFS, FOR_EVER) for n in self.numbers()], self.all_explained)

    def test_the_disk_fails_from_one_call_on_and_all_that_is_lost_is_counted(self):
        self.each([Scene(n, errno.EIO, FOR_EVER) for n in self.numbers()], self.all_explained)


if __name__ == "__main__":
    unittest.main()
