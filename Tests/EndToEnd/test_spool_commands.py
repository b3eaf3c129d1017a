"""The spool's commands that write: export, import, replay, drop; what a terminal shows of them."""

import csv
import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
import unittest
import urllib.request

from bench import (BIN, LINES, Bench, Feeder, buffer, clean_environment, initial_state, kinesis, spool,
                   telemetryd, until)

EVENTS = 120
USAGE, UNAVAILABLE, CANNOT_CREATE, INPUT_OUTPUT = 64, 69, 73, 74
EPOCH = 1700000000.25

# As ISStreamer 2.0.0 leaves it after a 500, with a line that a kill -9 cut.
MISSED = """\
{"bucketKey": "bk1", "bucketName": "Bucket Name"}
[{"key": "n", "value": 0, "epoch": 1700000000.25}, {"key": "n", "value": 1, "epoch": 1700000001}]
[{"key": "n", "value": 2, "epoch": 1700000002}, {"key": "n", "value": NaN, "epoch": 1700000002}]
[{"key": "n", "value": 3, "epoch": 1700000003.1234567}, {"key": "n", "va"""


def with_terminal(*arguments, answer=None, seconds=60):
    """Runs a command with a terminal for its standard input and error: status, output, terminal."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [os.path.join(BIN, "telemetryd"), *arguments], stdin=terminal, stdout=subprocess.PIPE,
        stderr=terminal, env=clean_environment())
    os.close(terminal)
    if answer:
        os.write(main, answer.encode())
    seen, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _, _ = select.select([main], [], [], 0.1)
        if ready:
            try:
                piece = os.read(main, 65536)
            except OSError:  # the terminal's last user is gone
                break
            seen += piece
        elif process.poll() is not None:
            break
    output = process.stdout.read().decode()
    process.stdout.close()
    status = process.wait(seconds)
    os.close(main)
    return status, output, seen.decode(errors="replace")


class Commands(Bench):
    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver("--fault", "close")
        self.file = self.ini(
            kinesis(self.receiver_.url), initial_state(self.receiver_.url),
            buffer(durability="spool"), spool(segment="64K", limit="1M"), LINES, general="grace = 0")

    def fill(self, file=None):
        """Leaves events 0 to EVENTS in the spool of both uplinks."""
        agent = self.agent(file or self.file)
        for start in range(0, EVENTS, 40):
            Feeder(agent.process.stdin, range(start, start + 40))
            agent.until_offered(start + 40)
            agent.until_offered(start + 40, "dashboard")
        self.assertEqual(agent.terminate(), 0)

    def spool(self, command, *arguments, status=0):
        result = telemetryd("spool", command, *arguments, "-c", self.file)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def deliver(self):
        self.receiver_.faults()
        agent = self.agent(self.file)
        until(lambda: all(u["in_spool"] == 0 for u in agent.status()["uplinks"]), "an empty spool")
        self.assert_balanced(agent.status())
        self.assertEqual(agent.terminate(), 0)

    def post(self, line):
        """Posts a line's bytes to Initial State as they are; with curl, where there is one."""
        headers = {"Content-Type": "application/json", "X-IS-AccessKey": "key-of-the-tests",
                   "X-IS-BucketKey": "bench"}
        url = self.receiver_.url + "/api/events"
        if shutil.which("curl"):
            result = subprocess.run(
                ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-",
                 *[a for h in headers.items() for a in ("-H", ": ".join(h))], url],
                input=line, capture_output=True, timeout=30)
            return int(result.stdout)
        with urllib.request.urlopen(urllib.request.Request(url, line, headers), timeout=30) as answer:
            return answer.status

    def make_bucket(self):
        self.receiver_.faults()
        request = urllib.request.Request(
            self.receiver_.url + "/api/buckets", b'{"bucketKey": "bench", "bucketName": "Bench"}',
            {"Content-Type": "application/json", "X-IS-AccessKey": "key-of-the-tests"})
        urllib.request.urlopen(request, timeout=10).close()


class Export(Commands):
    def setUp(self):
        super().setUp()
        self.fill()

    def exported(self, form, uplink="cloud"):
        return self.spool("export", uplink, "--format", form).stdout

    def test_lines_name_each_event_for_ever(self):
        events = [json.loads(line) for line in self.exported("lines").splitlines()]
        self.assertEqual([e["value"] for e in events], list(range(EVENTS)))
        self.assertEqual([e["seq"] for e in events], list(range(1, EVENTS + 1)))
        self.assertEqual({e["device"] for e in events}, {"bench"})
        self.assertEqual(len({e["boot"] for e in events}), 1)

    def test_kinesis_lines_are_the_records_that_the_uplink_sends(self):
        exported = [json.loads(line) for line in self.exported("kinesis").splitlines()]
        self.deliver()
        self.assertEqual(exported, self.receiver_.records())

    def test_arrays_are_taken_by_initial_state_as_they_are(self):
        lines = self.exported("initialstate", "dashboard").splitlines()
        self.assertEqual([len(json.loads(line)) for line in lines], [10] * (EVENTS // 10))
        self.assertEqual({tuple(e) for line in lines for e in json.loads(line)},
                         {("key", "value", "epoch")})
        self.make_bucket()
        for line in lines:
            self.assertIn(self.post(line.encode()), (200, 202, 204))
        self.assertEqual([e["value"] for e in self.receiver_.events()], list(range(EVENTS)))

    def test_a_line_of_the_spool_itself_is_taken_as_it_is(self):
        self.make_bucket()
        for path in self.segments("dashboard"):
            with open(path, "rb") as file:
                for line in file.read().splitlines():
                    if line.startswith(b"["):
                        self.assertIn(self.post(line), (200, 202, 204))
        self.assertEqual([e["value"] for e in self.receiver_.events()], list(range(EVENTS)))

    def test_csv_is_read_by_others(self):
        text = telemetryd("spool", "export", "cloud", "--format", "csv", "-c", self.file).stdout
        rows = list(csv.reader(io.StringIO(text)))
        self.assertEqual([(r[1], int(r[2])) for r in rows], [("n", n) for n in range(EVENTS)])

    def test_a_file_appears_whole_and_is_never_overwritten(self):
        path = self.path("out.jsonl")
        result = self.spool("export", "cloud", "--output", path)
        self.assertIn(f"exported {EVENTS} events", result.stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.exported("lines"))
        result = self.spool("export", "--output", path, status=CANNOT_CREATE)
        self.assertIn("exists", result.stderr)
        self.spool("export", "--output", self.path("none/out"), status=INPUT_OUTPUT)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        for command in ("cat", "tail", "export"):
            process = subprocess.Popen(
                [os.path.join(BIN, "telemetryd"), "spool", command, "cloud", "-c", self.file],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
            process.stdout.readline()
            process.stdout.close()
            if command == "tail":  # it would wait for more
                agent = self.agent(self.file)
                Feeder(agent.process.stdin, range(500))
            self.assertIn(process.wait(60), (0, -signal.SIGPIPE))
            self.assertEqual(process.stderr.read(), b"")
            process.stderr.close()

    def test_tail_begins_with_the_last_and_goes_on(self):
        lines = self.spool("tail", "cloud", "-n", "3", "--once").stdout.splitlines()
        self.assertEqual([json.loads(line)["value"] for line in lines], [EVENTS - 3, EVENTS - 2, EVENTS - 1])
        process = subprocess.Popen(
            [os.path.join(BIN, "telemetryd"), "spool", "tail", "-f", "cloud", "-n", "1", "-c", self.file],
            stdout=subprocess.PIPE, env=clean_environment())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        self.assertEqual(json.loads(process.stdout.readline())["value"], EVENTS - 1)
        agent = self.agent(self.file)
        Feeder(agent.process.stdin, range(500, 503))
        got = [json.loads(process.stdout.readline())["value"] for _ in range(3)]
        self.assertEqual(got, [500, 501, 502])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 0)


class Import(Commands):
    def test_what_isstreamer_missed_arrives_with_its_times(self):
        missed = self.write("err_missed_events.txt", MISSED)
        result = self.spool("import", missed, "--uplink", "cloud", status=INPUT_OUTPUT)
        self.assertIn("imported 4 events, refused 2", result.stdout)
        self.assertIn(f"{missed}:3: n: its value is null or no finite number", result.stderr)
        self.assertIn(f"{missed}:4: ", result.stderr)
        self.assertIn("cloud: ", self.spool("verify", "cloud").stdout)
        self.deliver()
        records = self.receiver_.records()
        self.assertEqual([r["data"] for r in records], [0, 1, 2, 3])
        self.assertEqual([r["epoch"] for r in records],
                         [1700000000.25, 1700000001, 1700000002, 1700000003.1234567])
        self.assertEqual([r["seq"] for r in records], [1, 2, 3, 4])
        self.assertEqual({(r["device"], r["boot"][:7]) for r in records}, {("bench", "import-")})

    def test_an_offline_csv_keeps_its_values(self):
        rows = [("n", 1), ("t", 21.5), ("text", 'a "quoted", b\r\nc'), ("on", True), ("empty", "")]
        path = self.path("isstreamer_out.csv.csv")
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows((EPOCH, key, value) for key, value in rows)
        result = self.spool("import", path, "--uplink", "dashboard")
        self.assertIn("imported 5 events, refused 0", result.stdout)
        self.deliver()
        self.assertEqual([(e["key"], e["value"]) for e in self.receiver_.events()], rows)
        self.assertEqual({e["epoch"] for e in self.receiver_.events()}, {EPOCH})

    def test_what_was_exported_or_carried_over_keeps_its_name(self):
        self.fill()
        with open(self.path("lines"), "w", encoding="utf-8") as file:
            file.write(self.spool("export", "cloud").stdout)
        [segment] = self.segments("cloud")
        shutil.move(segment, self.path("carried.jsonl"))
        expected = [(e["device"], e["boot"], e["seq"], e["value"]) for e in
                    map(json.loads, open(self.path("lines"), encoding="utf-8"))]
        shutil.rmtree(self.state)
        for name in ("lines", "carried.jsonl"):
            result = self.spool("import", self.path(name), "--uplink", "cloud")
            self.assertIn(f"imported {EVENTS} events, refused 0", result.stdout)
        self.deliver()
        got = [(r["device"], r["boot"], r["seq"], r["data"]) for r in self.receiver_.records()]
        self.assertEqual(got, expected + expected)

    def test_imported_events_come_behind_those_that_wait(self):
        self.fill()
        path = self.write("late.csv", f"{EPOCH},n,{EVENTS}\n")
        self.spool("import", path, path, "--uplink", "cloud")
        self.deliver()
        self.assertEqual(self.receiver_.values(), [*range(EVENTS), EVENTS, EVENTS])

    def test_a_running_agent_is_not_disturbed(self):
        agent = self.agent(self.file)
        agent.status()
        path = self.write("late.csv", f"{EPOCH},n,1\n")
        result = self.spool("import", path, "--uplink", "cloud", status=UNAVAILABLE)
        self.assertIn("another telemetryd (pid ", result.stderr)
        self.assertEqual(self.segments("cloud"), [])

    def test_mistakes_are_told_and_leave_nothing(self):
        path = self.write("late.csv", f"{EPOCH},n,1\n")
        self.assertIn("cloud, dashboard",
                      self.spool("import", path, "--uplink", "clod", status=USAGE).stderr)
        self.spool("import", path, status=USAGE)
        self.spool("import", self.path("none"), "--uplink", "cloud", status=INPUT_OUTPUT)
        big = self.write("big.csv", "".join(f"{EPOCH},n,{n}\n" for n in range(30_000)))
        result = self.spool("import", big, "--uplink", "cloud", status=INPUT_OUTPUT)
        self.assertIn("limit is 1M", result.stderr)
        self.assertIn("nothing of it was imported", result.stderr)
        self.assertEqual(self.spool_files("cloud"), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root can make files for others")
    def test_what_root_imports_belongs_to_the_agents_user(self):
        os.makedirs(self.state)
        os.chown(self.state, 65534, 65534)
        path = self.write("late.csv", f"{EPOCH},n,1\n")
        self.spool("import", path, "--uplink", "cloud")
        [segment] = self.segments("cloud")
        for made in (segment, os.path.dirname(segment), os.path.dirname(os.path.dirname(segment))):
            self.assertEqual(os.stat(made).st_uid, 65534, made)


class Replay(Commands):
    def setUp(self):
        super().setUp()
        self.csv = self.write("saved.csv", "".join(f"{EPOCH},n,{n}\r\n" for n in range(2000)))

    def test_a_file_is_sent_beside_the_running_agent_and_once_only(self):
        self.receiver_.faults()
        agent = self.agent(self.file)
        agent.status()
        result = self.spool("replay", self.csv, "--uplink", "cloud")
        self.assertIn("2000 accepted, 0 rejected, 0 refused, nothing left", result.stdout)
        self.assert_complete(self.receiver_.values(), range(2000))
        self.assertEqual([r["seq"] for r in self.receiver_.records()], list(range(1, 2001)))
        result = self.spool("replay", self.csv, "--uplink", "cloud")
        self.assertIn("all of it was sent before (2000 accepted", result.stdout)
        self.assertEqual(len(self.receiver_.values()), 2000)
        result = self.spool("replay", self.csv, "--uplink", "dashboard", status=INPUT_OUTPUT)
        self.assertIn("through cloud", result.stderr)
        self.spool("replay", self.csv, "--uplink", "cloud", "--again")
        self.assertEqual(len(self.receiver_.values()), 4000)

    def test_ctrl_c_ends_it_and_the_next_run_goes_on(self):
        # Sixteen requests of one record, by which the service gets known, the rest of that group of
        # 500 and a second one pass; then the service stumbles.
        self.receiver_.faults({"kind": "status", "code": 503, "after": 18})
        process = subprocess.Popen(
            [os.path.join(BIN, "telemetryd"), "spool", "replay", self.csv, "--uplink", "cloud", "-c",
             self.file], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment())
        self.assertIn("trying again until Ctrl-C", process.stderr.readline())
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, UNAVAILABLE)
        self.assertIn("1000 accepted", output)
        self.assertRegex(output, r"[1-9]\d* bytes left")
        self.receiver_.faults()
        result = self.spool("replay", self.csv, "--uplink", "cloud")
        self.assertIn("going on at line 1001", result.stdout)
        self.assertIn("1000 accepted", result.stdout)
        self.assert_complete(self.receiver_.values(), range(2000))

    def test_faults_on_the_way_cost_nothing(self):
        self.receiver_.faults(
            {"kind": "throttle-records", "code": "ProvisionedThroughputExceededException",
             "probability": 0.3, "count": 300},
            {"kind": "reset-before", "count": 1})
        self.spool("replay", self.csv, "--uplink", "cloud")
        self.assertEqual(sorted(self.receiver_.values()), list(range(2000)))

    def test_what_the_service_will_never_take_is_kept(self):
        self.receiver_.faults()
        path = self.write("mixed.csv", f"{EPOCH},n,1\n{EPOCH},n,{'x' * 3000}\n{EPOCH},n,3\nnonsense\n")
        result = self.spool("replay", path, "--uplink", "dashboard", status=INPUT_OUTPUT)
        self.assertIn("2 accepted, 1 rejected, 1 refused", result.stdout)
        self.assertIn(f"{path}:4: ", result.stderr)
        self.assertEqual([e["value"] for e in self.receiver_.events()], [1, 3])
        with open(path + ".rejected.jsonl", encoding="utf-8") as file:
            [kept] = map(json.loads, file)
        self.assertEqual(kept["event"]["value"], "x" * 3000)
        # And it can be sent again itself, once it may pass.
        result = self.spool("replay", path + ".rejected.jsonl", "--uplink", "cloud")
        self.assertEqual(self.receiver_.values(), ["x" * 3000])

    def test_a_dry_run_sends_nothing(self):
        result = self.spool("replay", self.csv, "--uplink", "cloud", "--dry-run")
        self.assertIn("2000 events to send, 0 refused; nothing was sent", result.stdout)
        self.assertFalse(os.path.exists(self.csv + ".sent"))

    def test_a_quarantined_segment_gives_what_is_proven_in_it(self):
        self.fill()
        [segment] = self.segments("cloud")
        with open(segment, "rb") as file:
            text = file.read()
        with open(segment, "wb") as file:
            file.write(text.replace(b'"value":5,', b'"value":6,'))
        self.receiver_.faults()
        result = self.spool("replay", segment, "--uplink", "cloud", "--dry-run", status=INPUT_OUTPUT)
        self.assertIn("waits in the spool", result.stderr)
        os.rename(segment, segment + ".corrupt")
        result = self.spool("replay", segment + ".corrupt", "--uplink", "cloud", status=INPUT_OUTPUT)
        self.assertRegex(result.stderr, r"corrupt:\d+: a batch that its commit does not prove")
        proven = self.receiver_.values()
        self.assertNotIn(5, proven)
        self.assertLess(len(proven), EVENTS)
        self.spool("replay", segment + ".corrupt", "--uplink", "cloud", "--again", "--unproven")
        self.assertEqual(len(self.receiver_.values()), len(proven) + EVENTS)

    def test_the_running_agents_own_segments_are_left_to_it(self):
        self.fill()
        agent = self.agent(self.file)
        agent.status()
        [segment, *_] = self.segments("cloud")
        link = self.path("link.jsonl")
        os.symlink(segment, link)
        for path in (segment, link):
            result = self.spool("replay", path, "--uplink", "cloud", status=UNAVAILABLE)
            self.assertIn("running agent's spool", result.stderr)


class Drop(Commands):
    def setUp(self):
        super().setUp()
        self.fill()

    def test_it_asks_and_tells_how_many(self):
        status, output, seen = with_terminal("spool", "drop", "cloud", "-c", self.file, answer="n\n")
        self.assertEqual(status, 0)
        self.assertIn(f"Drop these {EVENTS} events?", seen)
        self.assertIn("nothing was dropped", output)
        self.assertTrue(self.segments("cloud"))
        status, output, _ = with_terminal("spool", "drop", "cloud", "-c", self.file, answer="y\n")
        self.assertIn(f"dropped {EVENTS} events", output)
        self.assertEqual(self.segments("cloud"), [])
        self.assertTrue(self.segments("dashboard"))

    def test_without_a_terminal_it_needs_a_yes(self):
        self.assertIn("--yes", self.spool("drop", status=USAGE).stderr)
        self.assertTrue(self.segments("cloud"))
        self.assertIn(f"dropped {2 * EVENTS} events", self.spool("drop", "--yes").stdout)
        self.assertIn("nothing to drop", self.spool("drop", "--yes").stdout)
        self.deliver()
        [gap] = self.receiver_.records()
        self.assertEqual(gap["sensorId"], "telemetryd_gap")
        self.assertEqual(json.loads(gap["data"])["cause"], "removed")
        self.assertEqual(json.loads(gap["data"])["count"], EVENTS)

    def test_age_and_name_choose_segments(self):
        self.assertIn("nothing to drop", self.spool("drop", "--yes", "--before", "1h").stdout)
        self.assertIn("nothing to drop",
                      self.spool("drop", "--yes", "--before", str(EPOCH)).stdout)
        self.assertIn("allowed are", self.spool("drop", "--yes", "--before", "1w", status=USAGE).stderr)
        [segment] = self.segments("cloud")
        self.spool("drop", "cloud", "--yes", "--before", str(time.time() + 10), "--segment",
                   os.path.basename(segment))
        self.assertEqual(self.segments("cloud"), [])

    def test_a_running_agent_keeps_its_events_but_not_what_was_set_aside(self):
        [segment] = self.segments("cloud")
        shutil.copy(segment, segment.replace("/00", "/01") + ".corrupt")
        agent = self.agent(self.file)
        agent.status()
        self.assertIn("another telemetryd (pid ", self.spool("drop", "--yes", status=UNAVAILABLE).stderr)
        self.assertIn(f"dropped {EVENTS} events",
                      self.spool("drop", "--yes", "--quarantined").stdout)
        self.assertTrue(self.segments("cloud"))


class Progress(Commands):
    def test_long_work_shows_a_bar_that_goes_away(self):
        rows = "".join(f"{EPOCH},n,{n}\n" for n in range(6000))
        path = self.write("saved.csv", rows + "nonsense\n")
        self.receiver_.faults({"kind": "latency", "ms": 350})  # 12 groups
        status, output, seen = with_terminal(
            "spool", "replay", path, "--uplink", "cloud", "-c", self.file)
        self.assertEqual(status, INPUT_OUTPUT)
        self.assertIn("6000 accepted", output)
        bars = re.findall(r"\r(sending [^\r\n]*?)\x1b\[K", seen)
        self.assertGreaterEqual(len(bars), 2, seen)
        for bar in bars:
            self.assertRegex(bar, r"\d+%  .*/s  .* left")
            self.assertLess(len(bar), 80)
        self.assertRegex(seen, r"\r\x1b\[K$|\r\x1b\[K[^\r]*\r?\n")

    def test_no_terminal_and_short_work_show_none(self):
        path = self.write("saved.csv", f"{EPOCH},n,1\n")
        self.receiver_.faults()
        _, _, seen = with_terminal("spool", "replay", path, "--uplink", "cloud", "-c", self.file)
        self.assertEqual(seen, "")
        self.receiver_.faults({"kind": "latency", "ms": 2500})
        result = self.spool("replay", path, "--uplink", "cloud", "--again")
        self.assertEqual(result.stderr, "")


if __name__ == "__main__":
    unittest.main()
