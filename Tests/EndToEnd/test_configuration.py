"""The ini: mistakes with their lines, ISStreamer's file, and `test` on sensors."""

import json
import re
import unittest

from bench import LINES, Bench, buffer, kinesis, telemetryd, unused_url, until

CONFIGURATION = 78

# Each line that ends in <- holds one mistake.
WRONG = """\
[telemetryd]
device = bench
state_directory = /tmp/unused
grace = soon <-
colour = blue <-
[buffer]
capacity = ten <-
flush_interval = 10 <-
durability = never <-
[spool]
segment = 1 <-
[uplink.cloud]
kind = kinesis
stream = readings
region = eu-west-1
partition_key = dice <-
[sensor.greenhouse]
driver = bme280
address = 0x12 <-
[sensor.door]
driver = lime <-
[nonsense] <-
"""


class Check(Bench):
    def test_ten_mistakes_are_told_at_once_with_their_lines(self):
        lines = WRONG.splitlines()
        expected = [n for n, line in enumerate(lines, 1) if line.endswith("<-")]
        ini = self.write("wrong.ini", WRONG.replace(" <-", ""))
        result = telemetryd("check", "-c", ini)
        self.assertEqual(result.returncode, CONFIGURATION)
        told = [re.match(rf"{re.escape(ini)}:(\d+): \S", line)
                for line in result.stderr.splitlines()]
        self.assertTrue(all(told), result.stderr)
        self.assertEqual([int(t[1]) for t in told], expected, result.stderr)
        self.assertEqual(result.stdout, "")

    def test_run_refuses_what_check_refuses(self):
        ini = self.write("wrong.ini", WRONG.replace(" <-", ""))
        self.assertEqual(telemetryd("run", "-c", ini).returncode, CONFIGURATION)

    def test_a_good_ini_passes(self):
        result = telemetryd("check", "-c", self.ini(kinesis(unused_url()), buffer(), LINES))
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_misspelt_key_gets_a_suggestion(self):
        ini = self.ini(kinesis(unused_url()), "[buffer]\nflush_sise = 5", LINES)
        result = telemetryd("check", "-c", ini)
        self.assertEqual(result.returncode, CONFIGURATION)
        self.assertRegex(result.stderr, r"did you mean 'flush_size'")

    def test_the_reference_names_every_driver_and_uplink(self):
        text = telemetryd("config", "reference").stdout
        for name in ["bme280", "line", "lines", "simulated", "system", "kinesis", "initialstate"]:
            self.assertRegex(text, rf"\b{name}\b")


class ISStreamer(Bench):
    FILE = """\
[isstreamer.client_config]
access_key: key-of-the-tests
default_bucket: Greenhouse

[isstreamer.api_config]
stream_api_base: {url}
"""

    def test_its_ini_is_accepted_as_it_is(self):
        ini = self.write("isstreamer.ini", self.FILE.format(url=unused_url()))
        result = telemetryd("check", "-c", ini)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_its_ini_delivers_the_boards_own_figures(self):
        receiver = self.receiver("--access-key", "key-of-the-tests")
        # Only the state's place is added, for this is not the machine's own agent.
        agent = self.agent(self.write(
            "isstreamer.ini",
            self.FILE.format(url=receiver.url)
            + f"[telemetryd]\nstate_directory = {self.state}\n" + buffer()))
        until(receiver.events, "events of the board")
        self.assertEqual(agent.terminate(), 0)
        buckets = [e["bucket"] for e in receiver.entries() if "bucket" in e]
        self.assertEqual([b["bucketName"] for b in buckets], ["Greenhouse"])


class Test(Bench):
    def test_once_prints_one_object_a_reading_and_needs_no_uplink(self):
        ini = self.ini("[sensor.tide]\ndriver = simulated", "[sensor.board]\ndriver = system")
        result = telemetryd("test", "--once", "-c", ini)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        readings = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual({r["sensor"] for r in readings}, {"tide", "board"})
        for reading in readings:
            self.assertEqual(
                set(reading), {"key", "value", "unit", "epoch", "sensor", "driver"})
            self.assertRegex(reading["key"], rf"^{reading['sensor']}(_[a-z0-9_]+)?$")
        self.assertEqual({r["driver"] for r in readings}, {"simulated", "system"})

    def test_one_sensor_can_be_chosen(self):
        ini = self.ini("[sensor.tide]\ndriver = simulated", "[sensor.board]\ndriver = system")
        result = telemetryd("test", "--once", "--sensor", "tide", "-c", ini)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(
            [json.loads(line)["key"] for line in result.stdout.splitlines()], ["tide"])

    def test_a_sensor_that_fails_is_told_and_the_others_are_read(self):
        ini = self.ini(
            "[sensor.gone]\ndriver = bme280\nbus = /dev/there-is-no-such-bus",
            "[sensor.tide]\ndriver = simulated")
        result = telemetryd("test", "--once", "-c", ini)
        self.assertEqual(result.returncode, 1)
        self.assertIn("gone", result.stderr)
        self.assertIn("/dev/there-is-no-such-bus", result.stderr)
        self.assertEqual([json.loads(x)["sensor"] for x in result.stdout.splitlines()], ["tide"])


if __name__ == "__main__":
    unittest.main()
