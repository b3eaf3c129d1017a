"""How a run ends: by its input, by a signal, by a second one; and with which exit status."""

import signal
import socket
import time
import unittest

from bench import PATIENCE, LINES, Bench, Feeder, buffer, kinesis, telemetryd, unused_url, until

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


class Stopping(Bench):
    def test_the_end_of_the_input_delivers_all_and_ends_the_run(self):
        receiver = self.receiver()
        # Far more than memory holds: the input must wait, nothing may be pushed out.
        agent = self.agent(self.ini(kinesis(receiver.url), buffer(capacity=500), LINES))
        feeder = Feeder(agent.process.stdin, range(20_000))
        feeder.join()
        agent.process.stdin.close()
        self.assertEqual(agent.wait(), 0)
        self.assert_complete(receiver.values(), range(20_000))
        self.assertEqual(self.segments(), [])

    def test_a_growing_file_goes_on_where_the_last_run_stopped(self):
        receiver = self.receiver()
        feed = self.write("feed.jsonl", '{"key":"n","value":0}\n{"key":"n","value":1}\n{"key":"n",')
        ini = self.ini(kinesis(receiver.url), buffer(), f"[sensor.feed]\ndriver = lines\npath = {feed}")
        first = self.agent(ini)
        until(lambda: len(receiver.records()) == 2, "the two whole lines")
        self.assertEqual(first.terminate(), 0)
        self.assertNotIn("refused", first.stderr)
        with open(feed, "a", encoding="utf-8") as file:
            file.write('"value":2}\n{"key":"n","value":3}\n')
        second = self.agent(ini)
        until(lambda: len(receiver.records()) >= 4, "the other two")
        self.assertEqual(second.terminate(), 0)
        self.assertEqual(receiver.values(), [0, 1, 2, 3])

    def test_the_end_of_the_input_does_not_end_a_run_with_another_sensor(self):
        receiver = self.receiver()
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(), LINES,
            "[sensor.tide]\ndriver = simulated\nevery = 100ms"))
        Feeder(agent.process.stdin, range(10)).join()
        agent.process.stdin.close()
        until(lambda: [r for r in receiver.records() if r["sensorId"] == "n"][9:], "the lines")
        seen = len(receiver.records())
        until(lambda: len(receiver.records()) > seen, "a reading after the end of the input")
        self.assertEqual(agent.terminate(), 0)

    def test_sigterm_delivers_what_waits_for_others(self):
        receiver = self.receiver()
        agent = self.agent(self.ini(
            kinesis(receiver.url), buffer(flush_size=1000, flush_interval="1h", capacity=2000),
            LINES))
        Feeder(agent.process.stdin, range(10))
        agent.until_offered(10)
        self.assertEqual(receiver.records(), [])
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(receiver.values(), range(10))

    def test_a_second_signal_ends_the_grace_and_loses_nothing(self):
        receiver = self.receiver("--fault", "close")
        ini = self.ini(kinesis(receiver.url), buffer(), LINES, general="grace = 300s")
        agent = self.agent(ini)
        Feeder(agent.process.stdin, range(200))
        agent.until_offered(200)
        agent.signal(signal.SIGTERM)
        until(lambda: agent.uplink()["in_spool"] == 200, "all on disk within the grace")
        self.assertTrue(agent.is_running)
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.wait(30), 0)
        receiver.faults()
        second = self.agent(ini)
        until(lambda: len(receiver.records()) >= 200, "all records")
        self.assertEqual(second.terminate(), 0)
        self.assert_complete(receiver.values(), range(200))

    def test_a_service_that_hangs_does_not_hold_up_the_end(self):
        receiver = self.receiver("--fault", "hang")
        agent = self.agent(self.ini(
            kinesis(receiver.url, more="timeout = 600s"), buffer(), LINES, general="grace = 1s"))
        Feeder(agent.process.stdin, range(50))
        until(lambda: receiver.stats()["faultsApplied"] >= 1, "a request that hangs")
        began = time.monotonic()
        self.assertEqual(agent.terminate(), 0)
        self.assertLess(time.monotonic() - began, 15)
        self.assertTrue(self.segments(), "nothing in the spool")


class Systemd(Bench):
    def test_it_is_told_of_the_start_the_progress_and_the_stop(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(self.path("notify"))
        listener.settimeout(PATIENCE)
        agent = self.agent(
            self.ini(kinesis(self.receiver().url), LINES), stdin="pipe",
            environment={"NOTIFY_SOCKET": self.path("notify"), "WATCHDOG_USEC": "200000"})
        # The lane has nothing to do all the while.
        told = [listener.recv(4096).decode() for _ in range(4)]
        self.assertEqual(told, ["READY=1"] + ["WATCHDOG=1"] * 3)
        agent.signal(signal.SIGTERM)
        while (last := listener.recv(4096).decode()) == "WATCHDOG=1":
            pass
        self.assertEqual(last, "STOPPING=1")
        self.assertEqual(agent.wait(), 0)

    def test_the_journal_gets_priorities(self):
        agent = self.agent(
            self.ini(kinesis(unused_url()), LINES, buffer()), environment={"JOURNAL_STREAM": "1:2"})
        Feeder(agent.process.stdin, range(5))
        until(lambda: "<4>uplink cloud: " in agent.stderr, "a warning with its priority")
        self.assertEqual(agent.terminate(), 0)
        self.assertTrue(all(line.startswith("<") for line in agent.stderr.splitlines()))


class ExitStatus(Bench):
    def test_a_missing_ini_is_a_configuration_error(self):
        for command in ["run", "check", "test", "status"]:
            result = telemetryd(command, "-c", self.path("missing.ini"))
            self.assertEqual(result.returncode, CONFIGURATION, command)
            self.assertIn("missing.ini", result.stderr, command)

    def test_an_unknown_option_is_a_usage_error(self):
        self.assertEqual(telemetryd("run", "--nonsense").returncode, USAGE)

    def test_status_without_an_agent_says_that_none_answers(self):
        ini = self.ini(kinesis(unused_url()), LINES)
        result = telemetryd("status", "--json", "-c", ini)
        self.assertEqual(result.returncode, UNAVAILABLE)
        self.assertEqual(result.stdout, "")

    def test_a_second_agent_with_the_same_state_does_not_start(self):
        receiver = self.receiver()
        ini = self.ini(kinesis(receiver.url), buffer(), LINES)
        first = self.agent(ini)
        first.status()
        second = self.agent(ini)
        self.assertEqual(second.wait(), UNAVAILABLE)
        self.assertTrue(first.status())

    def test_the_version_is_told(self):
        result = telemetryd("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^telemetryd \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
