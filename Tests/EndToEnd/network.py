"""Networks in small: certificates, a server that ends TLS before the receiver, and proxies."""

import base64
import functools
import http.client
import http.server
import os
import select
import socket
import ssl
import subprocess
import threading
import warnings

LOOPBACK = "127.0.0.1"


class Authority:
    """A certificate authority of its own, in a folder, by the openssl command."""

    def __init__(self, folder, name="authority"):
        self.folder, self.name = folder, name
        self.certificate = self._path(f"{name}.pem")
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", self._path(f"{name}.key"), "-out", self.certificate, "-days", "30",
            "-subj", f"/CN={name}", "-addext", "keyUsage=keyCertSign")

    def issue(self, host, *dates):
        """A file with a certificate for `host` (`DNS:localhost`, `IP:127.0.0.1`) and its key;
        `dates` are its first and last moment, or it is good for 30 days."""
        name = f"{self.name}-{len(os.listdir(self.folder))}"
        request, key, path = (self._path(f"{name}.{end}") for end in ["csr", "key", "pem"])
        self._openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", request, "-subj", "/CN=server")
        extensions = self._path(f"{name}.ext")
        with open(extensions, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={host}\n")
        database = self._path(f"{name}.database")
        with open(database, "w", encoding="utf-8"):
            pass
        settings = self._path(f"{name}.cnf")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(
                f"[ca]\ndefault_ca=a\n[a]\ndatabase={database}\nnew_certs_dir={self.folder}\n"
                "rand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        period = ["-startdate", dates[0], "-enddate", dates[1]] if dates else ["-days", "30"]
        self._openssl(
            "ca", "-batch", "-notext", "-config", settings, "-cert", self.certificate,
            "-keyfile", self._path(f"{self.name}.key"), "-in", request, "-out", path,
            "-extfile", extensions, *period)
        with open(key, encoding="utf-8") as source, open(path, "a", encoding="utf-8") as target:
            target.write(source.read())
        return path

    def _path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(
            ["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"openssl {arguments[0]}: {done.stderr}")


def context(certificate, lowest=None, highest=None):
    """How a server shows this certificate; `ssl.TLSVersion`s bound what it speaks."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1 is what is tested
        if lowest:
            made.minimum_version = lowest
        if highest:
            made.maximum_version = highest
            if highest < ssl.TLSVersion.TLSv1_2:
                made.set_ciphers("ALL:@SECLEVEL=0")
    made.load_cert_chain(certificate)
    return made


class Server:
    """Accepts on a free port until it is stopped, each connection on a thread of its own."""

    def __init__(self, host=LOOPBACK):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.authority = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.connections = 0
        self.lock = threading.Lock()
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            self.serve(connection)
        except (OSError, ValueError):
            pass  # the other side went, as it may
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()

    def serve(self, connection):
        raise NotImplementedError

    def stop(self):
        shut(self.listener)
        self.listener.close()
        self.hang_up()

    def hang_up(self):
        """Ends the connections that are open."""
        with self.lock:
            for connection in self.open:
                shut(connection)


def shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def relay(one, other):
    """Passes bytes both ways until either side ends."""
    while True:
        waiting = [s for s in (one, other) if isinstance(s, ssl.SSLSocket) and s.pending()]
        for source in waiting or select.select([one, other], [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


def connect(url_or_authority):
    host, _, port = url_or_authority.removeprefix("http://").rpartition(":")
    connection = socket.create_connection((host.strip("[]"), int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Front(Server):
    """Stands before the receiver; with a `context` it speaks TLS to those who come."""

    def __init__(self, behind, context=None, host=LOOPBACK):
        self.behind, self.context = behind, context
        self.handshakes = 0
        self.failures = []
        super().__init__(host)

    def serve(self, connection):
        if self.context:
            connection.settimeout(20)
            try:
                secure = self.context.wrap_socket(connection, server_side=True)
            except (ssl.SSLError, OSError) as error:
                with self.lock:
                    self.failures.append(str(error))
                return
            secure.settimeout(None)
        else:
            secure = connection
        with self.lock:
            self.handshakes += 1
            self.open.discard(connection)
            self.open.add(secure)
        try:
            with connect(self.behind) as receiver:
                relay(secure, receiver)
        finally:
            with self.lock:
                self.open.discard(secure)
            shut(secure)
            secure.close()


class Proxy:
    """An HTTP proxy; with `user:password` it answers 407 to whoever does not say them."""

    def __init__(self, login=None):
        self.login = login
        self.asked, self.refused = [], 0
        self.tunnels, self.heads = [], []
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(
            (LOOPBACK, 0), functools.partial(ProxyHandler, self))
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that goes, as it may
        self.address = f"{LOOPBACK}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def lets_in(self, headers):
        if not self.login:
            return True
        given = headers.get("Proxy-Authorization", "")
        if given == "Basic " + base64.b64encode(self.login.encode()).decode():
            return True
        with self.lock:
            self.refused += 1
        return False

    def note(self, kept, what, headers):
        with self.lock:
            kept.append(what)
            self.heads.append(dict(headers))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class ProxyHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, proxy, *arguments):
        self.proxy = proxy
        super().__init__(*arguments)

    def do_CONNECT(self):
        if not self.proxy.lets_in(self.headers):
            return self._answer(407, {"Proxy-Authenticate": 'Basic realm="bench"'}, b"")
        self.proxy.note(self.proxy.tunnels, self.path, self.headers)
        self.close_connection = True
        try:
            with connect(self.path) as service:
                self.send_response(200)
                self.end_headers()
                self.wfile.flush()
                relay(self.connection, service)
        except OSError:
            pass
        return None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.proxy.lets_in(self.headers):
            return self._answer(407, {"Proxy-Authenticate": 'Basic realm="bench"'}, b"")
        self.proxy.note(self.proxy.asked, self.path, self.headers)
        authority, _, path = self.path.removeprefix("http://").partition("/")
        service = http.client.HTTPConnection(authority, timeout=20)
        kept = {n: v for n, v in self.headers.items() if not n.lower().startswith("proxy-")}
        service.request("POST", "/" + path, body, kept)
        answer = service.getresponse()
        data = answer.read()
        names = {n: v for n, v in answer.getheaders() if n.lower() != "content-length"}
        service.close()
        return self._answer(answer.status, names, data)

    do_GET = do_PUT = do_POST

    def _answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Socks(Server):
    """A SOCKS5 proxy (RFC 1928), with a user and a password where given (RFC 1929)."""

    def __init__(self, login=None):
        self.login = login
        self.asked, self.refused = [], 0
        super().__init__()
        self.address = self.authority

    def serve(self, connection):
        stream = connection.makefile("rb")
        methods = stream.read(stream.read(2)[1])
        method = 2 if self.login else 0
        if method not in methods:
            self.refused += 1
            connection.sendall(b"\x05\xff")
            return
        connection.sendall(bytes([5, method]))
        if self.login:
            user = stream.read(stream.read(2)[1])
            password = stream.read(stream.read(1)[0])
            is_right = user + b":" + password == self.login.encode()
            connection.sendall(b"\x01" + (b"\x00" if is_right else b"\x01"))
            if not is_right:
                self.refused += 1
                return
        kind = stream.read(4)[3]
        if kind == 3:
            host = stream.read(stream.read(1)[0]).decode()
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, stream.read(size))
        port = int.from_bytes(stream.read(2), "big")
        self.asked.append(host)
        with socket.create_connection((host, port)) as service:
            connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
            relay(connection, service)
