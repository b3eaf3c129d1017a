"""The agent against moto, an independent Kinesis that checks signatures and permissions.

Skipped where moto and boto3 cannot be imported; scripts/install-moto brings them. `MOTO_PYTHON` names
the Python that has them.
"""

import json
import os
import subprocess
import sys
import unittest

from bench import LINES, Bench, Feeder, buffer, kinesis, until, unused_url

PYTHON = os.environ.get("MOTO_PYTHON", sys.executable)
READINGS = 10_000

# Run by the Python that has boto3: sets moto up, and prints a key, a secret and temporary ones.
PREPARE = """
import boto3, json, sys, urllib.request
url = sys.argv[1]
names = dict(endpoint_url=url, region_name="eu-west-1", aws_access_key_id="k", aws_secret_access_key="s")
boto3.client("kinesis", **names).create_stream(StreamName="readings", ShardCount=2)
iam, sts = boto3.client("iam", **names), boto3.client("sts", **names)
allow = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}]})
iam.create_user(UserName="board")
iam.put_user_policy(UserName="board", PolicyName="p", PolicyDocument=allow)
key = iam.create_access_key(UserName="board")["AccessKey"]
trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]})
role = iam.create_role(RoleName="sender", AssumeRolePolicyDocument=trust)["Role"]
iam.put_role_policy(RoleName="sender", PolicyName="p", PolicyDocument=allow)
lent = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="board")["Credentials"]
urllib.request.urlopen(urllib.request.Request(
    url + "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}, method="POST"))
print(json.dumps({
    "key": [key["AccessKeyId"], key["SecretAccessKey"]],
    "lent": [lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"]]}))
"""

# Prints every record of the stream, shard by shard, in the order of the shard.
READ = """
import boto3, json, sys
url, key, secret = sys.argv[1:4]
client = boto3.client("kinesis", endpoint_url=url, region_name="eu-west-1",
                      aws_access_key_id=key, aws_secret_access_key=secret)
for shard in client.list_shards(StreamName="readings")["Shards"]:
    at = client.get_shard_iterator(StreamName="readings", ShardId=shard["ShardId"],
                                   ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    while True:
        answer = client.get_records(ShardIterator=at, Limit=10000)
        for record in answer["Records"]:
            print(json.dumps([record["PartitionKey"], record["Data"].decode()]))
        if not answer["Records"]:
            break
        at = answer["NextShardIterator"]
"""


def has_moto():
    return subprocess.run(
        [PYTHON, "-c", "import boto3, moto.server, flask_cors"], capture_output=True,
        check=False).returncode == 0


@unittest.skipUnless(has_moto(), "moto and boto3 are not there")
class Moto(Bench):
    def setUp(self):
        super().setUp()
        self.start_moto()

    def start_moto(self):
        self.url = unused_url()
        port = self.url.rsplit(":", 1)[1]
        with open(self.path("moto.log"), "wb") as log:
            moto = subprocess.Popen(
                [PYTHON, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", port],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(moto.wait)
        self.addCleanup(moto.kill)
        until(self.moto_answers, "moto's start")
        self.given = json.loads(self.python(PREPARE, self.url))

    def moto_answers(self):
        with open(self.path("moto.log"), encoding="utf-8") as log:
            return "Running on" in log.read()

    def python(self, code, *arguments):
        result = subprocess.run(
            [PYTHON, "-c", code, *arguments], check=False, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def records(self):
        lines = self.python(READ, self.url, *self.given["key"][:2]).splitlines()
        return [(key, json.loads(data)) for key, data in map(json.loads, lines)]

    def config(self, key, secret, token=None):
        text = kinesis(self.url, secret=secret).replace("AKIDEXAMPLE", key)
        return self.ini(
            LINES, buffer(), text + (f"session_token = {token}\n" if token else ""))

    def feed(self, agent):
        for number in range(READINGS):
            agent.process.stdin.write(
                b'{"key":"sensor-%d","value":%d,"unit":"%%"}\n' % (number % 7, number))
        agent.process.stdin.close()

    def assert_arrived(self):
        records = self.records()
        self.assertEqual(len(records), READINGS)
        by_key = {}
        for key, data in records:
            self.assertEqual(
                set(data), {"sensorId", "data", "epoch", "unit", "device", "boot", "seq"})
            self.assertEqual((data["sensorId"], data["unit"], data["device"]), (key, "%", "bench"))
            by_key.setdefault(key, []).append((data["seq"], data["data"]))
        for number in range(7):
            expected = [(n + 1, n) for n in range(READINGS) if n % 7 == number]
            self.assertEqual(by_key[f"sensor-{number}"], expected)

    def test_every_reading_arrives_in_order_per_key(self):
        agent = self.agent(self.config(*self.given["key"]))
        self.feed(agent)
        self.assertEqual(agent.wait(), 0)
        self.assert_arrived()

    def test_and_with_a_session_token(self):
        agent = self.agent(self.config(*self.given["lent"]))
        self.feed(agent)
        self.assertEqual(agent.wait(), 0)
        self.assert_arrived()

    def test_a_wrong_secret_names_the_uplink_and_loses_nothing(self):
        agent = self.agent(self.config(self.given["key"][0], "not-the-secret"))
        Feeder(agent.process.stdin, range(100))
        agent.until_offered(100)
        until(lambda: "uplink cloud" in agent.stderr, "a word about the uplink")
        self.assertEqual(agent.uplink()["state"], "holding")
        self.assertEqual(agent.terminate(), 0)
        self.assertNotIn("not-the-secret", agent.stderr)
        again = self.agent(self.config(*self.given["key"]), stdin=None)
        until(lambda: len(self.records()) == 100, "all 100 readings")
        self.assertEqual(again.terminate(), 0)
        self.assertEqual(sorted(data["data"] for _, data in self.records()), list(range(100)))
