"""`telemetryd kinesis ..`: streams and records from the command line, against the receiver."""

import json
import os
import pty
import re
import select
import subprocess
import time

from bench import BIN, KEY_ID, SECRET, Bench, clean_environment, initial_state, kinesis, unused_url

USAGE, BAD_DATA, UNAVAILABLE, CANNOT_CREATE, DENIED, CONFIGURATION = 64, 65, 69, 73, 77, 78
REGION = "eu-west-1"
# Seconds for which the receiver's streams are being created and deleted.
CHANGE = 3
HASHES = 2 ** 128


class Commands(Bench):
    """Runs `telemetryd kinesis`, with keys in its environment."""

    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    url = None

    def run_kinesis(self, *arguments, stdin=None, where=True, more=None, keys=None):
        place = ["--endpoint", self.url, "--region", REGION] if where else []
        return subprocess.run(
            [os.path.join(BIN, "telemetryd"), "kinesis", *arguments[:1], *place, *arguments[1:]],
            input=stdin if stdin is not None else b"", capture_output=True, timeout=120, check=False,
            env={**clean_environment(), **(self.keys if keys is None else keys), **(more or {})})

    def kinesis(self, *arguments, status=0, **more):
        """Standard output, and what was said on standard error."""
        result = self.run_kinesis(*arguments, **more)
        said = result.stderr.decode(errors="replace")
        self.assertEqual(result.returncode, status, f"{arguments}: {result.stdout!r} {said}")
        self.assertNotIn(SECRET, said + result.stdout.decode(errors="replace"))
        return result.stdout.decode(), said

    def at_terminal(self, *arguments, answer=None):
        """The same at a terminal of 80 columns: status, standard output, what the terminal showed."""
        main, terminal = pty.openpty()
        process = subprocess.Popen(
            [os.path.join(BIN, "telemetryd"), "kinesis", *arguments, "--endpoint", self.url,
             "--region", REGION],
            stdin=terminal, stdout=subprocess.PIPE, stderr=terminal,
            env={**clean_environment(), **self.keys})
        os.close(terminal)
        seen, answered, end = b"", answer is None, time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([main], [], [], 0.1)[0]:
                try:
                    seen += os.read(main, 65536)
                except OSError:  # the terminal's last user is gone
                    break
                if not answered and b"[y/N]" in seen:
                    os.write(main, answer.encode())
                    answered = True
            elif process.poll() is not None:
                break
        with process.stdout:
            output = process.stdout.read().decode()
        status = process.wait(60)
        os.close(main)
        return status, output, seen.decode(errors="replace")


class AgainstTheReceiver(Commands):
    def start(self, *arguments, change=0):
        self.receiver_ = self.receiver(
            "--secret", f"{KEY_ID}={SECRET}", "--stream", "readings", "--stream-change", str(change),
            *arguments)
        self.url = self.receiver_.url

    def test_a_stream_is_made_waited_for_shown_and_deleted(self):
        self.start(change=CHANGE)
        began = time.monotonic()
        output, said = self.kinesis("create-stream", "green", "--shards", "4")
        self.assertGreaterEqual(time.monotonic() - began, CHANGE - 0.1)
        self.assertRegex(output, r"^stream green is ACTIVE after [3-9] s: 4 shards\n$")
        self.assertEqual(said, "", "a progress line where there is no terminal")
        output, _ = self.kinesis("describe-stream", "green")
        table = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in output.splitlines())
        self.assertEqual(
            {name: table[name] for name in ("stream", "status", "mode", "open shards", "retention")},
            {"stream": "green", "status": "ACTIVE", "mode": "provisioned", "open shards": "4",
             "retention": "24 h (1 day)"})
        output, _ = self.kinesis("delete-stream", "green", "--yes")
        self.assertEqual(output, "stream green is gone\n")
        _, said = self.kinesis("describe-stream", "green", status=UNAVAILABLE)
        self.assertIn("ResourceNotFound", said)

    def test_no_wait_does_not_wait(self):
        self.start(change=60)
        began = time.monotonic()
        output, _ = self.kinesis("create-stream", "green", "--on-demand", "--no-wait")
        self.assertEqual(output, "stream green is being created\n")
        summary = json.loads(self.kinesis("describe-stream", "green", "--json")[0])
        summary = summary["StreamDescriptionSummary"]
        self.assertEqual(
            (summary["StreamStatus"], summary["StreamModeDetails"]),
            ("CREATING", {"StreamMode": "ON_DEMAND"}))
        output, _ = self.kinesis("delete-stream", "readings", "--yes", "--no-wait", "--json")
        self.assertEqual(json.loads(output), {"StreamName": "readings"})
        self.assertLess(time.monotonic() - began, 30)

    def test_a_stream_that_is_not_there_in_time_is_no_success(self):
        self.start(change=60)
        _, said = self.kinesis(
            "create-stream", "green", "--shards", "1", "--timeout", "1s", status=UNAVAILABLE)
        self.assertIn("still CREATING after 1s", said)
        _, said = self.kinesis("delete-stream", "readings", "--yes", "--timeout", "1s",
                               status=UNAVAILABLE)
        self.assertIn("still DELETING after 1s", said)
        _, said = self.kinesis("create-stream", "readings", "--shards", "1", status=UNAVAILABLE)
        self.assertIn("stream readings is DELETING", said)
        self.kinesis("delete-stream", "readings", "--yes", "--no-wait")  # it is on its way

    def test_a_stream_that_exists_is_a_success_when_it_is_as_wanted(self):
        self.start("--shards", "2")
        output, _ = self.kinesis("create-stream", "readings", "--shards", "2")
        self.assertEqual(output, "stream readings exists already: ACTIVE, 2 shards\n")
        for wanted in (["--shards", "3"], ["--on-demand"]):
            _, said = self.kinesis("create-stream", "readings", *wanted, status=CANNOT_CREATE)
            self.assertIn("exists already, but otherwise: 2 shards", said)

    def test_a_lost_answer_to_create_or_delete_is_no_failure(self):
        self.start()
        self.receiver_.faults({"kind": "reset-after", "count": 1})
        self.kinesis("create-stream", "green", "--shards", "2")
        self.receiver_.faults({"kind": "reset-after", "count": 1})
        self.kinesis("delete-stream", "readings", "--yes")
        names = json.loads(self.kinesis("list-streams", "--json")[0])["StreamNames"]
        self.assertEqual(names, ["green"])

    def test_the_person_is_asked_and_sees_what_goes_on(self):
        self.start(change=CHANGE)
        status, _, seen = self.at_terminal("create-stream", "green", "--shards", "1")
        self.assertEqual(status, 0)
        self.assertRegex(seen, r"\rcreating stream green: CREATING, 1 s of at most 5m\x1b\[K")
        self.assertTrue(seen.endswith("\r\x1b[K"), "the progress line is left behind")
        status, output, seen = self.at_terminal("delete-stream", "green", answer="n\n")
        self.assertEqual((status, output), (1, ""))
        self.assertIn("ACTIVE", seen)
        self.assertIn("nothing was deleted", seen)
        status, output, seen = self.at_terminal("delete-stream", "green", answer="y\n")
        self.assertEqual((status, output), (0, "stream green is gone\n"))
        self.assertIn("deleting stream green: DELETING", seen)

    def test_nobody_is_asked_where_nobody_is(self):
        self.start()
        _, said = self.kinesis("delete-stream", "readings", status=USAGE)
        self.assertIn("--yes", said)
        self.kinesis("describe-stream", "readings")

    def test_lists_go_on_to_their_last_page(self):
        names = [f"s{number:03}" for number in range(250)]
        self.start("--shards", "2500", *(w for name in names for w in ("--stream", name)))
        output, _ = self.kinesis("list-streams", "--json")
        self.assertEqual(json.loads(output)["StreamNames"], ["readings"] + names)
        lines = self.kinesis("list-streams")[0].splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["STREAM", "readings"] + names)
        shards = json.loads(self.kinesis("shards", "readings", "--json")[0])["Shards"]
        self.assertEqual(len(shards), 2500)
        lines = self.kinesis("shards", "readings")[0].splitlines()
        self.assertEqual(len(lines), 2501)
        self.assertEqual(lines[1].split()[1:4], ["open", "0.04", "%"])

    def test_a_record_goes_where_its_key_says(self):
        self.start("--shards", "150")
        # The shards of these keys are in the documentation of the consumer library.
        for key, shard in (("1", 115), ("2", 117)):
            output, _ = self.kinesis("put", "readings", key, '{"n": 1}')
            self.assertRegex(output, rf"^shardId-{shard:012} \d{{56}}\n$")
        output, _ = self.kinesis(
            "put", "readings", "1", "x", "--explicit-hash-key", str(HASHES - 1), "--json")
        self.assertEqual(json.loads(output)["ShardId"], "shardId-000000000149")
        self.assertEqual(
            [(e["partitionKey"], e.get("data") or e.get("dataBase64"))
             for e in self.receiver_.entries()][:2], [("1", {"n": 1}), ("2", {"n": 1})])

    def test_standard_input_is_one_record_or_one_a_line(self):
        self.start()
        self.kinesis("put", "readings", "k", "-", stdin=b'{"all": "of it"}')
        lines = b"".join(b'{"n":%d}\n' % n for n in range(1200)) + b'{"n":1200}'
        output, _ = self.kinesis("put", "readings", "k", "-", "--lines", stdin=lines)
        self.assertEqual(len(output.splitlines()), 1201)
        records = self.receiver_.records()
        self.assertEqual(records[0], {"all": "of it"})
        self.assertEqual([r["n"] for r in records[1:]], list(range(1201)))
        numbers = [line.split()[1] for line in output.splitlines()]
        self.assertEqual(numbers, sorted(numbers), "not in the order of the input")

    def test_exactly_the_failed_records_are_sent_again(self):
        self.start()
        self.receiver_.faults(
            {"kind": "throttle-records", "probability": 0.3, "code": "InternalFailure"},
            {"kind": "status", "code": 500, "probability": 0.3})
        lines = b"".join(b'{"n":%d}\n' % n for n in range(300))
        output, _ = self.kinesis("put", "readings", "k", "-", "--lines", "--json", stdin=lines)
        self.assertEqual(sorted(r["n"] for r in self.receiver_.records()), list(range(300)))
        # Each line of the output is the place of the line of the input.
        by_number = {e["sequenceNumber"]: e["data"]["n"] for e in self.receiver_.entries()}
        told = [json.loads(line)["SequenceNumber"] for line in output.splitlines()]
        self.assertEqual([by_number[number] for number in told], list(range(300)))

    def test_a_service_that_never_takes_it_ends_the_try(self):
        self.start()
        self.receiver_.faults(
            {"kind": "throttle-records", "code": "ProvisionedThroughputExceededException"})
        began = time.monotonic()
        output, said = self.kinesis(
            "put", "readings", "k", "-", "--lines", "--timeout", "2s", "--json", stdin=b"1\n2\n",
            status=UNAVAILABLE)
        self.assertLess(time.monotonic() - began, 30)
        self.assertIn("line 1: ProvisionedThroughputExceeded", said)
        self.assertIn("2 of 2 records were not stored", said)
        self.assertEqual(
            [json.loads(line)["ErrorCode"] for line in output.splitlines()],
            ["ProvisionedThroughputExceededException"] * 2)

    def test_what_no_stream_takes_is_said_and_the_others_are_stored(self):
        self.start()
        output, said = self.kinesis(
            "put", "readings", "k", "-", "--lines", stdin=b'{"n":1}\n' + b"x" * (11 << 20)
            + b'\n{"n":3}\n', status=BAD_DATA)
        self.assertIn("line 2: more bytes than any stream takes", said)
        self.assertEqual(len(output.splitlines()), 2)
        # Larger than this stream takes: the service's word.
        output, said = self.kinesis(
            "put", "readings", "k", "-", "--lines", stdin=b'{"n":4}\n' + b"x" * (2 << 20)
            + b'\n{"n":6}\n', status=BAD_DATA)
        self.assertRegex(said, "line 2: .*Validation")
        self.assertEqual([r["n"] for r in self.receiver_.records()], [1, 3, 4, 6])

    def test_errors_have_a_sentence_and_a_status(self):
        self.start()
        wrong = {**self.keys, "AWS_SECRET_ACCESS_KEY": "not-the-secret"}
        for arguments, status, text, more in (
                (["describe-stream", "nowhere"], UNAVAILABLE, "ResourceNotFound", {}),
                (["put", "nowhere", "k", "x"], UNAVAILABLE, "ResourceNotFound", {}),
                (["delete-stream", "nowhere", "--yes"], UNAVAILABLE, "ResourceNotFound", {}),
                (["list-streams"], DENIED, "InvalidSignature", {"keys": wrong}),
                (["put", "readings", "k", "x"], DENIED, "InvalidSignature", {"keys": wrong}),
                (["create-stream", "x", "--shards", "1"], DENIED, "InvalidSignature",
                 {"keys": wrong}),
                (["list-streams"], DENIED, "no AWS credentials", {"keys": {}}),
                (["create-stream", "x"], USAGE, "--shards N or --on-demand", {}),
                (["create-stream", "x", "--shards", "1", "--on-demand"], USAGE, "either", {}),
                (["create-stream", "x", "--shards", "0"], USAGE, "allowed: 1 to", {}),
                (["create-stream", "x y", "--shards", "1"], USAGE, "letters, digits", {}),
                (["put", "readings", "", "x"], USAGE, "1 to 256", {}),
                (["put", "readings", "k", "x", "--lines"], USAGE, "--lines", {}),
                (["put", "readings", "k", "x", "--explicit-hash-key", str(HASHES)], USAGE,
                 "2^128-1", {}),
                (["put", "readings", "k", "x", "--explicit-hash-key", "01"], USAGE, "2^128-1", {}),
                (["put", "readings", "k", "x", "--timeout", "soon"], USAGE, "e.g. 500ms", {}),
                (["shards", "arn:aws:kinesis:us-east-1:123456789012:stream/readings"], USAGE,
                 "region", {})):
            with self.subTest(arguments=arguments):
                _, said = self.kinesis(*arguments, status=status, **more)
                self.assertIn(text, said)
        self.url = unused_url()
        _, said = self.kinesis("list-streams", status=UNAVAILABLE)
        self.assertIn("connect", said)

    def test_the_ini_says_where_and_who(self):
        self.start()
        url, self.url = self.receiver_.url, None
        both = self.ini(kinesis(url), kinesis(unused_url(), name="other"), initial_state(url),
                        name="both.ini")
        one = self.ini(kinesis(url), initial_state(url), name="one.ini")
        ask = ["list-streams", "--json"]

        def listed(*more, **others):
            output, _ = self.kinesis(*ask, *more, where=False, keys={}, **others)
            return json.loads(output)["StreamNames"]

        self.assertEqual(listed("--config", one), ["readings"])
        self.assertEqual(listed("--config", both, "--uplink", "cloud"), ["readings"])
        self.assertEqual(
            listed("-c", both, "--uplink", "other", "--endpoint", url), ["readings"])
        for more, status, text in (
                (["--config", both], USAGE, "cloud, other"),
                (["--config", both, "--uplink", "dashboard"], USAGE, "kind initialstate"),
                (["--config", both, "--uplink", "nobody"], USAGE, "no uplink is called nobody"),
                (["--config", self.path("missing.ini")], CONFIGURATION, "missing.ini")):
            _, said = self.kinesis(*ask, *more, where=False, keys={}, status=status)
            self.assertIn(text, said)
        # The environment's region is enough without an ini; and nothing at all is not.
        self.kinesis("list-streams", "--endpoint", url, where=False,
                     more={"AWS_DEFAULT_REGION": REGION})
        if not os.path.exists("/etc/telemetryd/telemetryd.ini"):
            _, said = self.kinesis("list-streams", "--endpoint", url, where=False, status=USAGE)
            self.assertIn("which region?", said)

    def test_a_profile_gives_keys_and_region(self):
        self.start()
        shared = self.write(
            "credentials", f"[board]\naws_access_key_id = {KEY_ID}\n"
            f"aws_secret_access_key = {SECRET}\n")
        os.chmod(shared, 0o600)
        config = self.write("config", "[profile board]\nregion = eu-west-1\n")
        more = {"AWS_SHARED_CREDENTIALS_FILE": shared, "AWS_CONFIG_FILE": config}
        wrong = self.ini(kinesis(self.url, secret="not-the-secret"))
        for place in (["--endpoint", self.url], ["--config", wrong]):
            output, _ = self.kinesis(
                "list-streams", "--profile", "board", *place, where=False, keys={}, more=more)
            self.assertIn("readings", output)
        _, said = self.kinesis("list-streams", "--profile", "nobody", keys={}, more=more,
                               status=DENIED)
        self.assertIn("nobody", said)

    def test_an_arn_says_the_region(self):
        self.start()
        arn = "arn:aws:kinesis:eu-central-1:123456789012:stream/readings"
        output, _ = self.kinesis("describe-stream", arn, "--endpoint", self.url, where=False)
        self.assertIn("ACTIVE", output)
