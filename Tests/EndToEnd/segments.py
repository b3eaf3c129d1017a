"""Reads the spool's files by the rules of ARCHITECTURE.md, without the agent's own code: a batch
counts once the commit behind it proves it with the CRC-32 of its line."""

import collections
import hashlib
import json
import os
import re
import zlib

NAME = re.compile(r"\d{20}\.jsonl")

# What one segment proves: the header's members, the events in their order, the bytes of the lines
# that hold them, and what is wrong in it (a torn tail is not).
Segment = collections.namedtuple("Segment", "name header events array_bytes problems torn_bytes")


def parse(name, text):
    """A segment of these bytes."""
    header, events, problems = {}, [], []
    array_bytes, array, proven = 0, None, 0
    *lines, rest = text.split(b"\n")
    place = 0
    for number, line in enumerate(lines, 1):
        place += len(line) + 1
        if line[:1] == b"[":
            if array is not None:
                problems.append(f"line {number}: the batch before has no commit")
            array = line
            continue
        try:
            value = json.loads(line)
        except ValueError:
            problems.append(f"line {number}: no JSON")
            array = None
            continue
        if isinstance(value, dict) and "segment" in value:
            header = value["segment"]
            proven = place
        elif isinstance(value, dict) and "commit" in value and array is not None:
            commit = value["commit"]
            if zlib.crc32(array) != int(commit["crc32"], 16):
                problems.append(f"line {number}: another CRC-32")
            else:
                batch = json.loads(array)
                seqs = [event["seq"] for event in batch]
                if [len(batch), seqs[0], seqs[-1]] != [
                        commit["events"], commit["first"], commit["last"]]:
                    problems.append(f"line {number}: a commit that belongs to another batch")
                events += batch
                array_bytes += len(array)
                proven = place
            array = None
        else:
            problems.append(f"line {number}: neither header, batch nor commit")
            array = None
    return Segment(name, header, events, array_bytes, problems, len(text) - proven)


def forget_record(state, uplink):
    """Removes what a killed agent leaves in shared memory for the next one, once there is none."""
    digest = hashlib.sha256(f"{os.path.realpath(state)}\0{uplink}".encode()).hexdigest()[:16]
    try:
        os.unlink(f"/dev/shm/telemetryd-{os.geteuid()}-{digest}")
    except FileNotFoundError:
        pass


def read_all(folder):
    """All segments of an uplink's folder, oldest first; those that vanish were delivered."""
    segments = []
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for name in names:
        if not NAME.fullmatch(name):
            continue
        try:
            with open(os.path.join(folder, name), "rb") as file:
                segments.append(parse(name, file.read()))
        except FileNotFoundError:
            continue
    return segments
