"""A clock that is off: the service's Date header sets signatures and epochs right.

The receiver checks signatures, refuses what is 15 minutes off as the service does, and runs by the
machine's clock; the agent's is shifted by a library.
"""

import mmap
import os
import struct
import time
import unittest

from bench import (
    KEY_ID, LINES, SECRET, Bench, balance, buffer, initial_state, kinesis, spool, unused_url,
    until)
from nth_call import library

HOUR = 3600
# Seconds that an epoch may be off: the header has whole ones, and the machine other work.
CLOSE = 2
# Where a time service has set the clock before the kernel says so, the agent knows it from there.
TIMESYNC_MARK = "/run/systemd/timesync/synchronized"
TIME_SERVICES = ["/run/systemd/timesync", "/run/chrony", "/run/ntpd.pid", "/run/openntpd"]


class ClockSkew(Bench):
    def setUp(self):
        super().setUp()
        for path in [TIMESYNC_MARK, *TIME_SERVICES]:
            if os.path.exists(path):
                self.skipTest(f"{path} says something of this machine's clock")
        with open(self.path("clock"), "w+b") as file:
            file.write(bytes(16))
            file.flush()
            self.clock = mmap.mmap(file.fileno(), 16)
        self.environment = {
            "LD_PRELOAD": library("shifted_clock"), "SHIFTED_CLOCK": self.path("clock")}
        self.true = {}

    def set_clock(self, ahead, synchronised=False):
        struct.pack_into("qq", self.clock, 0, int(ahead * 1e9), int(synchronised))

    def signed_receiver(self, *arguments):
        return self.receiver("--secret", f"{KEY_ID}={SECRET}", *arguments)

    def shifted_agent(self, *sections, durability="spool"):
        ini = self.ini(
            *sections, buffer(durability=durability, flush_interval="100ms"), spool(), LINES)
        return self.agent(ini, environment=self.environment)

    def feed(self, agent, count):
        """Numbers that go on from call to call; when each was measured is noted."""
        for number in range(len(self.true), len(self.true) + count):
            self.true[number] = time.time()
            agent.process.stdin.write(b'{"key":"n","value":%d}\n' % number)
            agent.process.stdin.flush()
            time.sleep(0.02)  # So that epochs can be told apart.

    def until_all(self, receiver, count):
        until(lambda: len(receiver.records()) >= count, f"{count} records")

    def assert_right(self, records):
        self.assertEqual(sorted(r["data"] for r in records), sorted(self.true))
        for record in records:
            self.assertLess(abs(record["epoch"] - self.true[record["data"]]), CLOSE, record)
            self.assertNotIn("clock", record, "a mark")

    def skewed(self, ahead):
        receiver = self.signed_receiver()
        self.set_clock(ahead)
        # Before the first contact: all to the spool, and the agent is killed.
        first = self.shifted_agent(kinesis(unused_url()))
        self.feed(first, 30)
        until(lambda: first.uplink()["in_spool"] == 30, "all in the spool")
        first.kill()
        second = self.shifted_agent(kinesis(receiver.url))
        self.feed(second, 30)
        self.until_all(receiver, 60)
        stats = receiver.stats()
        self.assertEqual(stats["refusedRequests"], 1)
        self.feed(second, 30)
        self.until_all(receiver, 90)
        self.assertEqual(receiver.stats()["refusedRequests"], 1)
        self.assertAlmostEqual(second.status()["clock"]["offset_s"], -ahead, delta=CLOSE)
        self.assert_balanced(second.status())
        self.assertEqual(second.uplink()["retries"], 0)
        second.kill()
        # Each run learns anew, and says so once.
        third = self.shifted_agent(kinesis(receiver.url))
        self.feed(third, 30)
        self.until_all(receiver, 120)
        self.assertEqual(receiver.stats()["refusedRequests"], 2)
        self.assertEqual(third.terminate(), 0)
        self.assert_right(receiver.records())
        seconds, side = (ahead, "ahead of") if ahead > 0 else (-ahead, "behind")
        for agent in [second, third]:
            told = [line for line in agent.stderr.splitlines() if "the clock is" in line]
            self.assertEqual(len(told), 1, told)
            self.assertRegex(told[0], rf"the clock is \d+ s {side} the service's")
            number = int(told[0].split("the clock is ")[1].split()[0])
            self.assertLess(abs(number - seconds), CLOSE)

    def test_two_hours_ahead(self):
        self.skewed(2 * HOUR)

    def test_two_hours_behind(self):
        self.skewed(-2 * HOUR)

    def test_twenty_days_behind(self):
        self.skewed(-20 * 24 * HOUR)

    def test_what_waits_in_memory_is_repaired_too(self):
        receiver = self.signed_receiver()
        self.set_clock(2 * HOUR)
        agent = self.shifted_agent(kinesis(receiver.url), durability="memory")
        self.feed(agent, 50)
        self.until_all(receiver, 50)
        self.assertEqual(receiver.stats()["refusedRequests"], 1)
        self.assertEqual(agent.terminate(), 0)
        self.assert_right(receiver.records())

    def test_an_uplink_that_cannot_learn_it_hears_it_from_the_other(self):
        receiver = self.signed_receiver()
        self.set_clock(-2 * HOUR)
        agent = self.shifted_agent(kinesis(receiver.url), initial_state(receiver.url))
        self.feed(agent, 1)
        until(lambda: "the clock is" in agent.stderr, "the notice")
        until(lambda: len(receiver.events()) == 1, "the first one, with whatever epoch")
        self.feed(agent, 40)
        until(lambda: len(receiver.events()) == 41, "all events")
        self.until_all(receiver, 41)
        self.assertEqual(agent.terminate(), 0)
        self.assert_right(receiver.records())
        for event in receiver.events()[1:]:
            truth = self.true[int(event["value"])]
            self.assertLess(abs(float(event["epoch"]) - truth), CLOSE, event)

    def test_a_clock_that_is_set_later_is_not_corrected_twice(self):
        receiver = self.signed_receiver()
        self.set_clock(2 * HOUR)
        agent = self.shifted_agent(kinesis(receiver.url))
        self.feed(agent, 30)
        self.until_all(receiver, 30)
        # Memory and spool keep some that were measured before the clock was set.
        receiver.faults({"kind": "close"})
        self.feed(agent, 30)
        self.set_clock(0, synchronised=True)
        self.feed(agent, 30)
        receiver.faults()
        self.feed(agent, 30)
        self.until_all(receiver, 120)
        self.assertAlmostEqual(agent.status()["clock"]["offset_s"], -2 * HOUR, delta=CLOSE)
        self.assertTrue(agent.status()["clock"]["synchronised"])
        self.assertEqual(agent.terminate(), 0)
        self.assertIn("events get its time again", agent.stderr)
        self.assert_right(receiver.records())

    def test_a_machine_whose_host_sets_the_clock_right_later(self):
        receiver = self.signed_receiver()
        self.set_clock(-2 * HOUR)
        agent = self.shifted_agent(kinesis(receiver.url))
        self.feed(agent, 30)
        self.until_all(receiver, 30)
        self.set_clock(0.3)
        self.feed(agent, 60)
        self.until_all(receiver, 90)
        self.assertEqual(agent.terminate(), 0)
        self.assert_right(receiver.records())

    def test_a_right_clock_keeps_its_epochs_where_the_service_is_wrong(self):
        for ahead in [2 * HOUR, -2 * HOUR]:
            with self.subTest(ahead=ahead):
                self.true, self.state = {}, self.path(f"state{ahead}")
                receiver = self.signed_receiver("--fault", f"clock-skew:offset={ahead}")
                before = len(receiver.records())
                self.set_clock(0, synchronised=True)
                agent = self.shifted_agent(kinesis(receiver.url))
                self.feed(agent, 50)
                self.until_all(receiver, before + 50)
                self.assertEqual(receiver.stats()["refusedRequests"], 1)
                self.assertEqual(agent.status()["clock"]["offset_s"], 0)
                self.assertEqual(agent.terminate(), 0)
                self.assert_right(receiver.records()[before:])
                self.assertIn("and events keep theirs", agent.stderr)

    def test_a_date_out_of_a_cache_teaches_nothing(self):
        receiver = self.signed_receiver("--fault", "header:name=Age,value=60")
        self.set_clock(2 * HOUR)
        agent = self.shifted_agent(kinesis(receiver.url))
        self.feed(agent, 10)
        until(lambda: receiver.stats()["refusedRequests"] >= 3, "refused requests")
        self.assertEqual(receiver.records(), [])
        self.assertEqual(agent.status()["clock"]["offset_s"], 0)
        self.assertNotIn("the clock is", agent.stderr)
        receiver.faults()
        self.until_all(receiver, 10)
        uplink = agent.uplink()
        self.assertEqual(uplink["offered"], balance(uplink))
        self.assertEqual(agent.terminate(), 0)
        self.assert_right(receiver.records())


if __name__ == "__main__":
    unittest.main()
