"""Records packed as the Kinesis Producer Library packs them: the agent, `audit` and the Python library
`aws_kinesis_agg` understand one another.

Skipped where that cannot be imported; scripts/install-moto brings it. `MOTO_PYTHON` names the Python
that has it.
"""

import base64
import gzip
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import unittest
import urllib.request

from bench import LINES, Bench, buffer, kinesis, telemetryd

PYTHON = os.environ.get("MOTO_PYTHON", sys.executable)
EVENTS = 3000
SHARDS = 4
UNEXPLAINED = 2

# Run by the Python that has aws_kinesis_agg: packs user records, one [key, hash key, base64] a line,
# into records of at most so many bytes; prints them as GetRecords gives them.
PACK = """
import base64, json, sys
from aws_kinesis_agg.aggregator import RecordAggregator
def tell(packed):
    key, hash_key, data = packed.get_contents()
    print(json.dumps({"SequenceNumber": "1", "PartitionKey": key if isinstance(key, str) else
                      key.decode(), "Data": base64.b64encode(data).decode()}))
aggregator = RecordAggregator(int(sys.argv[1]))
for line in sys.stdin:
    key, hash_key, data = json.loads(line)
    full = aggregator.add_user_record(key, base64.b64decode(data), hash_key)
    if full:
        tell(full)
rest = aggregator.clear_and_get()
if rest:
    tell(rest)
"""

# Takes records in base64, one a line; prints for each the list of [key, hash key, base64] in it, or
# null where it is no aggregate.
UNPACK = """
import base64, json, sys
from aws_kinesis_agg.deaggregator import deaggregate_records
for line in sys.stdin:
    record = {"kinesis": {"kinesisSchemaVersion": "1.0", "sequenceNumber": "1", "partitionKey": "outer",
                          "approximateArrivalTimestamp": 1, "data": line.strip()}}
    parts = [r["kinesis"] for r in deaggregate_records([record])]
    isAggregate = all(p.get("aggregated") for p in parts)
    print(json.dumps([[p["partitionKey"], p["explicitHashKey"], p["data"].decode()] for p in parts]
                     if isAggregate else None))
"""


def has_library():
    return subprocess.run(
        [PYTHON, "-c", "import aws_kinesis_agg.aggregator"], capture_output=True,
        check=False).returncode == 0


def base64_text(data):
    return base64.b64encode(data).decode()


@unittest.skipUnless(has_library(), "aws_kinesis_agg is not there")
class Library(Bench):
    def python(self, code, lines, *arguments):
        result = subprocess.run(
            [PYTHON, "-c", code, *map(str, arguments)], check=False, capture_output=True, text=True,
            input="".join(line + "\n" for line in lines))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def audit(self, lines, status):
        path = self.write("audited.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        result = telemetryd("audit", "--json", path)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return json.loads(result.stdout)


class ReadingTheirs(Library):
    """What the Python library packed, read by `audit`."""

    def setUp(self):
        super().setUp()
        self.chance = random.Random(7)

    def record(self, sequence):
        return json.dumps(
            {"sensorId": "é", "data": sequence, "epoch": 1, "device": "d", "boot": "b-1",
             "seq": sequence}, ensure_ascii=self.chance.random() < 0.5).encode()

    def pack(self, datas, size):
        """Records of at most `size` bytes, with several keys, some of them with a hash key."""
        lines = []
        for data in datas:
            hash_key = self.chance.choice([None, "0", str(2**128 - 1)])
            lines.append(json.dumps([f"key-{self.chance.randrange(300)}", hash_key,
                                     base64_text(data)]))
        return self.python(PACK, lines, size)

    def test_every_event_of_every_aggregate_counts(self):
        for size in (500, 20_000, 1 << 20):
            records = self.pack(map(self.record, range(1, EVENTS + 1)), size)
            self.assertLess(len(records), EVENTS)
            answer = self.audit(records, status=0)
            self.assertEqual((answer["received"], answer["duplicates"]), (EVENTS, 0))
            answer = self.audit([{"Records": records}], status=0)
            self.assertEqual(answer["received"], EVENTS)

    def test_also_where_each_is_packed_by_gzip(self):
        datas = [gzip.compress(data) if self.chance.random() < 0.5 else data
                 for data in map(self.record, range(1, EVENTS + 1))]
        self.assertEqual(self.audit(self.pack(datas, 20_000), status=0)["received"], EVENTS)
        alone = [{"Data": base64_text(data)} for data in datas]
        self.assertEqual(self.audit(alone, status=0)["received"], EVENTS)

    def test_one_that_is_missing_inside_an_aggregate_is_named(self):
        numbers = [n for n in range(1, EVENTS + 1) if n != 1234]
        answer = self.audit(self.pack(map(self.record, numbers), 20_000), status=UNEXPLAINED)
        self.assertEqual([(r["first"], r["last"]) for r in answer["boots"][0]["ranges"]],
                         [(1234, 1234)])

    def test_a_damaged_aggregate_is_no_delivery(self):
        records = self.pack(map(self.record, range(1, EVENTS + 1)), 20_000)
        data = bytearray(base64.b64decode(records[1]["Data"]))
        data[len(data) // 2] ^= 1
        records[1]["Data"] = base64_text(data)
        answer = self.audit(records, status=UNEXPLAINED)
        self.assertEqual(answer["not_understood"], 1)
        self.assertGreater(answer["unexplained"], 50)

    def test_a_line_may_hold_what_one_call_of_get_records_gives(self):
        count = 40_000
        records = self.pack(map(self.record, range(1, count + 1)), 1 << 20)
        text = json.dumps({"Records": records})
        self.assertGreater(len(text), 5 << 20)
        self.assertEqual(self.audit([{"Records": records}], status=0)["received"], count)


class SendingOurs(Library):
    """What the agent packed, read by the Python library."""

    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver("--shards", str(SHARDS))

    def deliver(self, more, keys=20):
        """A whole run; the records of the receiver's log."""
        agent = self.agent(self.ini(
            kinesis(self.receiver_.url, more=more), buffer(flush_size=500), LINES))
        for number in range(EVENTS):
            agent.process.stdin.write(
                b'{"key":"s\xc3\xa9nsor-%d","value":%d}\n' % (number % keys, number))
        agent.process.stdin.close()
        self.assertEqual(agent.wait(), 0)
        return self.receiver_.entries()

    def data(self, entry):
        """The bytes of a record as they came."""
        if "dataBase64" in entry:
            return base64.b64decode(entry["dataBase64"])
        return json.dumps(entry["data"]).encode()

    def reading(self, text):
        data = base64.b64decode(text)
        self.assertTrue(data.startswith(b"\x1f\x8b"))
        return json.loads(gzip.decompress(data))

    def unpack(self, entries):
        return self.python(UNPACK, (base64_text(self.data(entry)) for entry in entries))

    def assert_all_there(self, readings):
        """`readings`: pairs of key and data. All are there, once, and in order per key."""
        by_key = {}
        for key, data in readings:
            self.assertEqual(data["sensorId"], key)
            by_key.setdefault(key, []).append(data["data"])
        self.assertEqual(
            by_key,
            {f"sénsor-{k}": list(range(k, EVENTS, 20)) for k in range(20)})

    def test_their_library_reads_our_aggregates(self):
        entries = self.deliver("aggregation = kpl")
        unpacked = self.unpack(entries)
        self.assertLess(len(entries), EVENTS / 10)
        readings = []
        width = 2**128 // SHARDS
        for entry, parts in zip(entries, unpacked):
            if parts is None:
                readings.append((entry["partitionKey"], entry["data"]))
                continue
            self.assertGreater(len(parts), 1, "a single record is sent as it is")
            for key, hash_key, data in parts:
                place = int(hash_key or int(hashlib.md5(key.encode()).hexdigest(), 16))
                self.assertEqual(entry["shardId"], f"shardId-{place // width:012}")
                readings.append((key, json.loads(base64.b64decode(data))))
        self.assertTrue(any(unpacked))
        self.assert_all_there(readings)

    def test_their_library_packs_the_same_bytes(self):
        entries = self.deliver("aggregation = kpl")
        compared = 0
        for entry, parts in zip(entries, self.unpack(entries)):
            if parts is None:
                continue
            theirs = self.python(PACK, map(json.dumps, parts), 1 << 20)
            self.assertEqual([r["Data"] for r in theirs], [entry["dataBase64"]])
            compared += 1
            if compared == 20:
                break
        self.assertGreater(compared, 0)

    def test_gzip_inside_and_outside_of_aggregates(self):
        for aggregation in ("none", "kpl"):
            before = len(self.receiver_.entries())
            entries = self.deliver(f"aggregation = {aggregation}\ncompression = gzip")[before:]
            readings = []
            for entry, parts in zip(entries, self.unpack(entries)):
                parts = parts or [[entry["partitionKey"], None, base64_text(self.data(entry))]]
                readings += [(key, self.reading(data)) for key, _, data in parts]
            self.assert_all_there(readings)

    def test_audit_and_the_readings_page_see_through_both(self):
        for more in ("aggregation = kpl", "aggregation = kpl\ncompression = gzip",
                     "compression = gzip"):
            self.deliver(more)
            result = telemetryd("audit", "--json", self.receiver_.log)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            with urllib.request.urlopen(self.receiver_.url + "/", timeout=10) as page:
                text = page.read().decode()
            # Its 50 rows are readings, not the records that hold them.
            rows = re.findall(r"<td>sénsor-(\d+)</td><td>(\d+) </td>", text)
            self.assertEqual(len(rows), 50)
            self.assertTrue(all(int(value) % 20 == int(key) for key, value in rows), rows)
            self.assertGreater(max(int(value) for _, value in rows), EVENTS - 100)
        self.assertEqual(json.loads(result.stdout)["received"], 3 * EVENTS)

