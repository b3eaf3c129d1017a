"""Very many events while the service refuses a tenth of the records, throttles requests and resets
connections, all at once: none lost, none twice but where a reset hid an acceptance, and each key in
its order.

FULL=1 sends a million; otherwise 20,000. Judged by the receiver's logs; the figures are printed.
"""

import array
import json
import os
import threading
import time
import unittest

from bench import FULL, LINES, PATIENCE, Bench, balance, buffer, kinesis, telemetryd, until
from fault_scene import Receiver, opened

COUNT = int(os.environ.get("COUNT") or (1_000_000 if FULL else 20_000))
KEYS = 500
# Of each key so many values stand in one request of 500, interleaved with those of others.
PER_REQUEST = 10
TICKS = os.sysconf("SC_CLK_TCK")
FAULTS = [
    {"kind": "throttle-records", "probability": 0.07},
    {"kind": "throttle-records", "probability": 0.03, "code": "InternalFailure"},
    {"kind": "status", "code": 400, "errorType": "ThrottlingException", "probability": 0.05},
    {"kind": "reset-after", "probability": 0.005},
    {"kind": "reset-before", "probability": 0.005},
]


def key_of(number, keys=KEYS):
    """Blocks of 500 events have a tenth of the keys each, by turns."""
    width = max(1, min(keys, 500 // PER_REQUEST))
    return (number // 500 * width + number % width) % keys


def cpu(process):
    """Seconds of processor time, user and system, so far."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Feeder(threading.Thread):
    def __init__(self, file, count, keys):
        super().__init__(daemon=True)
        self.file, self.count, self.keys = file, count, keys
        self.start()

    def run(self):
        try:
            for start in range(0, self.count, 500):
                self.file.write(b"".join(
                    b'{"key":"k%d","value":%d}\n' % (key_of(n, self.keys), n)
                    for n in range(start, min(start + 500, self.count))))
            self.file.flush()
        except (OSError, ValueError):
            pass  # the agent was killed


class Judge:
    """Reads the receiver's log, in the little memory that a million events allow."""

    def __init__(self, count):
        self.copies = array.array("B", bytes(count))
        self.hidden = array.array("B", bytes(count))
        self.seq = {}  # by key, the highest so far
        self.extra = self.unexplained = self.out_of_order = 0

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                for key, data in opened(entry):
                    self.take(key, data, "unanswered" in entry)
        return self

    def take(self, key, data, is_hidden):
        value = data["data"]
        if self.copies[value]:
            self.extra += 1
            # A copy is due where each one before it was accepted and not told.
            self.unexplained += self.hidden[value] < self.copies[value]
        else:
            self.out_of_order += data["seq"] < self.seq.get(key, 0)
            self.seq[key] = max(data["seq"], self.seq.get(key, 0))
        self.copies[value] += 1
        self.hidden[value] += is_hidden


class Million(Bench):
    def play(self, name, count, keys=KEYS, more="", faults=FAULTS, ordered=True):
        receiver = Receiver(self.folder, "--shards", "8", "--seed", "7")
        self.addCleanup(receiver.stop)
        receiver.faults(*faults)
        agent = self.agent(self.ini(
            kinesis(receiver.url, more=more),
            buffer(flush_size=500, flush_interval="1s", capacity=20000), LINES))
        agent.status()
        began, idle = time.monotonic(), cpu(agent.process)
        Feeder(agent.process.stdin, count, keys)
        # A stall would be seen long before.
        patience = PATIENCE + count / 200
        until(lambda: time.sleep(0.2) or agent.uplink()["accepted"] >= count,
              f"{count} accepted", patience)
        seconds = time.monotonic() - began
        used, served = cpu(agent.process) - idle, cpu(receiver.process)
        uplink, stats = agent.uplink(), receiver.stats()
        self.assertEqual(uplink["offered"], balance(uplink), f"the ledger: {uplink}")
        self.assertEqual((uplink["rejected"], uplink["dropped"]), (0, {}))
        agent.process.stdin.close()
        self.assertEqual(agent.wait(), 0)
        judge = Judge(count).read(receiver.log)
        print(f"\n{name}: {count} records, {keys} keys, {seconds:.1f} s, {count / seconds:.0f} a "
              f"second; CPU of a record: agent {used / count * 1e6:.1f} us, receiver "
              f"{served / count * 1e6:.1f} us; {stats['requests']} requests, "
              f"{stats['refusedRecords']} records refused, faults {stats['faults']}, "
              f"{judge.extra} extra ", flush=True)
        self.assertEqual(sum(c == 0 for c in judge.copies), 0, "lost")
        self.assertEqual(judge.unexplained, 0, "extra copies that no reset explains")
        if ordered:
            self.assertEqual(judge.out_of_order, 0, "records that overtook others of their key")
        hidden = sum(r["accepted"] for r in receiver.news(receiver.request_log)
                     if "reset-after" in r["faults"])
        if "kpl" not in more:  # a record is an event
            self.assertLessEqual(judge.extra, hidden, "more copies than hidden acceptances")
        self.assertGreater(stats["refusedRecords"], stats["acceptedRecords"] // 20)
        found = telemetryd("audit", "--json", receiver.log, timeout=600)
        self.assertEqual(json.loads(found.stdout)["duplicates"], judge.extra, found.stdout)
        return judge

    def test_a_million_of_500_keys(self):
        judge = self.play("per key", COUNT)
        self.assertGreater(judge.extra, 0, "no reset hid an acceptance: the test shows nothing")

    def test_order_of_no_matter(self):
        self.play("any order", COUNT, more="order = any", ordered=False)

    def test_aggregates_of_one_key(self):
        self.play("one key, aggregated", COUNT, more="partition_key = device\naggregation = kpl")

    def test_aggregates_by_shard(self):
        self.play("aggregated by shard", COUNT, more="aggregation = kpl\ncompression = gzip")

    def test_few_keys(self):
        self.play("few keys", COUNT // 50, keys=3)


if __name__ == "__main__":
    unittest.main()
