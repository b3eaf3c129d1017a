"""The spool on disk: what the commands show of it, and what damage does to it."""

import json
import os
import unittest

from bench import LINES, Bench, Feeder, buffer, kinesis, spool, telemetryd, until

EVENTS = 300
INPUT_OUTPUT = 74


class Spool(Bench):
    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver("--fault", "close")
        self.file = self.ini(
            kinesis(self.receiver_.url), buffer(durability="spool"), spool(segment="64K", limit="1M"),
            LINES, general="grace = 0")
        agent = self.agent(self.file)
        for start in range(0, EVENTS, 50):  # several batches
            Feeder(agent.process.stdin, range(start, start + 50))
            agent.until_offered(start + 50)
        self.assertEqual(agent.terminate(), 0)

    def damage(self, segment, place, bytes_):
        with open(segment, "r+b") as file:
            file.seek(place)
            file.write(bytes_)

    def deliver(self):
        """Starts again with a service that takes; the values that arrived."""
        self.receiver_.faults()
        agent = self.agent(self.file)
        until(lambda: agent.uplink()["in_spool"] == 0, "an empty spool")
        status = agent.status()
        self.assert_balanced(status)
        self.assertEqual(agent.terminate(), 0)
        values = [r["data"] for r in self.receiver_.records() if r["sensorId"] != "telemetryd_gap"]
        return values, status["uplinks"][0]

    def test_ls_counts_what_is_there(self):
        result = telemetryd("spool", "ls", "-c", self.file)
        self.assertEqual(result.returncode, 0)
        for segment in self.segments():
            self.assertIn(os.path.basename(segment), result.stdout)
        self.assertRegex(result.stdout, rf"\b{EVENTS}\b")

    def test_cat_prints_each_event_in_order(self):
        result = telemetryd("spool", "cat", "-c", self.file)
        self.assertEqual(result.returncode, 0)
        events = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([e["value"] for e in events], list(range(EVENTS)))
        self.assertEqual([e["seq"] for e in events],
                         list(range(events[0]["seq"], events[0]["seq"] + EVENTS)))

    def test_batches_are_arrays_that_can_be_posted_as_they_are(self):
        result = telemetryd("spool", "cat", "--batches", "-c", self.file)
        batches = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([e["value"] for b in batches for e in b], list(range(EVENTS)))
        with open(self.segments()[0], encoding="utf-8") as file:
            arrays = [line for line in map(json.loads, file) if isinstance(line, list)]
        self.assertEqual(batches, arrays)

    def test_verify_proves_a_whole_spool(self):
        result = telemetryd("spool", "verify", "-c", self.file)
        self.assertEqual(result.returncode, 0)
        self.assertIn(str(EVENTS), result.stdout)

    def test_tail_prints_what_is_there(self):
        result = telemetryd("spool", "tail", "--once", "-c", self.file)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(len(result.stdout.splitlines()), EVENTS)

    def test_an_event_can_be_found_with_tools_for_lines(self):
        with open(self.segments()[0], encoding="utf-8") as file:
            head = json.loads(file.readline())
        self.assertEqual(head["segment"]["uplink"], "cloud")
        self.assertEqual(head["segment"]["destination"]["stream"], "readings")

    def test_a_torn_tail_costs_nothing_that_was_committed(self):
        with open(self.segments()[-1], "ab") as file:
            file.write(b'[{"key":"n","value":999,"epoch":1,"se')
        result = telemetryd("spool", "verify", "-c", self.file)
        self.assertEqual(result.returncode, 0, "a batch on its way is no damage")
        self.assertIn("without its commit", result.stdout)
        self.assertEqual(len(telemetryd("spool", "cat", "-c", self.file).stdout.splitlines()), EVENTS)
        values, _ = self.deliver()
        self.assert_complete(values, range(EVENTS))

    def test_damage_inside_costs_its_batch_alone_and_is_counted(self):
        segment = self.segments()[0]
        with open(segment, "rb") as file:
            text = file.read()
        place = text.index(b'"value":120,')
        self.damage(segment, place, b'"value":9')
        result = telemetryd("spool", "verify", "-c", self.file)
        self.assertEqual(result.returncode, INPUT_OUTPUT)
        self.assertIn(os.path.basename(segment), result.stdout)
        readable = {json.loads(line)["value"] for line in
                    telemetryd("spool", "cat", "-c", self.file).stdout.splitlines()}
        lost = set(range(EVENTS)) - readable
        self.assertIn(120, lost)
        self.assertLess(len(lost), EVENTS)
        values, uplink = self.deliver()
        self.assert_complete(values, [n for n in range(EVENTS) if n not in lost])
        self.assertEqual(uplink["dropped"], {"corrupt": len(lost)})
        self.assertTrue([p for p in self.spool_files() if p.endswith(".corrupt")])

    def test_a_spool_of_garbage_does_not_keep_the_agent_from_its_work(self):
        folder = os.path.dirname(self.segments()[0])
        garbage = {0: b"", 2: b"\0" * 5000, 5000: os.urandom(20_000), 5001: b"[[[[\n{}\n"}
        for number, text in garbage.items():
            with open(os.path.join(folder, f"{number:020}.jsonl"), "xb") as file:
                file.write(text)
        with open(os.path.join(folder, "cursor"), "wb") as file:
            file.write(os.urandom(500))
        values, _ = self.deliver()
        self.assert_complete(values, range(EVENTS))


if __name__ == "__main__":
    unittest.main()
