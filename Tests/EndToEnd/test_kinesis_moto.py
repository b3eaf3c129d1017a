"""`telemetryd kinesis ..` against moto, which checks signatures and permissions, beside boto3.

Skipped where moto and boto3 cannot be imported, as test_moto.py.
"""

import json
import unittest

import test_moto
from test_kinesis_commands import DENIED, UNAVAILABLE, Commands

# Run by the Python that has boto3; prints what it says of a stream.
BOTO3 = """
import boto3, json, sys
url, key, secret, what, stream = sys.argv[1:6]
client = boto3.client("kinesis", endpoint_url=url, region_name="eu-west-1",
                      aws_access_key_id=key, aws_secret_access_key=secret)
if what == "describe":
    answer = client.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    answer["StreamCreationTimestamp"] = answer["StreamCreationTimestamp"].timestamp()
elif what == "shards":
    answer = client.list_shards(StreamName=stream)["Shards"]
elif what == "streams":
    answer = client.list_streams(Limit=10000)["StreamNames"]
elif what == "many":
    for number in range(int(stream)):
        client.create_stream(StreamName=f"s{number}", ShardCount=1)
    answer = None
elif what == "split":
    answer = client.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000",
                                NewStartingHashKey="1000")["ResponseMetadata"]["HTTPStatusCode"]
elif what == "records":
    answer = []
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        at = client.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"],
                                       ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        for record in client.get_records(ShardIterator=at)["Records"]:
            answer.append([shard["ShardId"], record["SequenceNumber"], record["PartitionKey"],
                           record["Data"].hex()])
print(json.dumps(answer))
"""


@unittest.skipUnless(test_moto.has_moto(), "moto and boto3 are not there")
class AgainstMoto(Commands):
    moto_answers, python = test_moto.Moto.moto_answers, test_moto.Moto.python

    def setUp(self):
        super().setUp()
        test_moto.Moto.start_moto(self)
        key, secret = self.given["key"][:2]
        self.keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}

    def boto3(self, what, stream="readings"):
        key, secret = self.given["key"][:2]
        return json.loads(self.python(BOTO3, self.url, key, secret, what, stream))

    def test_boto3_says_the_same_of_a_stream_and_its_shards(self):
        self.kinesis("create-stream", "green", "--shards", "3")
        self.assertEqual(self.boto3("split", "green"), 200)
        ours = json.loads(self.kinesis("describe-stream", "green", "--json")[0])
        theirs = self.boto3("describe", "green")
        ours = ours["StreamDescriptionSummary"]
        created = ours.pop("StreamCreationTimestamp")
        self.assertAlmostEqual(created, theirs.pop("StreamCreationTimestamp"), places=3)
        for stream in (ours, theirs):  # moto sends nulls, which boto3 leaves out
            for name in [name for name, value in stream.items() if value is None]:
                del stream[name]
        self.assertEqual(ours, theirs)
        table = self.kinesis("describe-stream", "green")[0]
        self.assertRegex(table, rf"open shards +{theirs['OpenShardCount']}\n")
        self.assertIn(theirs["StreamARN"], table)
        shards = json.loads(self.kinesis("shards", "green", "--json")[0])["Shards"]
        theirs = self.boto3("shards", "green")
        self.assertEqual([{n: v for n, v in s.items() if v is not None} for s in shards], theirs)
        rows = [line.split() for line in self.kinesis("shards", "green")[0].splitlines()[1:]]
        self.assertEqual(
            [(row[0], row[1], row[-2], row[-1]) for row in rows],
            [(s["ShardId"],
              "closed" if "EndingSequenceNumber" in s["SequenceNumberRange"] else "open",
              s["HashKeyRange"]["StartingHashKey"], s["HashKeyRange"]["EndingHashKey"])
             for s in theirs])
        self.assertEqual(sum(row[1] == "closed" for row in rows), 1)
        arn = ours["StreamARN"]
        self.assertEqual(self.kinesis("describe-stream", arn, "--json")[0].count(arn), 1)

    def test_boto3_lists_the_same_streams(self):
        self.boto3("many", "230")  # moto gives 100 a page, and no token
        self.kinesis("create-stream", "green", "--on-demand")
        ours = json.loads(self.kinesis("list-streams", "--json")[0])["StreamNames"]
        self.assertEqual(ours, self.boto3("streams"))
        self.assertEqual(len(ours), 232)
        self.kinesis("delete-stream", "s3", "--yes")
        self.assertNotIn("s3", self.boto3("streams"))
        _, said = self.kinesis("delete-stream", "s3", "--yes", status=UNAVAILABLE)
        self.assertIn("ResourceNotFound", said)

    def test_boto3_reads_what_was_put(self):
        every_byte = bytes(range(256))
        one, _ = self.kinesis("put", "readings", "ключ", "-", stdin=every_byte)
        lines, _ = self.kinesis("put", "readings", "k", "-", "--lines", stdin=b"a\n\nc\n")
        placed, _ = self.kinesis("put", "readings", "k", "d", "--explicit-hash-key", "0")
        told = [[*one.split(), "ключ", every_byte.hex()]]
        told += [[*line.split(), "k", data.hex()]
                 for line, data in zip(lines.splitlines(), (b"a", b"", b"c"))]
        told.append([*placed.split(), "k", b"d".hex()])
        self.assertEqual(sorted(self.boto3("records")), sorted(told))

    def test_what_iam_refuses_ends_with_77(self):
        wrong = {**self.keys, "AWS_SECRET_ACCESS_KEY": "not-the-secret"}
        for arguments in (["list-streams"], ["put", "readings", "k", "x"],
                          ["delete-stream", "readings", "--yes"]):
            _, said = self.kinesis(*arguments, keys=wrong, status=DENIED)
            self.assertNotIn("not-the-secret", said)
        unknown = {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "AWS_SECRET_ACCESS_KEY": "x"}
        self.kinesis("list-streams", keys=unknown, status=DENIED)
        lent = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
                        self.given["lent"]))
        self.kinesis("list-streams", keys=lent)
