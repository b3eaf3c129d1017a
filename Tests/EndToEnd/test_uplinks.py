"""Initial State, both uplinks at once, and keys that are wrong."""

import time
import unittest

from bench import (
    KEY_ID, LINES, SECRET, Bench, Feeder, buffer, initial_state, kinesis, unused_url, until)


class InitialState(Bench):
    def test_the_bucket_is_made_once(self):
        receiver = self.receiver()
        agent = self.agent(self.ini(initial_state(receiver.url), buffer(flush_size=10), LINES))
        Feeder(agent.process.stdin, range(200))
        until(lambda: len(receiver.events()) >= 200, "all events")
        self.assertEqual(agent.terminate(), 0)
        entries = receiver.entries()
        self.assertEqual([e["bucket"] for e in entries if "bucket" in e],
                         [{"bucketKey": "bench", "bucketName": "Bench"}])
        calls = len({e["at"] for e in entries if "event" in e})
        self.assertEqual(receiver.stats()["requests"], calls + 1, "calls besides those with events")
        self.assert_complete([e["value"] for e in receiver.events()], range(200))

    def test_an_event_has_exactly_the_members_that_the_service_knows(self):
        receiver = self.receiver()
        agent = self.agent(self.ini(initial_state(receiver.url), buffer(), LINES))
        agent.process.stdin.write(b'{"key":"door","value":"open","epoch":1700000000.25,"unit":"x"}\n')
        agent.process.stdin.close()
        self.assertEqual(agent.wait(), 0)
        self.assertEqual(receiver.events(), [
            {"key": "door", "value": "open", "epoch": 1700000000.25}])

    def test_it_waits_as_long_as_the_service_asks(self):
        receiver = self.receiver(
            "--fault", "status:code=429,retryAfter=3,count=1,only=events")
        agent = self.agent(self.ini(initial_state(receiver.url), buffer(), LINES))
        agent.status()
        began = time.time()
        Feeder(agent.process.stdin, range(5))
        until(lambda: len(receiver.events()) >= 5, "all events")
        self.assertEqual(agent.terminate(), 0)
        first = min(e["at"] for e in receiver.entries() if "event" in e)
        self.assertGreaterEqual(first - began, 3)
        self.assertEqual(receiver.stats()["refusedRequests"], 1, "it asked before the time")


class TwoUplinks(Bench):
    def test_one_that_is_dead_does_not_hold_up_the_other(self):
        receiver = self.receiver()
        agent = self.agent(self.ini(
            kinesis(unused_url(), name="dead"), kinesis(receiver.url, name="alive"),
            initial_state(receiver.url), buffer(capacity=1000), LINES))
        Feeder(agent.process.stdin, range(3000))
        until(lambda: len(receiver.records()) >= 3000, "all records")
        until(lambda: len(receiver.events()) >= 3000, "all events")
        status = agent.status()
        self.assert_balanced(status)
        dead = next(u for u in status["uplinks"] if u["name"] == "dead")
        self.assertEqual(dead["in_memory"] + dead["in_spool"], 3000)
        self.assertGreater(dead["in_spool"], 0)
        self.assertEqual(dead["dropped"], {})
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(receiver.values(), range(3000))
        self.assert_complete([e["value"] for e in receiver.events()], range(3000))


class WrongKeys(Bench):
    def test_a_wrong_secret_is_told_by_uplink_and_loses_nothing(self):
        receiver = self.receiver("--secret", f"{KEY_ID}=another-secret")
        agent = self.agent(self.ini(kinesis(receiver.url), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        until(lambda: "uplink cloud" in agent.stderr, "a line about the uplink")
        uplink = agent.uplink()
        self.assertEqual(uplink["state"], "holding")
        self.assertTrue(uplink["last_error"])
        self.assertEqual(agent.terminate(), 0)
        self.assertEqual(receiver.records(), [])
        # With the right one in the ini, all go out.
        second = self.agent(self.ini(
            kinesis(receiver.url, secret="another-secret"), buffer(), LINES))
        until(lambda: len(receiver.records()) >= 100, "all records")
        self.assertEqual(second.terminate(), 0)
        self.assert_complete(receiver.values(), range(100))

    def test_a_wrong_access_key_is_told_by_uplink_and_loses_nothing(self):
        receiver = self.receiver("--access-key", "another-key")
        agent = self.agent(self.ini(initial_state(receiver.url), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        until(lambda: "uplink dashboard" in agent.stderr, "a line about the uplink")
        uplink = agent.uplink("dashboard")
        self.assertEqual((uplink["state"], uplink["accepted"]), ("holding", 0))
        self.assertEqual(agent.terminate(), 0)
        second = self.agent(self.ini(
            initial_state(receiver.url, key="another-key"), buffer(), LINES))
        until(lambda: len(receiver.events()) >= 100, "all events")
        self.assertEqual(second.terminate(), 0)
        self.assert_complete([e["value"] for e in receiver.events()], range(100))

    def test_the_right_secret_signs_what_the_receiver_can_verify(self):
        receiver = self.receiver("--secret", f"{KEY_ID}={SECRET}")
        agent = self.agent(self.ini(kinesis(receiver.url), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        until(lambda: len(receiver.records()) >= 100, "all records")
        self.assertEqual(receiver.stats()["refusedRequests"], 0)


if __name__ == "__main__":
    unittest.main()
