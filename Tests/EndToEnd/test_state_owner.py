"""Whose the state directory is: another user's, or another agent's. Only what a person has to change
keeps the agent from starting."""

import os
import shutil
import signal
import subprocess
import unittest

from bench import BIN, SECRET, Agent, clean_environment
from test_state import State

UNAVAILABLE, NOT_PERMITTED = 69, 77
NOBODY = 65534


class AgentAs(Agent):
    """A run under another user's id."""

    def __init__(self, user, binary, folder, ini, number):
        self.ini = ini
        self.stderr_path = os.path.join(folder, f"agent-{number}.log")
        with open(self.stderr_path, "wb") as log:
            self.process = subprocess.Popen(
                [binary, "run", "-c", ini], stdin=subprocess.PIPE, stdout=log, stderr=log,
                env=clean_environment(), user=user, group=user, extra_groups=[])


class Owner(State):
    """Whose the directory is."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root may run an agent as another user")
        # A folder in which another user may read, and a program that it may run.
        os.chmod(self.folder, 0o755)
        self.binary = shutil.copy(os.path.join(BIN, "telemetryd"), self.path("telemetryd"))
        self.sockets = self.path("sockets")
        os.mkdir(self.sockets)
        os.chown(self.sockets, NOBODY, NOBODY)

    def agent_as_nobody(self, ini):
        agent = AgentAs(NOBODY, self.binary, self.folder, ini, len(self.agents))
        self.agents.append(agent)
        self.addCleanup(agent.kill)
        return agent

    def readable(self, ini):
        os.chmod(ini, 0o644)
        return ini

    def nobodys_file(self, **values):
        return self.readable(self.file(control="sockets/control.sock", **values))

    def assert_refused(self, words):
        agent = self.agent_as_nobody(self.nobodys_file())
        self.assertEqual(agent.wait(), NOT_PERMITTED, agent.stderr)
        lines = agent.stderr.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertNotIn(SECRET, lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def test_a_directory_of_another_user_is_refused_with_both_names(self):
        os.mkdir(self.state, 0o755)
        self.assert_refused([
            f"the state directory {self.state} belongs to root (uid 0)",
            "this agent runs as nobody (uid 65534), which may not write there",
            "run it as root, or give it another state_directory"])

    def test_a_spool_of_another_user_inside_ours_is_refused_too(self):
        for path in ("spool", "spool/cloud"):
            with self.subTest(path):
                shutil.rmtree(self.state, ignore_errors=True)
                os.makedirs(os.path.join(self.state, "spool"))
                if path != "spool":
                    os.chown(os.path.join(self.state, "spool"), NOBODY, NOBODY)
                    os.mkdir(os.path.join(self.state, path), 0o700)
                os.chown(self.state, NOBODY, NOBODY)
                self.assert_refused([f"{self.state}/{path} belongs to root (uid 0)"])

    def test_one_that_it_may_not_make_is_refused(self):
        self.assert_refused([
            f"the state directory {self.state} does not exist", f"make it in {self.folder},",
            "nobody (uid 65534)", "give it to nobody"])

    def test_our_own_without_the_right_to_write_names_the_mode(self):
        os.mkdir(self.state)
        os.chown(self.state, NOBODY, NOBODY)
        os.chmod(self.state, 0o500)
        self.assert_refused(["(0500)", f"chmod u+rwx {self.state}"])

    def test_one_segment_that_may_not_be_read_is_named_and_left_alone(self):
        self.spooled(range(50))
        (segment,) = self.segments()
        closed = os.path.join(os.path.dirname(segment), f"{5000:020}.jsonl")
        shutil.copy(segment, closed)
        for folder, _, names in os.walk(self.state):
            os.chown(folder, NOBODY, NOBODY)
            for name in names:
                os.chown(os.path.join(folder, name), NOBODY, NOBODY)
        os.chown(closed, 0, 0)
        os.chmod(closed, 0o600)
        with open(closed, "rb") as file:
            before = file.read()
        agent = self.agent_as_nobody(self.nobodys_file())
        agent.status()
        self.feed(agent, range(50, 100))
        self.until_delivered(range(100))
        self.assert_balanced(agent.status())
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(self.receiver_.values(), range(100))
        self.assert_told_of(agent, os.path.basename(closed))
        self.assert_quiet(agent)
        with open(closed, "rb") as file:
            self.assertEqual(file.read(), before)


class SecondAgent(State):
    """One state directory, one agent."""

    def assert_refused(self, first, ini):
        second = self.agent(ini)
        self.assertEqual(second.wait(), UNAVAILABLE, second.stderr)
        (line,) = second.stderr.splitlines()
        self.assertIn(
            f"another telemetryd (pid {first.process.pid}) runs with the state directory {self.state}",
            line)
        self.assertTrue(first.status())

    def test_it_is_refused_with_the_first_ones_pid(self):
        ini = self.file()
        first = self.started(ini)
        self.assert_refused(first, ini)
        other = self.file(name="other.ini", control="other.sock")
        self.assert_refused(first, other)
        os.unlink(os.path.join(self.state, "lock"))
        self.assert_refused(first, other)
        self.put("lock", text=b"garbage")
        self.assert_refused(first, other)
        self.assertEqual(first.terminate(), 0)
        third = self.started(other)
        self.assertEqual(third.terminate(), 0)

    def test_it_is_refused_on_a_read_only_disk_too(self):
        self.tmpfs("1M")
        self.put("lock", text=b"1\n")
        for lock in (True, False):
            with self.subTest(lock_file=lock):
                self.remount("rw")
                if not lock:
                    os.unlink(os.path.join(self.state, "lock"))
                self.remount("ro")
                first = self.started(self.file(durability="memory"))
                self.assert_refused(first, self.file(
                    durability="memory", name="other.ini", control="other.sock"))
                self.assertEqual(first.terminate(), 0)

    def test_two_state_directories_may_not_share_a_control_socket(self):
        first = self.started(self.file())
        self.state = self.path("other")
        second = self.agent(self.file(name="other.ini"))
        self.assertEqual(second.wait(), UNAVAILABLE)
        self.assertIn(self.path("control.sock"), second.stderr)
        self.assertTrue(first.status())

    def test_one_that_was_killed_leaves_no_lock_behind(self):
        self.receiver_.faults({"kind": "close"})
        ini = self.file()
        for run in range(5):
            agent = self.started(ini)
            self.feed(agent, [run])
            agent.signal(signal.SIGKILL)
            agent.wait()
        self.receiver_.faults()
        last = self.started(ini)
        self.until_delivered(range(5))
        self.assertEqual(last.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
