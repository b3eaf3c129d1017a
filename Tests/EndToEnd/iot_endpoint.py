"""An AWS IoT credentials provider for tests: mutual TLS by an authority of the test's own, and keys
that are good for seconds, of which the receiver is told."""

import http.server
import json
import os
import secrets
import socket
import ssl
import subprocess
import threading
import time

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """Signs certificates, by the openssl command."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.pem = os.path.join(folder, f"{name}.pem")
        self.key = os.path.join(folder, f"{name}.key")
        openssl("req", "-x509", *CURVE, "-days", "2", "-keyout", self.key, "-out", self.pem,
                "-subj", f"/CN={name}")

    def certificate(self, name):
        """Paths of a certificate for localhost in that name, and of its key."""
        base = os.path.join(self.folder, name)
        openssl("req", *CURVE, "-keyout", base + ".key", "-out", base + ".csr", "-subj", f"/CN={name}")
        with open(base + ".ext", "w", encoding="utf-8") as file:
            file.write("subjectAltName=DNS:localhost\n")
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.pem, "-CAkey", self.key,
                "-CAcreateserial", "-days", "2", "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"


class IoTEndpoint:
    """Answers as the service does; `lent` has what was lent, oldest first."""

    def __init__(self, authority, receiver, lifetime):
        self.receiver, self.lifetime = receiver, lifetime
        # Seconds before an answer; role aliases that exist; certificates' names that may not.
        self.delay, self.aliases, self.inactive = 0, {"greenhouse"}, set()
        self.lent, self.requests, self.lock = [], 0, threading.Lock()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.tls.load_cert_chain(*authority.certificate("iot-endpoint"))
        self.tls.load_verify_locations(authority.pem)
        self.tls.sni_callback = self._asked
        self.port, self.server = 0, None
        self.start()

    @staticmethod
    def _asked(connection, name, _):
        connection.asked = name

    @property
    def address(self):
        return f"localhost:{self.port}"

    def start(self):
        """Listens, again on the port of before."""
        endpoint = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                endpoint.answer(self)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", self.port), Answer)
        self.server.tls = self.tls
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def stop(self):
        """Connections are refused from here on."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, request):
        with self.lock:
            self.requests += 1
        time.sleep(self.delay)
        client = dict(
            pair for part in request.connection.getpeercert()["subject"] for pair in part)
        parts = request.path.split("/")
        if client["commonName"] in self.inactive:
            return self.say(request, 403, {"message": "Access Denied"})
        if len(parts) != 4 or [parts[1], parts[3]] != ["role-aliases", "credentials"]:
            return self.say(request, 400, {"message": "Invalid path"})
        if parts[2] not in self.aliases:
            return self.say(request, 404, {"message": "Role alias does not exist"})
        # By the whole second, as there.
        end = int(time.time()) + self.lifetime
        key = {
            "accessKeyId": f"ASIALENT{len(self.lent):04}",
            "secretAccessKey": f"hush-secret-{secrets.token_hex(16)}",
            "sessionToken": f"hush-token-{secrets.token_hex(200)}"}
        self.receiver.lend(key, end - time.time())
        with self.lock:
            self.lent.append({
                **key, "end": end, "client": client["commonName"],
                "thing": request.headers["x-amzn-iot-thingname"],
                "asked": getattr(request.connection, "asked", None)})
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
        return self.say(request, 200, {"credentials": {**key, "expiration": stamp}})

    @staticmethod
    def say(request, status, body):
        data = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    tls = None

    def finish_request(self, request, client_address):
        """The handshake, on the connection's own thread."""
        try:
            connection = self.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
            try:
                connection.do_handshake()
            except OSError:
                self.linger(connection)
                raise
            with connection:
                super().finish_request(connection, client_address)
        except OSError:
            pass  # the client was refused, or went away

    @staticmethod
    def linger(connection):
        """As servers do: with bytes unread, the end of a connection would overtake the alert."""
        try:
            socket.socket.shutdown(connection, socket.SHUT_WR)
            socket.socket.settimeout(connection, 5)
            while socket.socket.recv(connection, 65536):
                pass
        except OSError:
            pass
        connection.close()
