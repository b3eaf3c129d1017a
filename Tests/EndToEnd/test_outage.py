"""Outages: nothing lost, nothing twice, the order kept."""

import signal
import unittest

from bench import FULL, LINES, Bench, Feeder, buffer, kinesis, spool, until

EVENTS = 2000
# Events a second, and seconds for which the receiver refuses connections.
RATE, OUTAGE = (100, 20) if FULL else (300, 4)
STATUS_SAMPLES = 100


class Outage(Bench):
    def test_an_outage_loses_nothing_and_keeps_the_order(self):
        receiver = self.receiver()
        # Small enough that the outage overflows memory into several segments.
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(capacity=300), spool(segment="64K", limit="16M"),
            LINES))
        feeder = Feeder(agent.process.stdin, range(EVENTS), RATE)
        until(lambda: len(receiver.records()) > EVENTS // 10, "the first records")
        receiver.faults({"kind": "refuse", "seconds": OUTAGE})
        samples, spooled = 0, 0
        while samples < STATUS_SAMPLES or feeder.is_alive():
            status = agent.status()
            self.assert_balanced(status)
            spooled = max(spooled, status["uplinks"][0]["in_spool"])
            samples += 1
        until(lambda: len(receiver.records()) >= EVENTS, "all records")
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(receiver.values(), range(EVENTS))
        self.assertGreater(spooled, 0, "the outage was to reach the spool")
        self.assertEqual(self.segments(), [], "segments that are left over")

    def test_one_record_in_ten_fails_and_none_is_lost_or_doubled(self):
        receiver = self.receiver("--fault", "throttle-records:probability=0.1")
        agent = self.agent(self.ini(kinesis(receiver.url), buffer(), LINES))
        Feeder(agent.process.stdin, range(EVENTS))
        until(lambda: len(receiver.records()) >= EVENTS, "all records")
        self.assert_balanced(agent.status())
        self.assertEqual(agent.terminate(), 0)
        self.assertGreater(receiver.stats()["refusedRecords"], EVENTS // 20)
        self.assert_complete(sorted(receiver.values()), range(EVENTS))

    def test_sequence_numbers_prove_that_nothing_is_missing(self):
        receiver = self.receiver()
        agent = self.agent(self.ini(kinesis(receiver.url), buffer(), LINES))
        Feeder(agent.process.stdin, range(300))
        until(lambda: len(receiver.records()) >= 300, "all records")
        records = receiver.records()
        first = records[0]["seq"]
        self.assertEqual([r["seq"] for r in records], list(range(first, first + 300)))
        self.assertEqual({(r["device"], r["boot"]) for r in records},
                         {("bench", records[0]["boot"])})

    def test_sigterm_in_an_outage_saves_all_for_the_next_start(self):
        receiver = self.receiver("--fault", "close")
        ini = self.ini(kinesis(receiver.url), LINES)  # everything else as it comes
        agent = self.agent(ini)
        Feeder(agent.process.stdin, range(500))
        agent.until_offered(500)
        self.assertEqual(agent.terminate(), 0)
        self.assertEqual(receiver.records(), [])
        self.assertTrue(self.segments(), "nothing in the spool")
        receiver.faults()
        second = self.agent(ini)
        until(lambda: len(receiver.records()) >= 500, "all records")
        self.assertEqual(second.terminate(), 0)
        self.assert_complete(receiver.values(), range(500))
        self.assertEqual(self.segments(), [])


class PowerCut(Bench):
    def ini_for(self, receiver):
        return self.ini(
            kinesis(receiver.url), buffer(durability="spool", flush_size=50),
            spool(segment="64K", limit="16M"), LINES)

    def test_kill_9_in_an_outage_loses_nothing_that_was_read(self):
        receiver = self.receiver()
        ini = self.ini_for(receiver)
        agent = self.agent(ini)
        Feeder(agent.process.stdin, range(1000))
        until(lambda: len(receiver.records()) >= 1000, "the records before the outage")
        receiver.faults({"kind": "close"})
        Feeder(agent.process.stdin, range(1000, 2000))
        agent.until_offered(2000)
        agent.signal(signal.SIGKILL)
        agent.wait()
        receiver.faults()
        second = self.agent(ini)
        until(lambda: len(set(receiver.values())) >= 2000, "all records")
        self.assertEqual(second.terminate(), 0)
        self.assert_complete(receiver.values(), range(2000))

    def test_kill_9_at_any_moment_loses_nothing_that_was_read(self):
        receiver = self.receiver("--fault", "throttle-records:probability=0.3")
        ini = self.ini_for(receiver)
        promised = {}
        for life in range(5):
            agent = self.agent(ini)
            start = life * 100_000
            Feeder(agent.process.stdin, range(start, start + 100_000), 2000)
            seen = len(receiver.records())
            before = agent.uplink()["offered"]
            until(lambda: len(receiver.records()) > seen + 100, "records of this life")
            status = agent.uplink()
            agent.signal(signal.SIGKILL)
            agent.wait()
            # Of what was offered the spool's part is of earlier lives, so this is a lower bound.
            promised[start] = max(0, status["offered"] - before)
        receiver.faults()
        last = self.agent(ini)
        expected = [start + n for start, count in promised.items() for n in range(count)]
        until(lambda: set(expected) <= set(receiver.values()), "all that was promised")
        until(lambda: last.uplink()["in_spool"] == 0, "an empty spool")
        self.assertEqual(last.terminate(), 0)
        records = receiver.records()
        # Copies that a kill causes carry the same name, so that a reader can drop them.
        named = {(r["device"], r["boot"], r["seq"]): r["data"] for r in records}
        self.assertEqual(len(named), len({r["data"] for r in records}))


if __name__ == "__main__":
    unittest.main()
