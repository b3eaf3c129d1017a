"""The state folder's disk: full, read-only, gone wrong, or with anything in it before the start.

A small file system of its own is mounted for it, which needs root; without it those tests are
skipped, and say so.
"""

import errno
import json
import os
import subprocess
import unittest

from bench import (
    BIN, FULL, LINES, Bench, Feeder, buffer, kinesis, spool, until)
from nth_call import NthCall

# Events a second, and seconds of the outage.
RATE, OUTAGE = (1000, 30) if FULL else (3000, 8)
# Lines that the agent may log while its disk is full, and about it.
LINES_MAX = 20
NOT_PERMITTED = 77


class SmallDisk(Bench):
    """A state folder on a disk of 1 MiB."""

    def mount(self, size="1M"):
        os.mkdir(self.state)
        result = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "telemetryd-test", self.state],
            capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
        if result is None or result.returncode != 0:
            self.skipTest("mounting a small disk is not permitted here: "
                          + (result.stderr.strip() if result else "not root"))
        self.addCleanup(subprocess.run, ["umount", "-l", self.state], check=False)

    def ini(self, *sections, **more):
        """With the socket, and what outlives a kill, outside of the disk."""
        more.setdefault("general", f"control_socket = {self.path('control.sock')}")
        return super().ini(*sections, **more)

    def remount(self, mode):
        """False when the kernel refuses, for files that are open."""
        return subprocess.run(["mount", "-o", f"remount,{mode}", self.state],
                              capture_output=True, check=False).returncode == 0

    def fill(self):
        """Leaves no byte free; returns what to remove."""
        path = os.path.join(self.state, "ballast")
        with open(path, "wb", buffering=0) as file:
            for size in [65536, 4096, 1]:
                try:
                    while True:
                        file.write(bytes(size))
                except OSError as error:
                    self.assertEqual(error.errno, errno.ENOSPC)
        return path

    def numbers(self, receiver):
        return [r["data"] for r in receiver.records() if r["sensorId"] == "n"]

    def gaps(self, receiver):
        return [json.loads(r["data"]) for r in receiver.records()
                if r["sensorId"] == "telemetryd_gap"]

    def is_settled(self, receiver, uplink, count):
        """Each event arrived or was dropped, and the receiver was told of those."""
        dropped = sum(uplink["dropped"].values())
        return (len(self.numbers(receiver)) + dropped == count
                and sum(gap["count"] for gap in self.gaps(receiver)) == dropped)

    def assert_exact(self, receiver, uplink, count):
        """What is missing is what the agent says to have dropped, and what the gaps tell."""
        got = self.numbers(receiver)
        missing = set(range(count)) - set(got)
        self.assertEqual(len(got), len(set(got)), "extra copies")
        self.assertEqual(sum(uplink["dropped"].values()), len(missing), uplink["dropped"])
        self.assertEqual(sum(gap["count"] for gap in self.gaps(receiver)), len(missing))
        return missing


class FullDisk(SmallDisk):
    def outage(self, when_full):
        self.mount()
        receiver = self.receiver("--fault", f"refuse:seconds={OUTAGE}")
        ini = self.ini(
            kinesis(receiver.url), buffer(capacity=1000), LINES,
            spool(segment="64K", when_full=when_full))
        agent = self.agent(ini)
        feeder = Feeder(agent.process.stdin, range(RATE * OUTAGE), RATE)
        while feeder.is_alive():
            self.assertTrue(agent.is_running)
            self.assert_balanced(agent.status())
        count = RATE * OUTAGE
        agent.until_offered(count)
        until(lambda: self.is_settled(receiver, agent.uplink(), count), "all that was kept")
        lines = agent.stderr.splitlines()
        # The disk is as it was: another outage, past the mark, reaches the spool again.
        receiver.faults({"kind": "close"})
        Feeder(agent.process.stdin, range(count, count + 900))
        until(lambda: agent.uplink()["in_spool"] > 0, "the spool in use again")
        receiver.faults()
        until(lambda: self.is_settled(receiver, agent.uplink(), count + 900), "all the rest")
        uplink = agent.uplink()
        self.assertEqual(agent.terminate(), 0)
        self.assertLessEqual(len(lines), LINES_MAX, "\n".join(lines))
        missing = self.assert_exact(receiver, uplink, count + 900)
        self.assertGreater(len(missing), count / 4, "the disk was to be full")
        self.assertLess(max(missing), count, "there was room for all of the second outage")
        return missing

    # Events for which 1 MiB and memory have room in any case.
    KEPT = 6000

    def test_with_drop_oldest_the_newest_are_kept_and_the_count_is_exact(self):
        missing = self.outage("drop_oldest")
        self.assertLess(max(missing), RATE * OUTAGE - self.KEPT)

    def test_with_drop_newest_the_oldest_are_kept_and_the_count_is_exact(self):
        missing = self.outage("drop_newest")
        self.assertGreaterEqual(min(missing), self.KEPT)

    def test_space_that_returns_is_used(self):
        self.mount()
        ballast = self.fill()
        receiver = self.receiver("--fault", "close")
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(capacity=1000), spool(segment="64K"), LINES))
        Feeder(agent.process.stdin, range(3000))
        agent.until_offered(3000)
        self.assertEqual(agent.uplink()["in_spool"], 0)
        self.assertEqual(agent.uplink()["in_memory"], 1000)
        os.unlink(ballast)
        until(lambda: agent.uplink()["in_spool"] > 0, "the spool in use")
        Feeder(agent.process.stdin, range(3000, 6000))
        agent.until_offered(6000)
        self.assert_balanced(agent.status())
        receiver.faults()
        until(lambda: self.is_settled(receiver, agent.uplink(), 6000), "all that was kept")
        uplink = agent.uplink()
        self.assertEqual(agent.terminate(), 0)
        missing = self.assert_exact(receiver, uplink, 6000)
        self.assertEqual(missing, set(range(2000)), "the oldest were to go")
        self.assertLessEqual(len(agent.stderr.splitlines()), LINES_MAX)


class ReadOnlyDisk(SmallDisk):
    def test_a_disk_that_turns_read_only_is_used_again_when_it_is_writable(self):
        self.mount()
        receiver = self.receiver()
        # Its files are not open for writing while all is well, so that the kernel agrees.
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(capacity=1000), spool(segment="64K"), LINES))
        Feeder(agent.process.stdin, range(100))
        until(lambda: len(self.numbers(receiver)) == 100, "the first events")
        if not self.remount("ro"):
            self.skipTest("the agent holds a file open, so the kernel does not remount")
        receiver.faults({"kind": "close"})
        Feeder(agent.process.stdin, range(100, 3100))
        agent.until_offered(3100)
        self.assertEqual(agent.uplink()["in_memory"], 1000)
        self.assert_balanced(agent.status())
        self.assertTrue(self.remount("rw"))
        until(lambda: agent.uplink()["in_spool"] > 0, "the spool in use")
        receiver.faults()
        until(lambda: self.is_settled(receiver, agent.uplink(), 3100), "all that was kept")
        uplink = agent.uplink()
        self.assertEqual(agent.terminate(), 0)
        self.assert_exact(receiver, uplink, 3100)
        self.assertLessEqual(len(agent.stderr.splitlines()), LINES_MAX)

    def test_a_write_ahead_spool_that_turns_read_only_goes_on_in_memory_and_recovers(self):
        receiver = self.receiver("--fault", "close")
        shim = NthCall(self.state, self.path("control"))
        agent = self.agent(
            self.ini(kinesis(receiver.url), buffer(capacity=1000, durability="spool"),
                     spool(segment="64K"), LINES),
            environment=shim.environment)
        Feeder(agent.process.stdin, range(500))
        agent.until_offered(500)
        self.assertEqual(agent.uplink()["in_spool"], 500)
        shim.fail_from_now(errno.EROFS)
        Feeder(agent.process.stdin, range(500, 2500))
        agent.until_offered(2500)
        self.assertEqual(agent.uplink()["in_memory"], 1000)
        self.assertEqual(sum(agent.uplink()["dropped"].values()), 1000)
        shim.heal()
        until(lambda: agent.uplink()["in_spool"] == 1500, "all of memory in the spool")
        receiver.faults()
        until(lambda: self.is_settled(receiver, agent.uplink(), 2500), "all that was kept")
        uplink = agent.uplink()
        self.assertEqual(agent.terminate(), 0)
        self.assertEqual(self.assert_exact(receiver, uplink, 2500), set(range(500, 1500)))
        self.assertLessEqual(len(agent.stderr.splitlines()), LINES_MAX)


class Start(SmallDisk):
    """From any content of the state folder."""

    def assert_delivers(self, receiver=None):
        """A run that gets some events and delivers them; the agent."""
        receiver = receiver or self.receiver()
        before = len(self.numbers(receiver))
        agent = self.agent(self.ini(kinesis(receiver.url), buffer(), LINES))
        Feeder(agent.process.stdin, range(before, before + 50))
        until(lambda: len(self.numbers(receiver)) == before + 50 or not agent.is_running,
              "the events")
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(self.numbers(receiver), range(before + 50))
        return agent

    def test_with_an_empty_folder(self):
        os.mkdir(self.state)
        self.assert_delivers()

    def test_with_a_folder_that_cannot_be_written(self):
        self.mount()
        self.assertTrue(self.remount("ro"))
        agent = self.assert_delivers()
        self.assertIn(self.state, agent.stderr, "the folder is to be named")

    def test_with_a_full_disk(self):
        self.mount()
        self.fill()
        self.assert_delivers()

    def test_with_files_where_folders_should_be(self):
        os.mkdir(self.state)
        for name in ["spool", "inputs"]:
            self.write(f"state/{name}", "no folder")
        agent = self.assert_delivers()
        self.assertNotIn("Fatal", agent.stderr)

    def test_with_a_file_where_the_state_folder_should_be(self):
        self.write("state", "no folder")
        agent = self.assert_delivers()
        self.assertIn(self.state, agent.stderr, "the folder is to be named")

    def test_with_folders_where_files_should_be(self):
        receiver = self.receiver()
        self.assert_delivers(receiver)
        for name in os.listdir(self.state):
            path = os.path.join(self.state, name)
            if os.path.isfile(path):
                os.unlink(path)
                os.mkdir(path)
        for name in ["cursor", "rejected.jsonl", f"{7:020}.jsonl"]:
            os.makedirs(os.path.join(self.state, "spool", "cloud", name))
        self.assert_delivers(receiver)

    def test_with_garbage_in_each_of_its_files(self):
        receiver = self.receiver("--fault", "close")
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(durability="spool"), LINES, general="grace = 0"))
        Feeder(agent.process.stdin, range(200))
        agent.until_offered(200)
        self.assertEqual(agent.terminate(), 0)
        for folder, _, names in os.walk(self.state):
            for name in names:
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(os.urandom(3000))
        receiver.faults()
        second = self.agent(self.ini(kinesis(receiver.url), buffer(), LINES))
        Feeder(second.process.stdin, range(1000, 1050))
        until(lambda: len(self.numbers(receiver)) >= 50, "the new events")
        self.assert_balanced(second.status())
        self.assertEqual(second.terminate(), 0)
        self.assert_complete(self.numbers(receiver), range(1000, 1050))

    def test_with_a_spool_of_a_newer_format_which_is_left_alone_and_named(self):
        folder = os.path.join(self.state, "spool", "cloud")
        os.makedirs(folder)
        name = f"{5:020}.jsonl"
        text = '{"segment":{"format":2,"uplink":"cloud","shape":"unknown"}}\nnobody knows\n'
        path = self.write(f"state/spool/cloud/{name}", text)
        agent = self.assert_delivers()
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), text)
        self.assertRegex(agent.stderr, rf"{name}.*format 2")

    def test_with_a_folder_of_another_user_it_says_so(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        os.mkdir(self.state, 0o700)
        os.chmod(self.folder, 0o755)
        ini = self.ini(kinesis(self.receiver().url), buffer(), LINES)
        with open(self.path("out"), "wb") as out:
            process = subprocess.Popen(
                [os.path.join(BIN, "telemetryd"),
                 "run", "-c", ini], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                user=65534, group=65534, extra_groups=[])
            self.addCleanup(process.kill)
            status = process.wait(30)
        with open(self.path("out"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(status, NOT_PERMITTED, text)
        self.assertIn(self.state, text)
        self.assertRegex(text, "(?i)belongs to root")


if __name__ == "__main__":
    unittest.main()
