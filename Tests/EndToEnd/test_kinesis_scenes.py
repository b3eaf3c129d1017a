"""What a fault of Kinesis calls for beyond the table: clocks, keys that expire, sizes, waits that
the service asks for, and shards that are hot, split, merged or not to be known.
"""

import functools
import time
import unittest

from bench import KEY_ID, SECRET, until
from fault_scene import ALERT, SLACK, Table, by_profile

# Within which "at once" is.
AT_ONCE = 1.5


class Scenes(Table):
    def test_what_needs_a_scene_of_its_own(self):
        checked = ("--secret", f"{KEY_ID}={SECRET}")
        self.each([
            ("a clock two hours slow", {"receiver": checked},
             functools.partial(play_clock, offset=7200), 0),
            ("a clock two hours fast", {"receiver": checked},
             functools.partial(play_clock, offset=-7200), 0),
            ("keys that expire", {"receiver": checked}, play_expiry, 0),
            ("keys that expire, and others in their file",
             {"receiver": ("--credential", f"AKIDFIRST:{SECRET}"), "uplink": by_profile},
             play_rotation, 0),
            ("a request too large for the service", {"receiver": ("--max-request-bytes", "6000")},
             play_split, 0),
            ("a request too large for a proxy", {}, play_proxy, 0),
            ("a wait that the service asks for in ms", {},
             functools.partial(play_asked, name="retryAfterMs", value="2500"), 0),
            ("a wait that the service asks for in s", {},
             functools.partial(play_asked, name="retryAfter", value="2"), 0),
            ("a closed port", {}, play_refusal, 0),
            ("a count of failures that is wrong", {}, play_wrong_count, 0),
            ("the first record refused after thousands", {"flush": 500}, play_late_refusal, 0),
            ("a hot shard", {"receiver": ("--shards", "4")}, play_hot_shard, 0),
            ("a hot shard in any order",
             {"receiver": ("--shards", "4"), "more": "order = any", "flush": 500},
             play_pacing, 0),
            ("a split and a merge", {"receiver": ("--shards", "2")}, play_resharding, 0),
            ("shards that may not be listed", {"receiver": ("--shards", "2")}, play_unlisted, 0),
        ])


def play_clock(scene, offset):
    """Refused once, and at once sent again with the service's time, which is used from then on."""
    scene.receiver.faults({"kind": "clock-skew", "offset": offset})
    for _ in range(3):
        scene.feed()
        scene.until_arrived()
    requests = scene.puts()
    refused = [i for i, r in enumerate(requests) if r["status"] != 200]
    scene.demand(refused == [0], f"refused: the requests {refused}")
    wait = requests[1]["at"] - requests[0]["at"]
    scene.demand(wait < AT_ONCE, f"sent again after {wait:.1f} s")
    scene.demand(ALERT not in scene.agent.stderr, "a person was called")


def play_expiry(scene):
    """Keys of the ini expire: that is held, and told once, until they are good again."""
    key = {"accessKeyId": KEY_ID, "secretAccessKey": SECRET}
    scene.feed()
    scene.until_arrived()
    scene.receiver.credentials({**key, "seconds": 0})
    scene.feed()
    uplink = scene.until_uplink(lambda u: u["state"] == "holding", "the state holding")
    scene.demand("ExpiredToken" in uplink["last_error"], f"it says: {uplink['last_error']}")
    scene.demand(SECRET not in scene.agent.stderr, "the secret is in the log")
    scene.receiver.credentials(key)
    scene.until_arrived()
    scene.demand(scene.agent.stderr.count(ALERT) == 1, "not one alert")


def play_rotation(scene):
    """Keys expire, and their file has new ones: read again, signed again, sent again, at once."""
    scene.feed()
    scene.until_arrived()
    since = len(scene.puts())
    first = {"accessKeyId": "AKIDFIRST", "secretAccessKey": SECRET, "seconds": 0}
    second = {"accessKeyId": "AKIDSECOND", "secretAccessKey": SECRET[::-1]}
    scene.write_profile(second["accessKeyId"], second["secretAccessKey"])
    scene.receiver.credentials(first, second)
    scene.feed()
    scene.until_arrived()
    requests = scene.puts()[since:]
    scene.demand([(r["keyId"], r["status"]) for r in requests[:2]] == [
        ("AKIDFIRST", 400), ("AKIDSECOND", 200)], "not one refusal, and then the new keys")
    wait = requests[1]["at"] - requests[0]["at"]
    scene.demand(wait < AT_ONCE, f"sent again after {wait:.1f} s")
    scene.demand(ALERT not in scene.agent.stderr, "a person was called")


def play_split(scene):
    for _ in range(3):
        scene.feed()
        scene.until_arrived()
    sizes = [r["bytes"] for r in scene.puts() if r["status"] == 200]
    scene.demand(len(sizes) >= 6, f"requests of {sizes} bytes")


def play_proxy(scene):
    scene.receiver.faults({"kind": "status", "code": 413, "body": "too large", "over": 4000})
    play_split(scene)


def play_asked(scene, name, value):
    seconds = float(value) / (1000 if name.endswith("Ms") else 1)
    scene.receiver.faults({"kind": "status", "code": 503, name: value, "count": 1})
    scene.feed()
    scene.until_arrived()
    requests = scene.puts()
    wait = requests[1]["at"] - requests[0]["at"]
    scene.demand(seconds - 0.05 <= wait <= seconds + SLACK, f"it waited {wait:.2f} s")


def play_refusal(scene):
    scene.feed()
    scene.until_arrived()
    scene.receiver.faults({"kind": "refuse", "seconds": 2})
    began = time.monotonic()
    scene.feed()
    scene.until_uplink(lambda u: u["state"] == "retrying", "the state retrying")
    scene.until_arrived()
    wait = time.monotonic() - began
    scene.demand(wait <= 2 + 3 + SLACK, f"the open port was found after {wait:.1f} s")


def play_wrong_count(scene):
    """Each record's own answer counts, not the sum."""
    scene.receiver.faults(
        {"kind": "wrong-count"}, {"kind": "throttle-records", "probability": 0.1, "count": 30})
    for _ in range(3):
        scene.feed()
        scene.until_arrived()


def play_late_refusal(scene):
    """A service that took everything so far refuses one record: those of its key behind it in the
    same request overtake it, and no others."""
    for _ in range(6):
        scene.feed(500)
        scene.until_arrived()
    scene.receiver.faults({"kind": "throttle-records", "at": 5, "count": 1})
    scene.feed(500)
    scene.until_arrived()
    scene.demand(sum(r["refused"] for r in scene.puts()) == 1, "not one record was refused")
    overtaken = scene.arrived.out_of_order
    scene.demand(len(overtaken) <= 1, f"not in the order of their keys: {overtaken}")
    scene.is_ordered = False


def play_hot_shard(scene):
    """Nine events of ten are of one key, and more than its shard takes: the others do not wait."""
    scene.receiver.faults({"kind": "shard-limit", "records": 200})
    hot = ["k0"] * 9 + ["k1"] + ["k0"] * 9 + ["k2"]
    scene.feed(1000, hot)
    until_others = time.monotonic()
    until(lambda: scene.take() and
          scene.arrived.by_key["k1"] + scene.arrived.by_key["k2"] == 100, "the other keys")
    others = time.monotonic() - until_others
    scene.until_arrived()
    whole = time.monotonic() - until_others
    scene.demand(others < whole / 2 + 0.5, f"the others waited {others:.1f} s of {whole:.1f}")
    refused = sum(r["refused"] for r in scene.puts())
    print(f"[hot shard: {refused} of 1000 refused in {whole:.1f} s] ", end="", flush=True)


def play_pacing(scene):
    """What a shard takes in a second is learnt from its first refusals, and kept to."""
    scene.receiver.faults({"kind": "shard-limit"})
    began = time.monotonic()
    scene.feed(4000, ["k0"])
    scene.until_arrived()
    seconds = time.monotonic() - began
    refused = sum(r["refused"] for r in scene.puts())
    print(f"[pacing: {refused} of 4000 refused in {seconds:.1f} s] ", end="", flush=True)
    scene.demand(refused <= 1500, f"{refused} records were refused")
    scene.demand(seconds < 4 + SLACK, f"it took {seconds:.1f} s")


def play_resharding(scene):
    """Shards are split and merged under load: nothing is lost, and each key keeps its order."""
    scene.receiver.faults({"kind": "shard-limit", "records": 100})
    stream = {"StreamName": "readings"}
    scene.feed(300)
    scene.until_arrived(100)
    scene.receiver.operate(
        "SplitShard", **stream, ShardToSplit="shardId-000000000000",
        NewStartingHashKey=str(1 << 126))
    scene.feed(300)
    scene.until_arrived(400)
    scene.receiver.operate(
        "MergeShards", **stream, ShardToMerge="shardId-000000000003",
        AdjacentShardToMerge="shardId-000000000001")
    scene.feed(300)
    scene.until_arrived()


def play_unlisted(scene):
    """Without the right to list shards it goes without pacing, and no person is called."""
    scene.receiver.faults(
        {"kind": "status", "code": 400, "errorType": "AccessDeniedException", "only": "others"},
        {"kind": "shard-limit", "records": 200})
    scene.feed(600)
    scene.until_arrived()
    scene.demand(ALERT not in scene.agent.stderr, "a person was called")


if __name__ == "__main__":
    unittest.main()
