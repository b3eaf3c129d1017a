package import TelemetryModel

/// An uplink as the ini names and sets it.
///
/// Adding one = this protocol and `Uplink` in one folder, its tests, one line in `UplinkCatalog`;
/// the conformance suite then runs on it.
package protocol ConfiguredUplink: Uplink {
  /// As in `kind = kinesis`.
  static var kind: String { get }
  static var summary: String { get }
  /// What its ini section takes, besides `kind` and what every uplink takes.
  static var options: [Option] { get }
  /// Reads the settings; opens nothing.
  init(_ settings: Settings, with services: UplinkServices) throws(Settings.Invalid)
}

/// One exchange over HTTP, blocking, on the lane's thread. Redirects are not followed.
package protocol HTTPTransport: AnyObject {
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse
}

package struct HTTPRequest: Sendable, Equatable {
  package var method: String
  package var url: String
  /// Sent as they are, in this order.
  package var headers: [HTTPHeader]
  package var body: [UInt8]

  package init(method: String, url: String, headers: [HTTPHeader] = [], body: [UInt8] = []) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

package struct HTTPHeader: Sendable, Equatable {
  package var name: String
  package var value: String
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Visible ASCII: what may stand in any header, and all that keys and tokens are made of.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}

package struct HTTPResponse: Sendable, Equatable {
  package var status: Int
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  /// When the request began to go out and the answer was complete, to learn a clock offset.
  package var sent: Timestamp
  package var received: Timestamp

  package init(
    status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [],
    sent: Timestamp = Timestamp(nanoseconds: 0), received: Timestamp = Timestamp(nanoseconds: 0)
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.sent = sent
    self.received = received
  }

  /// The first header of that name, whatever its case.
  package subscript(header name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// No usable answer came. Whether the server acted on the request is then unknown.
package struct HTTPFailure: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// Refused, reset, unreachable, or the name did not resolve.
    case connection
    case timedOut
    /// The certificate or the handshake was refused: a person is needed.
    case tls
    /// The certificate is not valid at this time, by our clock.
    case certificateTime
    /// A proxy does not let us through: a person is needed.
    case proxy
    /// The answer broke HTTP or was larger than allowed.
    case badAnswer
    /// The agent is stopping.
    case aborted
  }
  package let kind: Kind
  package let reason: String
  package init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
