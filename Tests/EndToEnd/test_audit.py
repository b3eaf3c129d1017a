"""What `audit` proves of what arrived: from the receiver's log, spool files and rejected events."""

import base64
import json
import os
import subprocess
import unittest

from bench import BIN, LINES, Bench, Feeder, buffer, clean_environment, kinesis, spool, telemetryd
from bench import until

EVENTS = 500
EXPLAINED, UNEXPLAINED, NOTHING_PROVEN, INPUT_OUTPUT = 1, 2, 65, 74


class Audit(Bench):
    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver()
        self.file = self.ini(
            kinesis(self.receiver_.url), buffer(durability="spool"), spool(segment="64K"), LINES)

    def deliver(self):
        """An agent's whole run; the lines of the receiver's log."""
        agent = self.agent(self.file)
        Feeder(agent.process.stdin, range(EVENTS)).join()
        agent.process.stdin.close()
        self.assertEqual(agent.wait(), 0)
        with open(self.receiver_.log, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(len(lines), EVENTS)
        return lines

    def audit(self, *lines, status, more=()):
        """What `audit --json` says of a file with these lines, and what it says to people."""
        path = self.write("audited.jsonl", "".join(line + "\n" for line in lines))
        result = telemetryd("audit", "--json", path, *more)
        self.assertEqual(result.returncode, status, result.stderr)
        text = telemetryd("audit", path, *more)
        self.assertEqual(text.returncode, status)
        return json.loads(result.stdout), text.stdout

    def test_a_whole_run_is_complete(self):
        self.deliver()
        result = telemetryd("audit", self.receiver_.log)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn(
            f"Complete: none is missing; {EVENTS} events of 1 boot received.", result.stdout)

    def test_a_lost_record_is_named_and_a_double_one_counted(self):
        lines = self.deliver()
        lost = json.loads(lines[100])["data"]
        answer, text = self.audit(*lines[:100], *lines[101:], lines[7], status=UNEXPLAINED)
        boot = answer["boots"][0]
        self.assertEqual((boot["device"], boot["boot"]), (lost["device"], lost["boot"]))
        self.assertEqual([(r["first"], r["last"]) for r in boot["ranges"]],
                         [(lost["seq"], lost["seq"])])
        self.assertEqual((answer["received"], answer["duplicates"]), (EVENTS - 1, 1))
        self.assertRegex(text, rf"\n  {lost['seq']} +1 event +no cause told 1\n")

    def test_a_gap_explains_what_is_missing(self):
        lines = self.deliver()
        lost = [json.loads(line)["data"] for line in lines[100:120]]
        first, last = lost[0]["seq"], lost[-1]["seq"]
        gap = json.dumps({"cause": "spool_full", "count": 20, "first": first, "last": last})
        told = json.dumps({**lost[-1], "sensorId": "telemetryd_gap", "data": gap})
        answer, _ = self.audit(*lines[:100], told, told, *lines[120:], status=EXPLAINED)
        self.assertEqual(answer["boots"][0]["causes"], {"spool_full": 20})
        self.assertEqual((answer["duplicates"], answer["unexplained"]), (0, 0))
        answer, _ = self.audit(*lines, told, status=0)
        self.assertEqual(answer["told_but_arrived"], 20)

    def test_the_form_in_which_aws_gives_records_is_known(self):
        data = [json.dumps(json.loads(line)["data"]).encode() for line in self.deliver()]
        records = [{"SequenceNumber": "1", "Data": base64.b64encode(d).decode(),
                    "PartitionKey": "n"} for d in data]
        answer, _ = self.audit(*map(json.dumps, records), status=0)
        self.assertEqual(answer["received"], EVENTS)
        self.audit(json.dumps({"Records": records}), status=0)
        self.audit(*(d.decode() for d in reversed(data)), status=0)

    def test_standard_input_and_a_pipe_are_read(self):
        self.deliver()
        with open(self.receiver_.log, "rb") as file:
            text = file.read()
        for path in ("-", "/dev/stdin"):
            result = subprocess.run(
                [os.path.join(BIN, "telemetryd"), "audit", path], input=text,
                capture_output=True, timeout=60, env=clean_environment())
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_waits_in_the_spool_is_not_missing(self):
        self.receiver_.faults({"kind": "status", "code": 503})
        agent = self.agent(self.file)
        Feeder(agent.process.stdin, range(EVENTS))
        agent.until_offered(EVENTS)
        agent.kill()
        segments = self.segments()
        answer, _ = self.audit(status=0, more=segments)
        self.assertEqual(answer["spooled"], EVENTS)
        with open(segments[-1], "ab") as file:
            file.write(b'[{"key":"n","value":999,"epoch":1,"se')
        answer, text = self.audit(status=0, more=segments)
        self.assertIn(segments[-1], text)
        self.assertEqual(answer["spooled"], EVENTS)

    def test_a_second_run_has_a_sequence_of_its_own(self):
        self.deliver()
        agent = self.agent(self.file)
        Feeder(agent.process.stdin, range(10)).join()
        agent.process.stdin.close()
        self.assertEqual(agent.wait(), 0)
        until(lambda: len(self.receiver_.records()) == EVENTS + 10, "all records")
        result = telemetryd("audit", self.receiver_.log)
        self.assertEqual(result.returncode, 0)
        self.assertIn("of 2 boots received", result.stdout)

    def test_what_proves_nothing_does_not_pass(self):
        answer, text = self.audit("{}", "garbage", '{"key":"t","value":1}', status=NOTHING_PROVEN)
        self.assertEqual((answer["not_understood"], answer["without_identity"]), (2, 1))
        self.assertIn("audited.jsonl:2: not JSON", text)
        result = telemetryd("audit", self.path("missing"))
        self.assertEqual(result.returncode, INPUT_OUTPUT)
        self.assertIn(f"{self.path('missing')}: No such file", result.stderr)
        self.assertEqual(telemetryd("audit", self.folder).returncode, INPUT_OUTPUT)
        self.assertEqual(telemetryd("audit").returncode, 64)


if __name__ == "__main__":
    unittest.main()
