"""Ways to the service: endpoints, certificates, connections, names, proxies."""

import os
import shutil
import socket
import ssl
import subprocess
import unittest

from bench import (
    KEY_ID, LINES, SECRET, Bench, Feeder, buffer, kinesis, telemetryd, unused_url, until)
from network import Authority, Front, Proxy, Socks, context

TLS1_1, TLS1_2, TLS1_3 = (
    ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
USER, PASSWORD = "board", "pass-of-the-proxy-7d1f"
LOGIN = f"{USER}:{PASSWORD}"


class Network(Bench):
    def setUp(self):
        super().setUp()
        self.signed = self.receiver("--secret", f"{KEY_ID}={SECRET}")

    def stopped_at_end(self, server):
        self.addCleanup(server.stop)
        return server

    def front(self, context=None, **more):
        return self.stopped_at_end(Front(self.signed.url, context, **more))

    def authority(self, name="authority"):
        return Authority(self.path(""), name)

    def fed(self, url, more="", count=100, **how):
        """An agent that was given events for the endpoint `url`."""
        agent = self.agent(self.ini(kinesis(url, more=more), buffer(), LINES), **how)
        Feeder(agent.process.stdin, range(count))
        return agent

    def until_all(self, count=100):
        until(lambda: len(self.signed.records()) >= count, "all records")
        self.assert_complete(self.signed.values(), range(count))
        self.assertEqual(self.signed.stats()["refusedRequests"], 0, "wrong signatures")

    def assert_held_until_mended(self, agent, words, mend):
        """Every event is kept, one line says why, and all arrive once it is mended."""
        until(lambda: words in (agent.uplink()["last_error"] or ""), f"'{words}'")
        uplink = agent.uplink()
        self.assertEqual(uplink["state"], "holding")
        self.assertEqual(uplink["in_memory"] + uplink["in_spool"], 100)
        lines = [line for line in agent.stderr.splitlines() if words in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertEqual(self.signed.records(), [])
        mend()
        self.until_all()
        self.assertEqual(agent.terminate(), 0)

    def in_place_of(self, files):
        """Words before a command, with which it sees these files or folders in place of others."""
        mounts = " && ".join(f"mount --bind {new} {old}" for old, new in files.items())
        before = ["unshare", "-m", "sh", "-c", mounts + ' && exec "$@"', "sh"]
        try:
            done = subprocess.run([*before, "true"], capture_output=True, text=True)
        except FileNotFoundError:
            self.skipTest("no unshare")
        if done.returncode != 0:
            self.skipTest(f"no mounts of one's own: {done.stderr}")
        return before


class Connections(Network):
    def one_by_one(self, agent, numbers, between=lambda: None):
        """Gives each event when the one before was accepted; so each has a request of its own."""
        for number in numbers:
            agent.process.stdin.write(b'{"key":"n","value":%d}\n' % number)
            agent.process.stdin.flush()
            until(lambda: len(self.signed.records()) > number, f"record {number}")
            between()

    def test_200_requests_take_one_connection_and_one_handshake(self):
        authority = self.authority()
        front = self.front(context(authority.issue("IP:127.0.0.1")))
        agent = self.agent(self.ini(
            kinesis(f"https://{front.authority}", more=f"ca_file = {authority.certificate}"),
            buffer(flush_size=1), LINES))
        self.one_by_one(agent, range(200))
        self.assertEqual(self.signed.stats()["requests"], 200)
        self.assertEqual((front.connections, front.handshakes), (1, 1))
        self.until_all(200)

    def test_connections_that_the_server_ends_between_requests_cost_no_failure(self):
        authority = self.authority()
        front = self.front(context(authority.issue("IP:127.0.0.1")))
        agent = self.agent(self.ini(
            kinesis(f"https://{front.authority}", more=f"ca_file = {authority.certificate}"),
            buffer(flush_size=1), LINES))

        def hang_up():
            # Not before the agent has its answer.
            accepted = len(self.signed.records())
            until(lambda: agent.uplink()["accepted"] == accepted, "an answer")
            front.hang_up()

        self.one_by_one(agent, range(20), hang_up)
        self.assertEqual(front.connections, 20)
        uplink = agent.uplink()
        self.assertEqual((uplink["retries"], uplink["last_error"]), (0, None))
        self.until_all(20)

    @unittest.skipUnless(socket.has_ipv6, "no IPv6 here")
    def test_an_endpoint_on_ipv6(self):
        try:
            front = self.front(host="::1")
        except OSError as error:
            self.skipTest(f"no IPv6 loopback: {error}")
        self.fed(f"http://{front.authority}")
        self.until_all()
        self.assertEqual(front.connections, 1)

    def test_a_name_that_does_not_resolve_is_waited_for(self):
        # Files of its own in place of /etc/hosts and /etc/resolv.conf, for the agent alone.
        hosts = self.write("hosts", "127.0.0.1 localhost\n")
        resolver = self.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        before = self.in_place_of({"/etc/hosts": hosts, "/etc/resolv.conf": resolver})
        port = self.signed.url.rpartition(":")[2]
        agent = self.fed(f"http://kinesis.invalid:{port}", before=before)
        until(lambda: agent.uplink()["retries"] >= 5, "five attempts")
        uplink = agent.uplink()
        self.assertEqual(uplink["state"], "retrying")
        self.assertIn("kinesis.invalid", uplink["last_error"])
        with open(hosts, "a", encoding="utf-8") as file:
            file.write("127.0.0.1 kinesis.invalid\n")
        # The longest wait between two attempts is 3 s, and one may be under way.
        until(self.signed.records, "records", seconds=4.5)
        self.until_all()


class Certificates(Network):
    def secure(self, certificate, **bounds):
        """A front with this certificate, and its URL."""
        shown = context(certificate, **bounds)
        front = self.front(shown)
        return front, shown, f"https://{front.authority}"

    def test_an_authority_of_ones_own_over_tls_1_2_and_1_3(self):
        authority = self.authority()
        certificate = authority.issue("IP:127.0.0.1")
        for number, version in enumerate([TLS1_2, TLS1_3]):
            front, _, url = self.secure(certificate, lowest=version, highest=version)
            agent = self.fed(url, f"ca_file = {authority.certificate}")
            until(lambda: agent.uplink()["accepted"] >= 100 * (number + 1), version.name)
            self.assertEqual(agent.terminate(), 0)
            self.assertEqual((front.handshakes, front.failures), (1, []))

    def test_tls_1_1_is_refused(self):
        authority = self.authority()
        front, shown, url = self.secure(
            authority.issue("IP:127.0.0.1"), lowest=TLS1_1, highest=TLS1_1)
        # So that it is the agent that refuses, and not Debian's settings of OpenSSL.
        lax = self.write(
            "openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
            "MinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n")
        asked = subprocess.run(
            ["openssl", "s_client", "-tls1_1", "-connect", front.authority], input="", text=True,
            capture_output=True, env={**os.environ, "OPENSSL_CONF": lax})
        self.assertIn("TLSv1.1", asked.stdout, "the server does not speak TLS 1.1 at all")
        agent = self.fed(
            url, f"ca_file = {authority.certificate}", environment={"OPENSSL_CONF": lax})

        def mend():
            shown.maximum_version = TLS1_2

        self.assert_held_until_mended(agent, "speaks no TLS 1.2 or later", mend)

    def test_another_authority_is_refused(self):
        right, wrong = self.authority("right"), self.authority("wrong")
        trusted = self.path("trusted.pem")
        shutil.copy(wrong.certificate, trusted)
        _, _, url = self.secure(right.issue("IP:127.0.0.1"))
        agent = self.fed(url, f"ca_file = {trusted}")
        self.assert_held_until_mended(
            agent, "certificate problem", lambda: shutil.copy(right.certificate, trusted))

    def test_a_missing_file_of_authorities_is_waited_for(self):
        right = self.authority("right")
        trusted = self.path("trusted.pem")
        _, _, url = self.secure(right.issue("IP:127.0.0.1"))
        agent = self.fed(url, f"ca_file = {trusted}")
        self.assert_held_until_mended(
            agent, trusted, lambda: shutil.copy(right.certificate, trusted))

    def test_ca_file_stands_in_place_of_the_systems_authorities(self):
        system, own = self.authority("system"), self.authority("own")
        folder = self.path("certs")
        os.mkdir(folder)
        shutil.copy(system.certificate, os.path.join(folder, "ca-certificates.crt"))
        subprocess.run(["openssl", "rehash", folder], check=True, capture_output=True)
        before = self.in_place_of({"/etc/ssl/certs": folder})
        _, shown, url = self.secure(system.issue("IP:127.0.0.1"))
        agent = self.fed(url, before=before)
        until(lambda: agent.uplink()["accepted"] == 100, "trust in the system's authorities")
        self.assertEqual(agent.terminate(), 0)
        agent = self.fed(url, f"ca_file = {own.certificate}", before=before)
        until(lambda: "certificate problem" in (agent.uplink()["last_error"] or ""), "a refusal")
        shown.load_cert_chain(own.issue("IP:127.0.0.1"))
        until(lambda: agent.uplink()["accepted"] == 200, "all accepted")

    def test_an_expired_certificate_is_refused(self):
        authority = self.authority()
        _, shown, url = self.secure(
            authority.issue("IP:127.0.0.1", "20250101000000Z", "20250201000000Z"))
        agent = self.fed(url, f"ca_file = {authority.certificate}")
        until(lambda: "has expired" in (agent.uplink()["last_error"] or ""), "a refusal")
        # A clock that no time service has set may be the one that is wrong.
        doubts = "the clock is not set" in agent.uplink()["last_error"]
        self.assertEqual(agent.uplink()["state"], "retrying" if doubts else "holding")
        self.assertEqual(self.signed.records(), [])
        shown.load_cert_chain(authority.issue("IP:127.0.0.1"))
        self.until_all()

    def test_a_certificate_of_another_host_is_refused(self):
        authority = self.authority()
        _, shown, url = self.secure(authority.issue("DNS:other.example"))
        agent = self.fed(url, f"ca_file = {authority.certificate}")
        self.assert_held_until_mended(
            agent, "target", lambda: shown.load_cert_chain(authority.issue("IP:127.0.0.1")))


class Proxies(Network):
    def setUp(self):
        super().setUp()
        self.certified = self.authority()
        self.secure = self.front(context(self.certified.issue("IP:127.0.0.1")))
        self.secure_url = f"https://{self.secure.authority}"
        self.trust = f"ca_file = {self.certified.certificate}\n"

    def proxy(self, login=None):
        return self.stopped_at_end(Proxy(login))

    def test_http_goes_through_the_proxy(self):
        proxy = self.proxy()
        self.fed(self.signed.url, f"proxy = http://{proxy.address}")
        self.until_all()
        self.assertEqual(set(proxy.asked), {self.signed.url + "/"})
        self.assertEqual(len(proxy.asked), self.signed.stats()["requests"])

    def test_https_goes_through_a_tunnel_that_is_kept_and_sees_no_key(self):
        proxy = self.proxy(LOGIN)
        agent = self.fed(self.secure_url, self.trust + f"proxy = http://{LOGIN}@{proxy.address}")
        self.until_all()
        self.assertGreater(self.signed.stats()["requests"], 1)
        self.assertEqual(proxy.tunnels, [self.secure.authority])
        self.assertEqual(self.secure.connections, 1)
        heads = [name.lower() for head in proxy.heads for name in head]
        self.assertIn("proxy-authorization", heads)
        self.assertNotIn("authorization", heads)
        self.assertEqual(agent.uplink()["retries"], 0)

    def test_a_proxy_that_speaks_tls(self):
        proxy = self.proxy(LOGIN)
        front = self.stopped_at_end(
            Front(proxy.address, context(self.certified.issue("IP:127.0.0.1"))))
        self.fed(self.secure_url, self.trust + f"proxy = https://{LOGIN}@{front.authority}")
        self.until_all()
        self.assertEqual(proxy.tunnels, [self.secure.authority])

    def test_the_environment_names_the_proxy(self):
        plain, secure = self.signed.url, self.secure_url
        for count, (name, url, ways) in enumerate([
            ("http_proxy", plain, "asked"), ("https_proxy", secure, "tunnels"),
            ("HTTPS_PROXY", secure, "tunnels"), ("all_proxy", plain, "asked"),
        ], 1):
            with self.subTest(name):
                proxy = self.proxy(LOGIN)
                agent = self.fed(
                    url, self.trust, environment={name: f"http://{LOGIN}@{proxy.address}"})
                until(lambda: len(self.signed.records()) >= 100 * count, "all records")
                self.assertEqual(agent.terminate(), 0)
                self.assertTrue(getattr(proxy, ways))

    def test_no_proxy_goes_past_it(self):
        self.fed(
            self.signed.url,
            environment={"http_proxy": unused_url(), "no_proxy": "x.example,127.0.0.1"})
        self.until_all()

    def test_no_proxy_goes_past_the_inis_too(self):
        self.fed(
            self.signed.url, f"proxy = {unused_url()}", environment={"no_proxy": "127.0.0.1"})
        self.until_all()

    def test_the_ini_comes_before_the_environment(self):
        proxy = self.proxy()
        self.fed(
            self.signed.url, f"proxy = {proxy.address}", environment={"http_proxy": unused_url()})
        self.until_all()
        self.assertTrue(proxy.asked)

    def test_what_is_no_proxy_is_told_by_check(self):
        ini = self.ini(kinesis(self.signed.url, more=f"proxy = ftp://{LOGIN}@h:1"), LINES)
        result = telemetryd("check", "-c", ini)
        self.assertEqual(result.returncode, 78)
        self.assertIn("uplink.cloud.proxy: is not a proxy's address", result.stderr)
        self.assertNotIn(PASSWORD, result.stdout + result.stderr)

    def assert_login_is_wanted(self, url, address, refuser, mend):
        wrong = f"{USER}:wrong-{PASSWORD}"
        agent = self.fed(url, self.trust + f"proxy = {address(wrong)}")
        with open(f"/proc/{agent.process.pid}/cmdline", encoding="utf-8") as file:
            self.assertNotIn(PASSWORD, file.read())
        self.assert_held_until_mended(
            agent, "the proxy asks for a user and a password", lambda: mend(wrong))
        self.assertGreater(refuser.refused, 0)
        shown = [agent.stderr, str(agent.try_status())]
        for path, _, names in os.walk(self.state):
            for name in names:
                with open(os.path.join(path, name), encoding="utf-8", errors="replace") as file:
                    shown.append(file.read())
        self.assertNotIn(PASSWORD, "".join(shown))

    def test_a_wrong_password_is_told_and_not_shown(self):
        proxy = self.proxy(LOGIN)
        self.assert_login_is_wanted(
            self.signed.url, lambda login: f"http://{login}@{proxy.address}", proxy,
            lambda login: setattr(proxy, "login", login))

    def test_a_wrong_password_for_a_tunnel_is_told_and_not_shown(self):
        proxy = self.proxy(LOGIN)
        self.assert_login_is_wanted(
            self.secure_url, lambda login: f"http://{login}@{proxy.address}", proxy,
            lambda login: setattr(proxy, "login", login))

    def test_a_wrong_password_for_socks_is_told_and_not_shown(self):
        proxy = self.stopped_at_end(Socks(LOGIN))
        self.assert_login_is_wanted(
            self.secure_url, lambda login: f"socks5h://{login}@{proxy.address}", proxy,
            lambda login: setattr(proxy, "login", login))
        self.assertEqual(proxy.asked, ["127.0.0.1"])

    def test_socks_without_a_password(self):
        proxy = self.stopped_at_end(Socks())
        self.fed(self.secure_url, self.trust + f"proxy = socks5://{proxy.address}")
        self.until_all()
        self.assertEqual((proxy.asked, self.secure.connections), (["127.0.0.1"], 1))


if __name__ == "__main__":
    unittest.main()
