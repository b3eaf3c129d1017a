"""Secrets are used and never shown."""

import os
import unittest

from bench import LINES, Bench, Feeder, buffer, initial_state, kinesis, telemetryd, until

SECRETS = [f"hush-{name}-5e1c0d7a9b" for name in ["aws", "token", "initialstate", "proxy"]]
AWS, TOKEN, ACCESS_KEY, PROXY = SECRETS


class Secrets(Bench):
    def test_no_secret_is_shown_anywhere(self):
        # Services that repeat what they were sent, as error pages do.
        receiver = self.receiver()
        receiver.faults(
            {"kind": "status", "code": 403, "only": "kinesis",
             "body": f'{{"__type":"AccessDeniedException","message":"{AWS} {TOKEN}"}}'},
            {"kind": "status", "code": 403, "only": "initialstate",
             "body": f'{{"message":"{ACCESS_KEY} is no key"}}'})
        with open(self.path("key"), "w", encoding="utf-8") as file:
            file.write(ACCESS_KEY + "\n")
        # The receiver stands in for the proxy too: it answers whatever is asked of it.
        proxy = receiver.url.replace("http://", f"http://me:{PROXY}@")
        ini = self.ini(
            kinesis(receiver.url, secret=AWS, more=f"session_token = {TOKEN}"),
            initial_state(receiver.url, key="@key"),
            kinesis("http://kinesis.invalid", name="proxied", secret=AWS,
                    more=f"session_token = {TOKEN}\nproxy = {proxy}"),
            buffer(durability="spool"), LINES, general="grace = 0")
        agent = self.agent(ini, arguments=["--verbose"])
        Feeder(agent.process.stdin, range(100))
        for name in ["cloud", "dashboard", "proxied"]:
            until(lambda: agent.uplink(name)["last_error"], f"an error of {name}")
        shown = {
            "status --json": telemetryd("status", "--json", "-c", ini),
            "status": telemetryd("status", "-c", ini),
            "check": telemetryd("check", "-c", ini),
            "spool ls": telemetryd("spool", "ls", "-c", ini),
            "spool cat": telemetryd("spool", "cat", "-c", ini),
            "spool verify": telemetryd("spool", "verify", "-c", ini),
        }
        shown = {name: result.stdout + result.stderr for name, result in shown.items()}
        with open(f"/proc/{agent.process.pid}/cmdline", encoding="utf-8") as file:
            shown["cmdline"] = file.read()
        self.assertEqual(agent.terminate(), 0)
        shown["stderr"] = agent.stderr
        for folder, _, names in os.walk(self.state):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, encoding="utf-8", errors="replace") as file:
                        shown[path] = file.read()
        self.assertGreater(len(shown), 10, "the spool's files are not among what was looked at")
        for place, text in shown.items():
            for secret in SECRETS:
                self.assertNotIn(secret, text, place)

    def test_a_mistake_beside_a_secret_does_not_show_it(self):
        ini = self.ini(
            kinesis("http://127.0.0.1:9", secret=AWS, more="timeout = " + "never"),
            initial_state("http://127.0.0.1:9", key="two words " + ACCESS_KEY),
            LINES, f"proxy = http://me:{PROXY}@x", f"[uplink.secret_access_key {TOKEN}]")
        result = telemetryd("check", "-c", ini)
        self.assertEqual(result.returncode, 78)
        for secret in [AWS, ACCESS_KEY, PROXY]:
            self.assertNotIn(secret, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
