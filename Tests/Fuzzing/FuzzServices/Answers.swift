import FuzzSupport
package import TelemetryModel
package import Uplinks

/// The input is what a server answers: up to four responses, parted by 0xFF.
package struct Answers {
  private static let responsesMax = 4
  /// Requests that one sending may take, whatever is answered: 64 refusals, and a few more.
  private static let requestsMax = 150
  /// The longest message: 200 characters of the server's, and our own words.
  private static let reasonMax = 400

  package let responses: [HTTPResponse]

  package init(_ bytes: [UInt8]) {
    responses = parts(of: bytes, atMost: Self.responsesMax).map(Self.response)
  }

  /// As on the wire: a line that ends in the status, header lines, an empty line, the body.
  private static func response(_ bytes: [UInt8]) -> HTTPResponse {
    var lines = bytes.split(
      separator: 0x0A, maxSplits: 16, omittingEmptySubsequences: false)[...]
    let first = lines.popFirst() ?? []
    var response = HTTPResponse(
      status: Int(String(decoding: first.suffix(3), as: UTF8.self)) ?? 200,
      sent: StillTime().wallTime(), received: StillTime().wallTime())
    while let line = lines.popFirst(), !line.isEmpty {
      let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
      response.headers.append(
        HTTPHeader(
          String(decoding: line[..<colon], as: UTF8.self),
          String(decoding: line[colon...].dropFirst().drop { $0 == 0x20 }, as: UTF8.self)))
    }
    response.body = Array(lines.joined(separator: [0x0A]))
    return response
  }

  /// What holds for every answer. - Parameter events: how many were sent.
  package func check(_ report: DeliveryReport, requests: Int) {
    demand(requests <= Self.requestsMax, "\(requests) requests for one batch")
    if let wait = report.retryAfter {
      demand((.zero ... .seconds(3600)).contains(wait), "a wait of \(wait)")
    }
    for text in report.notices + report.verdicts.compactMap(\.reason) {
      demand(text.unicodeScalars.count <= Self.reasonMax, "a message of \(text.utf8.count) bytes")
      demand(!text.contains(secretText), "a message with the secret")
      let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
      demand(isPlain, "a message with a control character")
    }
  }

  package static func batch(to destination: [String: String]) -> Batch {
    let values: [Value] = [.number(21.4), .integer(3), .text("on")]
    return Batch(
      origin: Origin(device: "bench", boot: "5f3c-1a"), destination: Destination(destination),
      events: values.enumerated().map { index, value in
        SensorEvent(
          key: "door", value: value, time: StillTime().wallTime(),
          bootTime: StillTime().bootTime(), sequence: UInt64(index) + 1)
      })
  }
}

extension Verdict {
  fileprivate var reason: String? {
    switch self {
    case .accepted, .deferred: nil
    case .retry(let reason), .rejected(let reason): reason
    }
  }
}
