"""Answers that are no answers: only what the service says it has counts as delivered."""

import unittest

from bench import LINES, Bench, Feeder, buffer, initial_state, kinesis, until

EVENTS = 50


class Answers(Bench):
    def deliver_through(self, fault, accepts, more=""):
        """Feeds events under a fault and then without.

        `accepts`: the receiver takes the records all the same, so that copies must arrive.
        """
        receiver = self.receiver()
        receiver.faults(fault)
        agent = self.agent(self.ini(
            kinesis(receiver.url, more=more), buffer(flush_size=EVENTS), LINES))
        Feeder(agent.process.stdin, range(EVENTS))
        until(lambda: receiver.stats()["faultsApplied"] >= 2, "a second try under the fault")
        uplink = agent.uplink()
        self.assertEqual(uplink["accepted"], 0)
        self.assertEqual(uplink["in_memory"] + uplink["in_spool"], EVENTS)
        receiver.faults()
        until(lambda: agent.uplink()["accepted"] == EVENTS, "all accepted")
        self.assertEqual(agent.terminate(), 0)
        if accepts:
            self.assert_none_lost(receiver.values(), range(EVENTS))
            copies = {(r["boot"], r["seq"]) for r in receiver.records()}
            self.assertEqual(len(copies), EVENTS, "copies carry the same name")
        else:
            self.assert_complete(receiver.values(), range(EVENTS))

    def test_a_page_of_html_is_no_delivery(self):
        self.deliver_through({"kind": "garbage"}, accepts=False)

    def test_an_answer_for_fewer_records_is_no_delivery(self):
        self.deliver_through({"kind": "short", "by": 1}, accepts=True)

    def test_half_an_answer_is_no_delivery(self):
        self.deliver_through({"kind": "truncate"}, accepts=True)

    def test_no_answer_is_no_delivery(self):
        self.deliver_through({"kind": "hang"}, accepts=False, more="timeout = 1s")

    def test_a_reset_before_the_answer_is_no_delivery(self):
        self.deliver_through({"kind": "reset-after"}, accepts=True)

    def test_a_connection_that_closes_is_no_delivery(self):
        self.deliver_through({"kind": "close"}, accepts=False)

    def test_a_server_error_is_no_delivery(self):
        self.deliver_through({"kind": "status", "code": 503}, accepts=False)

    def test_a_login_page_is_no_delivery_to_initial_state(self):
        receiver = self.receiver()
        receiver.faults({"kind": "garbage"})
        agent = self.agent(self.ini(
            initial_state(receiver.url), buffer(flush_size=EVENTS), LINES))
        Feeder(agent.process.stdin, range(EVENTS))
        until(lambda: receiver.stats()["faultsApplied"] >= 2, "a second try under the fault")
        self.assertEqual(agent.uplink("dashboard")["accepted"], 0)
        receiver.faults()
        until(lambda: len(receiver.events()) >= EVENTS, "all events")
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete([e["value"] for e in receiver.events()], range(EVENTS))


if __name__ == "__main__":
    unittest.main()
