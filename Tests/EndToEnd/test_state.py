"""The state directory: whatever it holds and whatever its disk does, the agent starts, works, and
recovers by itself."""

import json
import os
import shutil
import socket
import stat
import subprocess
import unittest

from bench import LINES, Bench, Feeder, buffer, initial_state, kinesis, spool, until

# Lines of the log that one fault may cost.
LINES_MAX = 20


class State(Bench):
    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver()

    def file(self, *sections, durability="spool", name="telemetryd.ini", control="control.sock",
             **values):
        """An ini whose control socket outlives the state directory."""
        sections = sections or (kinesis(self.receiver_.url),)
        return self.ini(
            *sections, buffer(durability=durability, **values), spool(segment="64K", limit="1M"),
            LINES, name=name, general=f"grace = 0\ncontrol_socket = {self.path(control)}")

    def started(self, ini):
        agent = self.agent(ini)
        agent.status()
        return agent

    def feed(self, agent, numbers):
        offered = agent.uplink()["offered"]
        Feeder(agent.process.stdin, numbers)
        agent.until_offered(offered + len(numbers))

    def until_delivered(self, numbers):
        wanted = set(numbers)
        until(lambda: wanted <= set(self.receiver_.values()), f"all of {numbers}")

    def put(self, *path, text=b""):
        """A file in the state directory."""
        path = os.path.join(self.state, *path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text)
        return path

    def tmpfs(self, size):
        """The state directory on a file system of its own."""
        os.makedirs(self.state, exist_ok=True)
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", self.state],
            capture_output=True, text=True)
        if made.returncode != 0:
            self.skipTest(f"no file system may be mounted here: {made.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)

    def remount(self, mode):
        subprocess.run(["mount", "-o", f"remount,{mode}", self.state], check=True)

    def fill(self):
        """Leaves no byte free on the state directory's disk; the file that takes it all."""
        path = os.path.join(self.state, "ballast")
        with open(path, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        return path

    def spooled(self, numbers, name="telemetryd.ini"):
        """A run that can deliver nothing, and puts these into the spool."""
        self.receiver_.faults({"kind": "close"})
        agent = self.started(self.file(name=name))
        for start in range(0, len(numbers), 50):
            self.feed(agent, numbers[start:start + 50])
        self.assertEqual(agent.terminate(), 0)
        self.receiver_.faults()

    def assert_told_of(self, agent, what):
        self.assertIn(what, agent.stderr)

    def assert_quiet(self, agent):
        self.assertLessEqual(len(agent.stderr.splitlines()), LINES_MAX, agent.stderr)


class Content(State):
    """What an agent may find."""

    def test_a_missing_directory_is_made_with_its_parents(self):
        self.state = self.path("some/where/state")
        self.spooled(range(10))
        self.assertEqual(len(self.segments()), 1)
        self.assertEqual(stat.S_IMODE(os.stat(self.state).st_mode) & 0o007, 0)

    def test_an_empty_directory_does(self):
        os.mkdir(self.state)
        agent = self.started(self.file())
        self.feed(agent, range(10))
        self.until_delivered(range(10))
        self.assertEqual(agent.terminate(), 0)

    def keyless_bucket(self):
        """An uplink that keeps the key of its bucket in the state directory."""
        section = initial_state(self.receiver_.url)
        return section.replace("bucket_key = bench\n", "")

    def works_beside(self, make, names_it=None):
        """Starts beside what `make` left, delivers what was in the spool and what comes new."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.spooled(range(100))
        make()
        first = len(self.receiver_.values())
        agent = self.agent(self.file(kinesis(self.receiver_.url), self.keyless_bucket()))
        try:
            agent.status()
            self.feed(agent, range(100, 150))
            until(lambda: len(self.receiver_.values()) >= first + 150, "all that was spooled or came")
            self.assert_complete(self.receiver_.values()[first:], range(150))
            self.assertEqual(agent.terminate(), 0)
        finally:
            agent.kill()
        if names_it:
            self.assert_told_of(agent, names_it)
        self.assert_quiet(agent)

    def test_no_name_in_it_keeps_the_agent_from_its_work(self):
        segment = f"{7:020}.jsonl"
        spool = os.path.join(self.state, "spool", "cloud")

        def fifo(*path):
            path = os.path.join(self.state, *path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.lexists(path):
                os.unlink(path)
            os.mkfifo(path)

        def folder(*path):
            path = os.path.join(self.state, *path)
            if os.path.lexists(path):
                os.unlink(path)
            os.makedirs(os.path.join(path, "more"))

        def link(to, *path):
            path = os.path.join(self.state, *path)
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink(to, path)

        def device():
            os.symlink("/dev/zero", os.path.join(spool, segment))

        def bytes_as_name():
            for name in (b"\xff\xfe.jsonl", b"\xff" * 14 + b".jsonl", b"\xe9.jsonl.corrupt"):
                with open(os.path.join(os.fsencode(spool), name), "wb") as file:
                    file.write(b"x")

        def socket_there():
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
                made.bind(self.path("bound"))
            os.rename(self.path("bound"), os.path.join(spool, segment))

        garbage = os.urandom(3000)
        cases = {
            "lock a folder": (lambda: folder("lock"), None),
            "lock a FIFO": (lambda: fifo("lock"), None),
            "lock garbage": (lambda: self.put("lock", text=garbage), None),
            "lock a link to nothing": (lambda: link("/nonexistent/lock", "lock"), None),
            "inputs a file": (lambda: self.put("inputs", text=garbage), None),
            "inputs full of garbage": (lambda: self.put("inputs", "%2Fx.json", text=garbage), None),
            "sensors a file": (lambda: self.put("sensors", text=garbage), None),
            "a bucket's key a FIFO": (lambda: fifo("bucket_key.dashboard"), None),
            "a bucket's key garbage": (
                lambda: self.put("bucket_key.dashboard", text=b"\0" * 300), None),
            "the cursor garbage": (lambda: self.put("spool", "cloud", "cursor", text=garbage), None),
            "the cursor a FIFO": (lambda: fifo("spool", "cloud", "cursor"), None),
            "the cursor a folder": (lambda: folder("spool", "cloud", "cursor"), None),
            "what is written aside a FIFO": (lambda: fifo("spool", "cloud", "cursor.new"), None),
            "the ledger garbage": (lambda: self.put("spool", "cloud", "ledger", text=garbage), None),
            "the ledger a folder": (lambda: folder("spool", "cloud", "ledger"), None),
            "the ledger a FIFO": (lambda: fifo("spool", "cloud", "ledger"), None),
            "rejected.jsonl a folder": (lambda: folder("spool", "cloud", "rejected.jsonl"), None),
            "a segment that is a folder": (lambda: folder("spool", "cloud", segment), segment),
            "a segment that is a FIFO": (lambda: fifo("spool", "cloud", segment), segment),
            "a segment that is a socket": (socket_there, segment),
            "a segment that is a device without end": (device, segment),
            "a segment that leads nowhere": (
                lambda: link("nowhere", "spool", "cloud", segment), segment),
            "a segment that leads to itself": (
                lambda: link(segment, "spool", "cloud", segment), segment),
            "the highest number as a name": (
                lambda: self.put("spool", "cloud", "18446744073709551615.jsonl", text=garbage), None),
            "names that are not UTF-8": (bytes_as_name, None),
            "another uplink's folder a file": (lambda: self.put("spool", "old", text=garbage), None),
        }
        for name, (make, names_it) in cases.items():
            with self.subTest(name):
                self.works_beside(make, names_it)

    def test_without_a_folder_for_the_spool_memory_goes_on_until_there_is_one(self):
        for name, blocker in {"spool": ("spool",), "its folder": ("spool", "cloud")}.items():
            with self.subTest(name):
                shutil.rmtree(self.state, ignore_errors=True)
                path = self.put(*blocker, text=b"in the way")
                self.receiver_.faults({"kind": "close"})
                agent = self.started(self.file(durability="memory", capacity=100))
                self.feed(agent, range(50))
                self.assertEqual(agent.uplink()["in_memory"], 50)
                self.assert_told_of(agent, path)
                os.unlink(path)
                self.feed(agent, range(50, 250))
                until(lambda: agent.uplink()["in_spool"] > 0, "events in the spool")
                self.assert_balanced(agent.status())
                self.assert_quiet(agent)
                dropped = sum(agent.uplink()["dropped"].values())
                self.receiver_.faults()
                until(lambda: agent.uplink()["in_memory"] + agent.uplink()["in_spool"] == 0, "its end")
                self.assertEqual(dropped, 0)
                self.assertEqual(agent.terminate(), 0)

    def test_a_state_directory_that_is_a_file_is_told_and_memory_works(self):
        self.write("state", "in the way")
        agent = self.started(self.file(durability="memory"))
        self.feed(agent, range(50))
        self.until_delivered(range(50))
        self.assert_told_of(agent, self.state)
        self.assertEqual(agent.terminate(), 0)

    def test_a_half_written_segment_gives_all_that_was_committed(self):
        self.spooled(range(200))
        (segment,) = self.segments()
        with open(segment, "rb") as file:
            whole = file.read()
        for cut in [0, 1, len(whole) // 10, len(whole) // 2, len(whole) - 2, len(whole) - 1]:
            with self.subTest(cut=cut):
                shutil.rmtree(self.state)
                self.put("spool", "cloud", os.path.basename(segment), text=whole[:cut])
                committed, batch = [], []
                for line in whole[:cut].split(b"\n")[:-1]:
                    value = json.loads(line)
                    if isinstance(value, list):
                        batch = [event["value"] for event in value]
                    elif "commit" in value:
                        committed += batch
                before = len(self.receiver_.values())
                agent = self.started(self.file())
                self.feed(agent, [1000])
                until(lambda: 1000 in self.receiver_.values()[before:], "the new event")
                self.assertEqual(agent.terminate(), 0)
                self.assert_complete(self.receiver_.values()[before:], committed + [1000])

    def test_a_newer_format_is_left_alone_and_named(self):
        self.spooled(range(50))
        text = b'{"segment":{"format":2,"uplink":"cloud","new":true}}\n[1,2]\n{"commit":3}\n'
        newer = [self.put("spool", "cloud", f"{n:020}.jsonl", text=text) for n in (0, 5000)]
        agent = self.started(self.file())
        self.feed(agent, range(50, 100))
        self.until_delivered(range(100))
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(self.receiver_.values(), range(100))
        for path in newer:
            with open(path, "rb") as file:
                self.assertEqual(file.read(), text)
            self.assert_told_of(agent, os.path.basename(path))
        self.assert_told_of(agent, "format 2")


class Disk(State):
    """What the disk may do."""

    def test_a_read_only_disk_is_told_once_and_used_when_it_can_be_written(self):
        self.tmpfs("1M")
        self.remount("ro")
        agent = self.started(self.file(durability="memory", capacity=100))
        self.feed(agent, range(50))
        self.until_delivered(range(50))
        self.receiver_.faults({"kind": "close"})
        self.feed(agent, range(50, 350))
        status = agent.status()
        self.assert_balanced(status)
        self.assertEqual(status["uplinks"][0]["in_spool"], 0)
        self.assertGreater(status["uplinks"][0]["dropped"].get("buffer_full", 0), 0)
        self.assert_told_of(agent, "Read-only file system")
        self.remount("rw")
        until(lambda: self.feed(agent, [1000]) or agent.uplink()["in_spool"] > 0,
              "events in the spool")
        self.assert_balanced(agent.status())
        self.assert_quiet(agent)
        self.assertEqual(agent.terminate(), 0)

    def test_a_read_only_spool_is_delivered(self):
        self.tmpfs("1M")
        self.spooled(range(200))
        self.remount("ro")
        agent = self.started(self.file(durability="memory"))
        self.until_delivered(range(200))
        self.feed(agent, range(200, 250))
        self.until_delivered(range(250))
        self.assert_balanced(agent.status())
        self.assert_quiet(agent)
        self.assert_complete(self.receiver_.values(), range(250))
        self.assertEqual(agent.terminate(), 0)

    def test_a_full_disk_is_told_once_and_used_when_it_has_room(self):
        self.tmpfs("256K")
        ballast = self.fill()
        agent = self.started(self.file(durability="memory", capacity=100))
        self.feed(agent, range(50))
        self.until_delivered(range(50))
        self.receiver_.faults({"kind": "close"})
        self.feed(agent, range(50, 350))
        status = agent.status()
        self.assert_balanced(status)
        self.assertGreater(status["uplinks"][0]["dropped"].get("buffer_full", 0), 0)
        self.assert_told_of(agent, "No space left on device")
        os.unlink(ballast)
        until(lambda: self.feed(agent, [1000]) or agent.uplink()["in_spool"] > 0,
              "events in the spool")
        self.assert_balanced(agent.status())
        self.assert_quiet(agent)
        self.assertEqual(agent.terminate(), 0)

    def test_a_directory_that_is_deleted_is_made_again(self):
        for durability in ("memory", "spool"):
            with self.subTest(durability=durability):
                shutil.rmtree(self.state, ignore_errors=True)
                self.receiver_.faults({"kind": "close"})
                agent = self.started(self.file(durability=durability, capacity=100))
                self.feed(agent, range(100))
                until(lambda: agent.uplink()["in_spool"] > 0, "events in the spool")
                shutil.rmtree(self.state)
                before = len(self.receiver_.values())
                for number in range(100, 200, 10):
                    self.feed(agent, range(number, number + 10))
                until(self.segments, "a spool made again")
                self.assert_balanced(agent.status())
                self.receiver_.faults()
                self.feed(agent, range(200, 250))
                until(lambda: agent.uplink()["in_spool"] + agent.uplink()["in_memory"] == 0, "the end")
                self.assert_balanced(agent.status())
                # What was deleted is gone, and counted; all that came later is there.
                got = self.receiver_.values()[before:]
                self.assert_none_lost(got, range(100, 250))
                deleted = 100 - len(set(range(100)) & set(got))
                self.assertEqual(sum(agent.uplink()["dropped"].values()), deleted)
                self.assert_quiet(agent)
                self.assertEqual(agent.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
