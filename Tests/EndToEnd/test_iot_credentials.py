"""The AWS IoT credentials provider, by mutual TLS, and keys that are good for seconds."""

import os
import time
import unittest

from bench import FULL, LINES, Bench, Feeder, buffer, spool, telemetryd, until
from iot_endpoint import Authority, IoTEndpoint

# Seconds for which keys are lent: they are renewed after half of them, and not before ten seconds.
LIFETIME = 20
RATE = 500
# Seconds of load: so many renewals come into them.
LOAD = 120 if FULL else 35
# The longest that delivery may pause when the machine has other work to do: far less than an
# endpoint's answer of three seconds, and batches go out every 200 ms.
PAUSE = 1.5


class IoTCredentials(Bench):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "authority")
        self.certificate, self.key = self.authority.certificate("device")
        # Any other key than those that are lent is refused.
        self.receiver = self.receiver("--secret", "NOBODY=nothing")

    def endpoint(self, lifetime=LIFETIME):
        endpoint = IoTEndpoint(self.authority, self.receiver, lifetime)
        self.addCleanup(endpoint.stop)
        return endpoint

    def uplink(self, endpoint, **options):
        options = {
            "kind": "kinesis", "stream": "readings", "region": "eu-west-1",
            "endpoint": self.receiver.url, "credentials": "iot", "iot_endpoint": endpoint.address,
            "iot_role_alias": "greenhouse", "iot_thing_name": "pi-7",
            "iot_certificate": self.certificate, "iot_private_key": self.key,
            "iot_ca_file": self.authority.pem, **options}
        return "[uplink.cloud]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())

    def until_told(self, agent, *words):
        """Until a person is told so by the status, in these words."""
        def is_told():
            error = agent.uplink()["last_error"] or ""
            return all(word in error for word in words)
        until(is_told, f"an error with {words}")

    def assert_all_arrive(self, agent, count):
        until(lambda: len(self.receiver.records()) >= count, "all records")
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(self.receiver.values(), range(count))

    def gaps(self):
        """Seconds between the requests that were accepted, and when each gap began."""
        moments = sorted({entry["at"] for entry in self.receiver.entries()})
        return [(after - before, before) for before, after in zip(moments, moments[1:])]


class FirstFetch(IoTCredentials):
    def test_a_device_sends_with_what_its_certificate_borrows(self):
        endpoint = self.endpoint()
        agent = self.agent(self.ini(self.uplink(endpoint), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        self.assert_all_arrive(agent, 100)
        self.assertEqual(len(endpoint.lent), 1)
        lent = endpoint.lent[0]
        self.assertEqual((lent["client"], lent["thing"], lent["asked"]),
                         ("device", "pi-7", "localhost"))
        self.assertEqual(self.receiver.stats()["refusedRequests"], 0)

    def test_a_refused_certificate_is_named_and_a_good_one_is_taken_up(self):
        endpoint = self.endpoint()
        other = Authority(self.folder, "other").certificate("stranger")
        good = self.authority.certificate("renewed")
        agent = self.agent(self.ini(
            self.uplink(endpoint, iot_certificate=other[0], iot_private_key=other[1]),
            buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        self.until_told(agent, "IoT role alias greenhouse", "refuses the certificate", other[0])
        self.assertEqual(self.receiver.records(), [])
        for new, old in zip(good, other):
            os.replace(new, old)
        self.assert_all_arrive(agent, 100)
        self.assertEqual(endpoint.lent[0]["client"], "renewed")

    def test_an_inactive_certificate_is_told_with_what_it_needs(self):
        endpoint = self.endpoint()
        endpoint.inactive.add("device")
        agent = self.agent(self.ini(self.uplink(endpoint), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        self.until_told(agent, "HTTP 403: Access Denied", "iot:AssumeRoleWithCertificate")
        self.assertEqual(agent.uplink()["state"], "holding")
        endpoint.inactive.clear()
        self.assert_all_arrive(agent, 100)

    def test_an_unknown_role_alias_is_named_and_events_wait_for_it(self):
        endpoint = self.endpoint()
        agent = self.agent(self.ini(
            self.uplink(endpoint, iot_role_alias="new-alias"), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        self.until_told(
            agent, "HTTP 404: Role alias does not exist", "is there a role alias new-alias")
        self.assertEqual(agent.uplink()["state"], "holding")
        endpoint.aliases.add("new-alias")
        self.assert_all_arrive(agent, 100)

    def test_an_endpoint_of_another_authority_is_not_trusted(self):
        endpoint = self.endpoint()
        other = Authority(self.folder, "other")
        agent = self.agent(self.ini(
            self.uplink(endpoint, iot_ca_file=other.pem), buffer(), LINES))
        Feeder(agent.process.stdin, range(100))
        self.until_told(agent, endpoint.address, "certificate problem")
        self.assertEqual(endpoint.requests, 0, "requests that were made all the same")
        os.replace(self.authority.pem, other.pem)
        self.assert_all_arrive(agent, 100)

    def test_a_key_of_another_certificate_is_named(self):
        endpoint = self.endpoint()
        _, key = self.authority.certificate("next")
        agent = self.agent(self.ini(
            self.uplink(endpoint, iot_private_key=key), buffer(), LINES))
        Feeder(agent.process.stdin, range(10))
        self.until_told(agent, f"the private key {key}", "does not belong to", self.certificate)
        os.replace(self.key, key)
        self.assert_all_arrive(agent, 10)


class Renewal(IoTCredentials):
    def check_load(self, delay):
        endpoint = self.endpoint()
        # All are of one key, and need no care for its order here: they go out in large requests.
        agent = self.agent(self.ini(
            self.uplink(endpoint, order="any"), buffer(capacity=RATE * LOAD), LINES))
        # The first keys come at once: what is measured is their renewal.
        feeder = Feeder(agent.process.stdin, range(RATE * LOAD), RATE)
        until(self.receiver.records, "the first records")
        endpoint.delay = delay
        feeder.join()
        until(lambda: len(self.receiver.records()) >= RATE * LOAD, "all records")
        longest, _ = max(self.gaps())
        if FULL:
            print(f"{len(endpoint.lent)} keys, the longest gap {longest:.3f} s")
        self.assertGreaterEqual(len(endpoint.lent), LOAD // LIFETIME + 1)
        self.assertLess(longest, PAUSE, "a pause in delivery")
        self.assertEqual(self.receiver.stats()["refusedRequests"], 0, "keys that had expired")
        self.assert_all_arrive(agent, RATE * LOAD)

    def test_keys_are_renewed_under_load_without_a_pause(self):
        self.check_load(delay=0)

    def test_nor_when_the_endpoint_takes_three_seconds(self):
        self.check_load(delay=3)


class Expiry(IoTCredentials):
    EVENTS, RATE, LIFETIME = 4000, 100, 14

    def test_an_endpoint_that_is_down_through_an_expiry_costs_no_event(self):
        endpoint = self.endpoint(self.LIFETIME)
        ini = self.ini(
            self.uplink(endpoint), buffer(capacity=300), spool(segment="64K", limit="16M"), LINES)
        agent = self.agent(ini, arguments=["--verbose"])
        feeder = Feeder(agent.process.stdin, range(self.EVENTS), self.RATE)
        until(self.receiver.records, "the first records")
        endpoint.stop()
        end = endpoint.lent[0]["end"]
        # Nothing is sent any more, and a person is told why.
        until(lambda: time.time() > end, "the keys' end")
        self.until_told(agent, "IoT role alias greenhouse", endpoint.address)
        until(lambda: agent.uplink()["in_spool"] > 300, "events that wait in the spool")
        before = self.receiver.entries()
        self.assertGreater(before[-1]["at"], end - 3, "it gave up long before the keys' end")
        self.assertLessEqual(before[-1]["at"], end, "it sent with keys that were over")
        self.assertEqual(self.receiver.stats()["refusedRequests"], 0)
        shown = self.shown(ini, agent)
        self.assertEqual(len(self.receiver.entries()), len(before), "it sent without keys")
        endpoint.start()
        until(lambda: len(self.receiver.entries()) > len(before), "delivery again")
        feeder.join()
        until(lambda: len(self.receiver.records()) >= self.EVENTS, "all records")
        self.assert_balanced(agent.status())
        self.assertGreaterEqual(len(endpoint.lent), 2)
        self.assertEqual(self.receiver.stats()["refusedRequests"], 0)
        self.assertEqual(agent.terminate(), 0)
        self.assert_complete(self.receiver.values(), range(self.EVENTS))
        shown["log"] = agent.stderr
        self.assert_no_secret(shown, endpoint)

    def shown(self, ini, agent):
        """All that others can see of the agent, by name."""
        shown = {}
        for command in [["status"], ["status", "--json"], ["check"], ["spool", "ls"],
                        ["spool", "cat"]]:
            result = telemetryd(*command, "-c", ini)
            shown[" ".join(command)] = result.stdout + result.stderr
        for name in ["cmdline", "environ"]:
            with open(f"/proc/{agent.process.pid}/{name}", encoding="utf-8") as file:
                shown[name] = file.read()
        for folder, _, names in os.walk(self.state):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, encoding="utf-8", errors="replace") as file:
                        shown[path] = file.read()
        self.assertTrue(any("/spool/" in name for name in shown), "no file of the spool")
        return shown

    def assert_no_secret(self, shown, endpoint):
        with open(self.key, encoding="utf-8") as file:
            hidden = [line for line in file.read().splitlines() if not line.startswith("-----")]
        for key in endpoint.lent:
            hidden += [key["secretAccessKey"], key["sessionToken"]]
        self.assertGreater(len(hidden), 4)
        for place, text in shown.items():
            for secret in hidden:
                self.assertNotIn(secret, text, place)


if __name__ == "__main__":
    unittest.main()
