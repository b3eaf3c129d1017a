"""Random damage to a spool on disk: a flipped bit, a cut, a doubled or a zeroed piece. The agent
must start, end, and send each undamaged committed batch; `verify` must name the rest.

DAMAGES sets how many are tried, SEED which ones; the seed is told on failure. What a batch proves
is read by segments.py, not by the agent.
"""

import os
import random
import shutil
import unittest

from bench import FULL, LINES, Bench, Feeder, buffer, kinesis, spool, telemetryd, until
from segments import parse, read_all

DAMAGES = int(os.environ.get("DAMAGES") or (200 if FULL else 8))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
EVENTS = 2000
OK, INPUT_OUTPUT = 0, 74


def flip(rng, text):
    place = rng.randrange(len(text))
    return text[:place] + bytes([text[place] ^ 1 << rng.randrange(8)]) + text[place + 1:]


def cut(rng, text):
    return text[: rng.randrange(len(text))]


def take_out(rng, text):
    start = rng.randrange(len(text))
    return text[:start] + text[start + rng.randint(1, 5000):]


def double(rng, text):
    start = rng.randrange(len(text))
    end = start + rng.randint(1, 5000)
    return text[:end] + text[start:end] + text[end:]


def zero(rng, text):
    start = rng.randrange(len(text))
    length = min(rng.randint(1, 5000), len(text) - start)
    return text[:start] + bytes(length) + text[start + length:]


WAYS = [flip, flip, cut, take_out, double, zero]


class Damage(Bench):
    def test_each_undamaged_batch_arrives(self):
        receiver = self.receiver("--fault", "close")
        ini = self.ini(
            kinesis(receiver.url), buffer(durability="spool"), spool(segment="64K"), LINES,
            general="grace = 0")
        agent = self.agent(ini)
        for start in range(0, EVENTS, 40):
            Feeder(agent.process.stdin, range(start, start + 40))
            agent.until_offered(start + 40)
        self.assertEqual(agent.terminate(), 0)
        receiver.faults()
        whole = self.path("whole")
        shutil.copytree(self.state, whole)
        for number in range(DAMAGES):
            shutil.rmtree(self.state)
            shutil.copytree(whole, self.state)
            self.damage(receiver, ini, number)

    def damage(self, receiver, ini, number):
        rng = random.Random(f"{SEED}/{number}")
        path = rng.choice(self.spool_files())
        way = rng.choice(WAYS)
        what = f"SEED={SEED}, damage {number}: {way.__name__} in {os.path.basename(path)}"
        with open(path, "r+b") as file:
            text = way(rng, file.read())
            file.seek(0)
            file.truncate()
            file.write(text)
        proven = read_all(os.path.dirname(path))
        expected = {event["value"] for segment in proven for event in segment.events}
        verified = telemetryd("spool", "verify", "-c", ini)
        if any(segment.problems for segment in proven):
            self.assertEqual(verified.returncode, INPUT_OUTPUT, f"{what}\n{verified.stdout}")
            self.assertIn(os.path.basename(path), verified.stdout, what)
        else:
            self.assertIn(verified.returncode, (OK, INPUT_OUTPUT), f"{what}\n{verified.stderr}")
        before = len(receiver.records())
        agent = self.agent(ini)
        # The cut of a last batch's commit is a torn tail, and all of this is sent or counted.
        until(lambda: agent.uplink()["in_spool"] == 0, f"{what}: an empty spool")
        self.assert_balanced(agent.status())
        self.assertEqual(agent.terminate(), 0, what)
        self.assertNotIn("Fatal", agent.stderr, what)
        got = {r["data"] for r in receiver.records()[before:] if r["sensorId"] == "n"}
        self.assertFalse(expected - got, f"{what}: {len(expected - got)} proven events are lost")
        self.assertFalse(got - expected, f"{what}: {len(got - expected)} arrived unproven")
        self.agents.clear()


if __name__ == "__main__":
    unittest.main()
