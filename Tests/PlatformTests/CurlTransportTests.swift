import Glibc
import Platform
import Synchronization
import TelemetryModel
import Testing
import Uplinks

@Suite struct CurlTransportTests {
  @Test func sendsWhatItIsGivenAndGivesWhatComes() throws {
    let server = try LoopbackServer { _ in
      .send("HTTP/1.1 207 Odd\r\nX-One:  a b \r\nx-one: c\r\nContent-Length: 3\r\n\r\n\0é")
    }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    let response = try transport.send(
      HTTPRequest(
        method: "POST", url: server.url + "api",
        headers: [HTTPHeader("Host", "example.org"), HTTPHeader("X-Name", "v: 1")],
        body: Array("héllo".utf8)))
    #expect(response.status == 207)
    #expect(response[header: "X-One"] == "a b")
    #expect(response.headers.count == 3)
    #expect(response.body == Array("\0é".utf8))
    let seen = try #require(server.requests.first)
    #expect(seen.body == "héllo")
    let lines = seen.head.split(separator: "\r\n")
    #expect(lines.first == "POST /api HTTP/1.1")
    #expect(lines.contains("Host: example.org"))
    #expect(lines.contains("X-Name: v: 1"))
    #expect(!seen.head.lowercased().contains("expect:"))
    #expect(response.sent <= response.received)
  }

  @Test func oneConnectionServesManyRequests() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    for _ in 0..<5 { #expect(try transport.send(post(server)).status == 200) }
    #expect(server.requests.map(\.connection) == [0, 0, 0, 0, 0])
  }

  @Test func aConnectionThatTheServerClosedIsReplaced() throws {
    let server = try LoopbackServer { _ in .sendAndClose(ok) }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    for _ in 0..<3 { #expect(try transport.send(post(server)).status == 200) }
    #expect(server.requests.map(\.connection) == [0, 1, 2])
  }

  @Test func anEmptyPostAndAGetWork() throws {
    let server = try LoopbackServer { _ in .send("HTTP/1.1 204 No Content\r\n\r\n") }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    #expect(try transport.send(HTTPRequest(method: "POST", url: server.url)).status == 204)
    #expect(try transport.send(HTTPRequest(method: "GET", url: server.url)).status == 204)
    #expect(server.requests[0].head.contains("Content-Length: 0"))
    #expect(server.requests[1].head.hasPrefix("GET / "))
  }

  @Test func anEmptyPutSaysThatItIsEmptyAndNothingOfAForm() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    let headers = [HTTPHeader("X-Seconds", "21600")]
    #expect(
      try transport.send(HTTPRequest(method: "PUT", url: server.url, headers: headers)).status
        == 200)
    let head = try #require(server.requests.first).head.lowercased()
    #expect(head.hasPrefix("put / http/1.1"))
    #expect(head.contains("content-length: 0"))
    #expect(head.contains("x-seconds: 21600"))
    #expect(!head.contains("content-type"))
  }

  @Test func aMegabyteGoesThroughWhole() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: 5 << 20)
    #expect(
      try transport.send(HTTPRequest(method: "POST", url: server.url, body: body)).status == 200)
    #expect(server.requests[0].body.utf8.count == 5 << 20)
  }

  @Test func aRedirectIsGivenAndNotFollowed() throws {
    let server = try LoopbackServer { _ in
      .send("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    let response = try transport.send(post(server))
    #expect(response.status == 302)
    #expect(response[header: "location"] == "/other")
    #expect(server.requests.count == 1)
  }

  // MARK: Failures

  @Test func aRefusedConnectionIsAConnectionFailure() throws {
    let server = try LoopbackServer { _ in .hang }
    server.stop()
    #expect(kind(server) == .connection)
  }

  @Test func aNameThatDoesNotResolveIsAConnectionFailure() {
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    let failure = #expect(throws: HTTPFailure.self) {
      try transport.send(HTTPRequest(method: "POST", url: "http://no-such-host.invalid/"))
    }
    #expect(failure?.kind == .connection)
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
  func aConnectionThatBreaksWithinTheAnswerIsAConnectionFailure(bytes: String) throws {
    for reply in [LoopbackServer.Reply.sendAndReset(bytes), .sendAndClose(bytes)] {
      let server = try LoopbackServer { _ in reply }
      defer { server.stop() }
      #expect(kind(server) == .connection)
    }
  }

  @Test func aServerThatSaysNothingTimesOut() throws {
    let server = try LoopbackServer { _ in .hang }
    defer { server.stop() }
    #expect(kind(server, timeout: .milliseconds(200)) == .timedOut)
  }

  @Test func whatIsNoHTTPIsABadAnswer() throws {
    let server = try LoopbackServer { _ in .sendAndClose("SSH-2.0-OpenSSH_9.2\r\n") }
    defer { server.stop() }
    #expect(kind(server) == .badAnswer)
  }

  @Test func anAnswerBeyondTheBoundIsABadAnswer() throws {
    let huge = String(repeating: "x", count: (8 << 20) + 1)
    let server = try LoopbackServer { _ in
      .sendAndClose("HTTP/1.1 200 OK\r\n\r\n" + huge)
    }
    defer { server.stop() }
    #expect(kind(server) == .badAnswer)
  }

  @Test func headersBeyondTheBoundAreABadAnswer() throws {
    let many = (0..<5000).map { "X-Header-\($0): some value\r\n" }.joined()
    let server = try LoopbackServer { _ in
      .sendAndClose("HTTP/1.1 200 OK\r\n\(many)Content-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    #expect(kind(server) == .badAnswer)
  }

  @Test func aFileOfAuthoritiesThatIsMissingIsATLSFailure() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let transport = CurlTransport(
      TransportSettings(caFile: "/nonexistent/ca.pem"), time: SteppingTime())
    let failure = #expect(throws: HTTPFailure.self) {
      try transport.send(HTTPRequest(method: "POST", url: "https://127.0.0.1:\(server.port)/"))
    }
    #expect(failure?.kind == .tls)
  }

  @Test func aHeaderWithALineBreakIsNotSent() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let transport = CurlTransport(TransportSettings(), time: SteppingTime())
    #expect(throws: HTTPFailure.self) {
      try transport.send(
        HTTPRequest(
          method: "POST", url: server.url, headers: [HTTPHeader("X-Key", "a\r\nX-Evil: 1")]))
    }
    #expect(server.requests.isEmpty)
  }

  @Test func aProxysPasswordIsInNoReason() {
    for proxy in [
      "http://user:pa55word@127.0.0.1:1", "nonsense://user:pa55word@h", "h:pa55word@:x",
    ] {
      let transport = CurlTransport(
        TransportSettings(proxy: Secret(proxy)), time: SteppingTime())
      let failure = #expect(throws: HTTPFailure.self) {
        try transport.send(HTTPRequest(method: "POST", url: "http://service.invalid/"))
      }
      #expect(failure?.reason.contains("pa55word") == false)
    }
  }

  @Test func theProxyIsAskedForTheWholeAddress() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let transport = CurlTransport(
      TransportSettings(proxy: Secret("127.0.0.1:\(server.port)")), time: SteppingTime())
    #expect(
      try transport.send(HTTPRequest(method: "POST", url: "http://service.invalid/x")).status
        == 200)
    #expect(server.requests[0].head.hasPrefix("POST http://service.invalid/x HTTP/1.1"))
  }

  /// What a proxy answers to CONNECT, or in the service's place.
  @Test(arguments: [
    (407, "http", HTTPFailure.Kind.proxy), (407, "https", .proxy), (403, "https", .proxy),
    (502, "https", .connection), (503, "https", .connection),
  ])
  func aProxyThatDoesNotLetUsThroughIsTold(
    status: Int, scheme: String, kind: HTTPFailure.Kind
  ) throws {
    let server = try LoopbackServer { _ in
      .send("HTTP/1.1 \(status) No\r\nContent-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    let transport = CurlTransport(
      TransportSettings(proxy: Secret("http://user:pa55word@127.0.0.1:\(server.port)")),
      time: SteppingTime())
    let failure = #expect(throws: HTTPFailure.self) {
      try transport.send(HTTPRequest(method: "POST", url: "\(scheme)://service.invalid/"))
    }
    #expect(failure?.kind == kind)
    #expect(failure?.reason.hasPrefix("the proxy ") == true)
    #expect(failure?.reason.contains("\(status)") == true)
    #expect(failure?.reason.contains("pa55word") == false)
  }

  @Test func noProxyIsAskedWhereNoneIsWanted() throws {
    let server = try LoopbackServer { _ in .send(ok) }
    defer { server.stop() }
    let proxy = try LoopbackServer { _ in .send(ok) }
    defer { proxy.stop() }
    let transport = CurlTransport(
      TransportSettings(proxy: Secret("127.0.0.1:\(proxy.port)"), usesProxy: false),
      time: SteppingTime())
    #expect(try transport.send(post(server)).status == 200)
    #expect(proxy.requests.isEmpty)
    #expect(server.requests.count == 1)
  }

  // MARK: Aborting

  @Test func abortEndsATransferThatHangs() throws {
    let curl = CurlTransport(TransportSettings(timeout: .seconds(60)), time: SteppingTime())
    let server = try LoopbackServer { number in
      guard number > 0 else { return .send(ok) }
      // The request has arrived, so the transfer is under way.
      curl.abort()
      return .hang
    }
    defer { server.stop() }
    // On a fresh connection timers of libcurl would end the sleep as well.
    #expect(try curl.send(post(server)).status == 200)
    let clock = ContinuousClock()
    let spent = clock.measure {
      let failure = #expect(throws: HTTPFailure.self) { try curl.send(post(server)) }
      #expect(failure?.kind == .aborted)
    }
    #expect(spent < .seconds(5))
    // And for good.
    let failure = #expect(throws: HTTPFailure.self) { try curl.send(post(server)) }
    #expect(failure?.kind == .aborted)
  }

  // MARK: Support

  private func kind(
    _ server: LoopbackServer, timeout: Duration = .seconds(20)
  ) -> HTTPFailure.Kind? {
    let transport = CurlTransport(TransportSettings(timeout: timeout), time: SteppingTime())
    let failure = #expect(throws: HTTPFailure.self) { try transport.send(post(server)) }
    #expect(failure?.reason.isEmpty == false)
    return failure?.kind
  }
}

private let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

private func post(_ server: LoopbackServer) -> HTTPRequest {
  HTTPRequest(method: "POST", url: server.url, body: Array("{}".utf8))
}

/// Each look at the clock is a second after the last.
private final class SteppingTime: TimeSource {
  private let now = Mutex(Int64(0))
  func bootTime() -> BootTime { BootTime(nanoseconds: step()) }
  func wallTime() -> Timestamp { Timestamp(nanoseconds: step()) }
  func isSynchronised() -> Bool { true }
  private func step() -> Int64 {
    now.withLock {
      $0 += 1_000_000_000
      return $0
    }
  }
}
