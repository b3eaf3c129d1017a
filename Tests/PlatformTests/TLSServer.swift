import Glibc
import Testing

/// A server on a free port of the loopback that demands a client certificate, with an authority,
/// keys and certificates of its own, made by openssl; Python's ssl answers.
///
/// Its folder holds ca.pem, device.pem and device.key, next.pem and next.key of the same authority,
/// other.pem and other.key of another one, and device.key encrypted in two forms.
final class TLSServer {
  let folder: Folder
  let port: Int
  private let process: UnsafeMutablePointer<FILE>

  struct NotStarted: Error {}

  /// - Parameter newest: the newest version of TLS that it speaks.
  init(newest: String = "TLSv1_3") throws {
    folder = try Folder()
    try folder.write(Self.certificates, to: "certificates")
    try folder.write(Self.answers, to: "answers")
    let pipe = folder.path + "/port"
    guard mkfifo(pipe, 0o600) == 0,
      // Not inherited by what other tests start, or else its end would not be seen.
      let process = popen(
        "cd \(folder.path) && { sh ./certificates 2> log && python3 answers \(newest) 2>> log"
          + " || echo 0 > port; }", "we")
    else { throw NotStarted() }
    self.process = process
    port = Self.number(in: pipe)
    guard port != 0 else { throw NotStarted() }
  }

  deinit {
    // It ends with its standard input.
    pclose(process)
  }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private static func number(in pipe: String) -> Int {
    guard let file = fopen(pipe, "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 16)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    return Int(atoi(line))
  }

  private static let certificates = """
    set -e
    new() {
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $1.key \
        -out $1.csr -subj /CN=$1
    }
    authority() {
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -keyout $1.key -out $1.pem -subj /CN=$1
    }
    signed() {
      new $1
      echo "subjectAltName=DNS:localhost,IP:127.0.0.1" > extensions
      openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 \
        -extfile extensions -out $1.pem
    }
    authority ca
    authority foreign
    for name in server device next; do signed $name ca; done
    signed other foreign
    openssl pkcs8 -topk8 -in device.key -passout pass:hush -out encrypted.key
    openssl ec -in device.key -aes256 -passout pass:hush -out older.key

    """

  /// Answers with the client's name, the name that it asked for, and how many connections came
  /// before.
  private static let answers = """
    import http.server, os, socket, ssl, sys, threading
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.maximum_version = ssl.TLSVersion[sys.argv[1]]
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_cert_chain("server.pem", "server.key")
    tls.load_verify_locations("ca.pem")
    def named(connection, name, context):
        connection.asked = name
    tls.sni_callback = named
    class Server(http.server.ThreadingHTTPServer):
        count = 0
        def get_request(self):
            connection, address = self.socket.accept()
            connection = tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False)
            try:
                connection.do_handshake()
            except OSError:
                # With bytes unread, the end of the connection would overtake the alert.
                raw = socket.socket
                raw.shutdown(connection, socket.SHUT_WR)
                raw.settimeout(connection, 5)
                while raw.recv(connection, 65536):
                    pass
                raise
            connection.number, Server.count = Server.count, Server.count + 1
            return connection, address
    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_GET(self):
            connection = self.connection
            name = dict(pair for part in connection.getpeercert()["subject"] for pair in part)
            text = f"{name['commonName']} {getattr(connection, 'asked', None)} {connection.number}"
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
        def log_message(self, *arguments):
            pass
    server = Server(("127.0.0.1", 0), Answer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open("port", "w") as pipe:
        pipe.write(f"{server.server_port}\\n")
    sys.stdin.read()
    os._exit(0)

    """
}
