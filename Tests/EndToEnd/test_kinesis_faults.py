"""Each class of error of Kinesis, for a whole request and for single records: in the first request,
in one in the middle, and until it is lifted.

A row is a scene of its own: an agent, a receiver, three phases. Each demands the right action (how
soon it is tried again, what `status` and the log say), and at the end that nothing was lost, that
nothing came twice which the receiver had not accepted in secret, and that each key kept its order.
"""

import dataclasses
import functools
import unittest

from fault_scene import ALERT, KEYS, SLACK, Table

# The longest first wait after a failure, in seconds; it doubles.
BASE = {"throttled": 1, "transient": 0.05, "connection": 0.25, "hold": 5}
STATE = {"throttled": "retrying", "transient": "retrying", "connection": "retrying",
         "hold": "holding"}
MISSING = "the signature is wrong"


@dataclasses.dataclass
class Row:
    name: str
    fault: dict
    action: str
    # What last_error must contain.
    says: str = ""
    receiver: tuple = ()
    more: str = ""
    timeout: str = "30s"


def refused(error, action, code=400, form="body", message="it is so", **more):
    fault = {"kind": "status", "code": code, "errorType": error, "form": form,
             "message": message, "only": "puts", **more}
    return Row(f"{code} {error} in {form}", fault, action, error.removesuffix("Exception"))


def broken(name, action, says="", timeout="30s", **fault):
    return Row(name, {"only": "puts", **fault}, action, says, timeout=timeout)


WHOLE = [
    refused("ProvisionedThroughputExceededException", "throttled"),
    refused("LimitExceededException", "throttled"),
    refused("ThrottlingException", "throttled"),
    refused("ThrottlingException", "throttled", form="header"),
    refused("ThrottlingException", "throttled", form="both"),
    refused("Throttling", "throttled", form="xml"),
    refused("RequestLimitExceeded", "throttled", code=503),
    refused("SlowDown", "throttled", code=503, form="xml"),
    refused("KMSThrottlingException", "throttled"),
    broken("429 without a word", "throttled", "429", kind="status", code=429, form="bare"),
    refused("InternalFailure", "transient", code=500),
    refused("InternalFailure", "transient", code=500, form="header"),
    refused("ServiceUnavailable", "transient", code=503, form="xml"),
    refused("RequestTimeoutException", "transient", code=408),
    refused("RequestTimeout", "transient", code=400),
    broken("500 without a word", "transient", "500", kind="status", code=500, form="bare"),
    broken("502 with a page", "transient", "502", kind="status", code=502, body="<html>bad</html>"),
    broken("504 without a word", "transient", "504", kind="status", code=504, form="bare"),
    broken("a page of HTML", "transient", "answer", kind="garbage"),
    broken("reset before acceptance", "connection", kind="reset-before"),
    broken("closed without an answer", "connection", kind="close"),
    broken("never answered", "transient", timeout="1s", kind="hang"),
    refused("ResourceNotFoundException", "hold"),
    refused("AccessDeniedException", "hold"),
    refused("AccessDenied", "hold", code=403, form="xml"),
    refused("KMSDisabledException", "hold"),
    refused("KMSInvalidStateException", "hold"),
    refused("KMSNotFoundException", "hold", form="header"),
    refused("KMSAccessDeniedException", "hold"),
    refused("InvalidSignatureException", "hold", code=403, message=MISSING),
    refused("SignatureDoesNotMatch", "hold", code=403, form="xml", message=MISSING),
    refused("SomethingNewException", "hold"),
    refused("ExpiredTokenException", "hold"),
    refused("UnrecognizedClientException", "hold"),
    refused("InvalidClientTokenId", "hold", code=403, form="xml"),
]

CREDENTIALS = ["ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId"]

# What becomes of single records: the code, the action, what it waits at most at first.
RECORDS = [
    ("ProvisionedThroughputExceededException", "throttled", 0.1),
    ("KMSThrottlingException", "throttled", 1),
    ("InternalFailure", "transient", 0.05),
    ("ServiceUnavailable", "transient", 0.05),
    ("SomethingNewException", "transient", 0.05),
    ("AccessDeniedException", "hold", 5),
    ("KMSDisabledException", "hold", 5),
    ("KMSAccessDeniedException", "hold", 5),
    ("ExpiredTokenException", "hold", 5),
]

BAD = ["ValidationException", "InvalidArgumentException", "SerializationException"]

AGGREGATED = "aggregation = kpl\ncompression = gzip"
# The fault, whether the receiver's log does not tell of its copies, more of the section.
AMBIGUOUS = [
    ("reset after acceptance", {"kind": "reset-after"}, False, ""),
    ("half an answer", {"kind": "truncate"}, False, ""),
    ("an answer for fewer", {"kind": "short", "by": 3}, False, ""),
    ("an answer that comes too late", {"kind": "latency", "ms": 2000}, True, ""),
    ("reset after acceptance of aggregates", {"kind": "reset-after"}, False, AGGREGATED),
    ("half an answer about aggregates", {"kind": "truncate"}, False, AGGREGATED),
]


def hits(scene, since):
    """The requests since then, and which of them a fault hit."""
    requests = scene.puts()[since:]
    return requests, [i for i, r in enumerate(requests) if r["faults"]]


def check_waits(scene, requests, struck, base, what, limit=60):
    """Each request that was hit is followed by the next in its time."""
    failures = 0
    for place, request in enumerate(requests[:-1]):
        failures = failures + 1 if place in struck else 0
        if not failures:
            continue
        wait = requests[place + 1]["at"] - request["at"]
        longest = min(base * 2 ** (failures - 1), limit) + SLACK
        scene.demand(wait <= longest, f"{what}: tried again after {wait:.1f} s, not {longest:.1f}")


def play_whole(row, scene):
    # Refused credentials are tried again every 15 s.
    base = 15 if row.fault.get("errorType") in CREDENTIALS else BASE[row.action]
    # The first request is hit.
    scene.receiver.faults({**row.fault, "count": 1})
    scene.feed()
    scene.until_arrived(what="after the first request")
    requests, struck = hits(scene, 0)
    scene.demand(struck == [0], f"first: the fault hit the requests {struck}")
    check_waits(scene, requests, struck, base, "first")
    # One in the middle is hit, with more behind it.
    since = len(scene.puts())
    scene.receiver.faults({**row.fault, "count": 1, "after": 1})
    for count in (100, 200):
        scene.feed(count)
        scene.until_arrived(what="in the middle")
    requests, struck = hits(scene, since)
    scene.demand(len(struck) == 1 and struck[0] > 0, f"middle: it hit the requests {struck}")
    check_waits(scene, requests, struck, base, "middle")
    # It goes on until it is lifted.
    since, alerts = len(scene.puts()), scene.agent.stderr.count(ALERT)
    scene.receiver.faults(row.fault)
    scene.feed()
    tries = 1 if row.action == "hold" else 3
    uplink = scene.until_uplink(
        lambda u: u["state"] == STATE[row.action] and len(scene.puts()) >= since + tries,
        f"the state {STATE[row.action]} and {tries} tries")
    scene.demand(row.says in (uplink["last_error"] or ""), f"it says: {uplink['last_error']}")
    scene.demand(uplink["in_memory"] + uplink["in_spool"] == 100, f"it keeps: {uplink}")
    scene.balanced(uplink)
    scene.demand(scene.take() == scene.sent - 100, "some arrived in spite of it")
    told = scene.agent.stderr.count(ALERT) - alerts
    scene.demand(told == (row.action == "hold"), f"{told} alerts")
    scene.receiver.faults()
    scene.until_arrived(what="after it was lifted")
    requests, struck = hits(scene, since)
    check_waits(scene, requests, struck, base, "for ever")
    scene.demand(scene.agent.uplink()["state"] == "ok", "it is not ok again")


def play_records(scene, code, action, base):
    fault = {"kind": "throttle-records", "code": code}
    for when in ("first", 5, "last"):
        since = len(scene.puts())
        scene.receiver.faults({**fault, "at": when, "count": 1})
        scene.feed()
        scene.until_arrived(what=f"record {when}")
        requests, struck = hits(scene, since)
        scene.demand(len(struck) == 1, f"record {when}: it hit the requests {struck}")
        check_waits(scene, requests, struck, base, f"record {when}")
    # One key is refused until it is lifted: it waits alone.
    scene.receiver.faults({**fault, "key": "k3"})
    scene.feed()
    scene.until_arrived(scene.sent - 10, "the other keys")
    scene.feed()
    scene.until_arrived(scene.sent - 20, "the other keys' next", seconds=20)
    scene.demand(scene.arrived.by_key["k3"] == scene.sent // 10 - 20, "k3 arrived")
    uplink = scene.until_uplink(lambda u: code in (u["last_error"] or ""), f"{code} in the status")
    scene.demand(uplink["in_memory"] + uplink["in_spool"] == 20, f"it keeps: {uplink}")
    scene.balanced(uplink)
    told = scene.agent.stderr.count(ALERT)
    scene.demand(told >= 1 if action == "hold" else told == 0, f"{told} alerts")
    scene.receiver.faults()
    scene.until_arrived(what="after it was lifted")


def play_culprits(scene, fault, places):
    """Of 100 events those in these places are refused for ever, and named; the others arrive."""
    scene.receiver.faults({**fault, "key": "bad"})
    for place in range(100):
        scene.feed(1, ["bad"] if place in places else [KEYS[place % 10]])
    scene.until_arrived(100 - len(places), "all but the culprits")
    scene.until_uplink(lambda u: u["rejected"] == len(places), "the culprits' rejection")
    named = sorted(e["event"]["value"] for e in scene.rejected())
    scene.demand(named == sorted(places), f"named as culprits: {named}")
    for entry in scene.rejected():
        scene.demand("Exception" in entry["rejected"] or "it is so" in entry["rejected"],
                     f"the reason: {entry['rejected']}")
    count = len(scene.puts())
    # Ten requests when each has a key's records in turn, and the halving of one.
    scene.demand(count <= 12 + 16 * len(places), f"{count} requests to find {places}")
    scene.feed()
    scene.until_arrived(200 - len(places), "what came after them")


def play_ambiguous(scene, fault, is_late, is_aggregated):
    faults = [{**fault, "count": 1}, {**fault, "count": 1, "after": 1},
              {**fault, "probability": 0.5, "count": 2 if is_late else 6}]
    for fault in faults:
        scene.receiver.faults({**fault, "only": "puts"})
        for _ in range(3):
            scene.feed()
            scene.until_arrived()
    # The last request may be told of when all has arrived already.
    scene.until_uplink(lambda u: u["accepted"] == scene.sent, "an answer for each")
    struck = [r for r in scene.puts() if r["faults"]]
    scene.demand(len(struck) >= 3, f"only {len(struck)} requests were hit")
    hidden = sum(r["accepted"] for r in struck)
    scene.demand(scene.arrived.extra > 0, "no copy was made: the fault did nothing")
    # A machine that is late by itself makes more copies of what comes too late.
    scene.demand(is_aggregated or is_late or scene.arrived.extra <= hidden,
                 f"{scene.arrived.extra} copies of {hidden} records in {len(struck)} attempts")
    return scene.arrived.extra if is_late else 0


class Faults(Table):
    def test_a_whole_request_is_refused_or_lost(self):
        rows = [(row.name, {"receiver": row.receiver, "more": row.more, "timeout": row.timeout},
                 functools.partial(play_whole, row), 0) for row in WHOLE]
        # Those that wait long come first.
        self.each(sorted(rows, key=lambda row: row[2].args[0].action != "hold"))

    def test_single_records_are_refused(self):
        self.each([
            (f"{code} of a record", {},
             functools.partial(play_records, code=code, action=action, base=base), 0)
            for code, action, base in RECORDS] + [
            (f"{code} of a record from the spool", {"buffered": {"durability": "spool"}},
             functools.partial(play_records, code=code, action=action, base=base), 0)
            for code, action, base in RECORDS[:2]])

    def test_bad_input_is_found_and_named_and_the_rest_goes_on(self):
        rows = []
        for error in BAD:
            whole = {"kind": "status", "code": 400, "errorType": error, "message": "it is so"}
            for places in ({0}, {57}, {99}, {13, 14, 80}):
                rows.append((f"{error} for {places}", {},
                             functools.partial(play_culprits, fault=whole, places=places),
                             len(places)))
        record = {"kind": "throttle-records", "code": "ValidationException"}
        rows.append(("ValidationException of a record", {},
                     functools.partial(play_culprits, fault=record, places={0, 57, 99}), 3))
        self.each(rows)

    def test_what_was_accepted_in_secret_comes_at_most_twice_an_attempt(self):
        self.each([
            (name, {"timeout": "1s" if is_late else "30s", "more": more},
             functools.partial(play_ambiguous, fault=fault, is_late=is_late,
                               is_aggregated=more == AGGREGATED), 0)
            for name, fault, is_late, more in AMBIGUOUS])


if __name__ == "__main__":
    unittest.main()
