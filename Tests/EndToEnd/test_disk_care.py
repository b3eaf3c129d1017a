"""What the agent costs an SD card: nothing while all is well, little in an outage, few syncs."""

import json
import os
import time
import unittest

from bench import FULL, LINES, Bench, Feeder, buffer, initial_state, kinesis, spool, until
from nth_call import NthCall, library
from segments import read_all

# Seconds of the hour, as the agent's clock goes.
SPEED = 60 if FULL else 240
# Bytes written in an outage, for one byte of the events' JSON.
OVERHEAD_MAX = 1.3


class DiskCare(Bench):
    def setUp(self):
        super().setUp()
        self.shim = NthCall(self.state, self.path("control"))

    def ini(self, *sections):
        """With what outlives a kill outside of the state folder, which may be memory here."""
        return super().ini(
            *sections, general=f"control_socket = {self.path('control.sock')}")

    def write_bytes(self, agent):
        """What the agent caused to be sent to the storage, by the kernel's accounting."""
        try:
            with open(f"/proc/{agent.process.pid}/io", encoding="ascii") as file:
                return int(dict(line.split(": ") for line in file)["write_bytes"])
        except OSError as error:
            self.skipTest(f"the kernel does not say what a process writes: {error}")

    def test_a_healthy_hour_in_memory_mode_writes_no_byte(self):
        receiver = self.receiver()
        environment = {
            **self.shim.environment, "FAST_CLOCK": str(SPEED),
            "LD_PRELOAD": f"{self.shim.environment['LD_PRELOAD']}:{library('fast_clock')}"}
        agent = self.agent(
            self.ini(kinesis(receiver.url), buffer(flush_interval="10s"),
                     "[sensor.s]\ndriver = simulated\nevery = 200ms",
                     "[sensor.t]\ndriver = simulated\nevery = 1s"),
            stdin=None, environment=environment)
        # Its start is over when the first events have arrived.
        until(lambda: receiver.stats()["acceptedRecords"] > 200, "the first events")
        start = agent.status()
        calls, written = dict(self.shim.by_kind), self.write_bytes(agent)
        until(lambda: agent.status()["uptime_s"] > start["uptime_s"] + 3600, "an hour", 600)
        end = agent.status()
        self.assertEqual(self.write_bytes(agent) - written, 0, "bytes written in a healthy hour")
        after = self.shim.by_kind
        for kind in ["write", "pwrite", "rename", "truncate", "unlink", "mkdir"]:
            self.assertEqual(after[kind] - calls[kind], 0, f"calls of {kind} in a healthy hour")
        self.assertEqual(sum(after[k] - calls[k] for k in ["fsync", "fdatasync", "syncfs"]), 0)
        taken = end["uplinks"][0]["accepted"] - start["uplinks"][0]["accepted"]
        # At most 21,600: a slow machine does not keep up with such a clock.
        self.assertGreater(taken, 5000, "the hour was to be busy")
        self.assertEqual(agent.terminate(), 0)

    def outage(self, uplink, count=20_000):
        """Writes that an outage and its end cost in memory mode, and what the events' JSON was."""
        receiver = self.receiver("--fault", "close")
        agent = self.agent(
            self.ini(uplink(receiver.url), buffer(capacity=1000), spool(segment="64K"), LINES),
            environment=self.shim.environment)
        name = "cloud" if uplink is kinesis else "dashboard"
        Feeder(agent.process.stdin, range(count), 4000).join()
        agent.until_offered(count, name)
        until(lambda: agent.uplink(name)["in_memory"] <= 1000, "the overflow on disk")
        segments = read_all(os.path.join(self.state, "spool", name))
        json_bytes = sum(
            len(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode())
            for segment in segments for event in segment.events)
        in_outage = self.shim.bytes
        self.assertGreater(sum(len(s.events) for s in segments), count * 0.9)
        receiver.faults()
        until(lambda: agent.uplink(name)["in_spool"] == 0, "an empty spool")
        told = agent.uplink(name)["bytes_written"]
        self.assertEqual(agent.terminate(), 0)
        print(f"\n    {name}: {json_bytes} bytes of JSON, {in_outage / json_bytes:.3f} times that "
              f"written in the outage, {self.shim.bytes / json_bytes:.3f} times with its end")
        self.assertLessEqual(in_outage, OVERHEAD_MAX * json_bytes)
        self.assertLessEqual(self.shim.bytes, OVERHEAD_MAX * json_bytes)
        # What status says is what was written, but for what the stop writes.
        self.assertLessEqual(told, self.shim.bytes)
        self.assertGreaterEqual(told, in_outage * 0.95)

    def test_an_outage_with_kinesis_writes_little_more_than_the_events(self):
        self.outage(kinesis)

    def test_an_outage_with_initial_state_writes_little_more_than_the_events(self):
        self.outage(initial_state)

    def test_there_is_never_more_than_one_sync_in_the_interval(self):
        receiver = self.receiver("--fault", "throttle-records:probability=0.3")
        agent = self.agent(
            self.ini(kinesis(receiver.url), buffer(durability="spool"), LINES,
                     spool(segment="64K", sync="2s")),
            environment=self.shim.environment)
        agent.status()
        began, before = time.monotonic(), self.shim.syncs
        Feeder(agent.process.stdin, range(10_000), 1000)
        agent.until_offered(5000)
        receiver.faults({"kind": "close"})
        agent.until_offered(10_000)
        writing = time.monotonic() - began
        receiver.faults()
        until(lambda: agent.uplink()["in_spool"] == 0, "an empty spool")
        print(f"[{time.monotonic() - began - writing:.1f} s to drain] ", end="", flush=True)
        syncs, seconds = self.shim.syncs - before, time.monotonic() - began
        self.assertEqual(agent.terminate(), 0)
        self.assertLessEqual(syncs, seconds / 2 + 2, f"in {seconds:.1f} s: {self.shim.by_kind}")
        self.assertGreater(syncs, writing / 2 / 2, "what is written is to be synced")


if __name__ == "__main__":
    unittest.main()
