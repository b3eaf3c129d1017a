"""Memory that one request fills: what comes meanwhile must go to disk, and nothing may be dropped."""

import unittest

from bench import Bench, Feeder, LINES, buffer, kinesis, until

# Events in memory: fewer than the service takes in one request.
CAPACITY = 100
SMALL = dict(capacity=CAPACITY, flush_size=50)


class SmallMemory(Bench):
    def test_a_slow_service_with_all_of_memory_in_flight_drops_nothing(self):
        receiver = self.receiver("--fault", "latency:ms=1500,seconds=8")
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(**SMALL), LINES,
            "[sensor.tick]\ndriver = simulated\nevery = 5ms"))
        Feeder(agent.process.stdin, range(2000), 300).join()
        agent.process.stdin.close()
        until(lambda: 1999 in receiver.values(), "the last line")
        uplink = agent.uplink()
        self.assertEqual(agent.terminate(), 0)
        self.assertEqual(uplink["dropped"], {})
        lines = [r["data"] for r in receiver.records() if r["sensorId"] == "n"]
        self.assert_complete(lines, range(2000))
        seqs = [r["seq"] for r in receiver.records()]
        self.assertEqual(seqs, list(range(seqs[0], seqs[0] + len(seqs))))

    def test_a_stop_saves_the_lines_that_were_read_ahead(self):
        receiver = self.receiver("--fault", "latency:ms=300")
        feed = self.write(
            "feed.jsonl", "".join('{"key":"n","value":%d}\n' % n for n in range(10_000)))
        ini = self.ini(
            kinesis(receiver.url), buffer(**SMALL),
            f"[sensor.feed]\ndriver = lines\npath = {feed}", general="grace = 1s")
        agent = self.agent(ini)
        until(lambda: len(receiver.records()) > 2 * CAPACITY, "some lines")
        self.assertEqual(agent.terminate(), 0)
        receiver.faults()
        second = self.agent(ini)
        until(lambda: 9999 in receiver.values(), "the last line")
        until(lambda: second.uplink()["in_spool"] == 0, "an empty spool")
        uplink = second.uplink()
        self.assertEqual(second.terminate(), 0)
        self.assertEqual(uplink["dropped"], {})
        self.assert_none_lost(receiver.values(), range(10_000))


if __name__ == "__main__":
    unittest.main()
