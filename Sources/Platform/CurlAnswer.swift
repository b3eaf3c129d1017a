import CCurl
import Uplinks

/// An answer as its pieces come, within bounds.
final class CurlAnswer {
  private(set) var body: [UInt8] = []
  private(set) var headers: [HTTPHeader] = []
  /// Set when a bound was reached; libcurl then ends the transfer.
  private(set) var overflow: String?
  private var headerBytes = 0

  static let takeBody: ccurl_sink = { bytes, size, count, context in
    CurlAnswer.take(bytes, size, count, context) { $0.append(body: $1) }
  }

  static let takeHeader: ccurl_sink = { bytes, size, count, context in
    CurlAnswer.take(bytes, size, count, context) { $0.append(headerLine: $1) }
  }

  private static func take(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ context: UnsafeMutableRawPointer?,
    _ append: (CurlAnswer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context else { return 0 }
    let answer = Unmanaged<CurlAnswer>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    // Any number but the length ends the transfer.
    return append(answer, UnsafeRawBufferPointer(start: bytes, count: length)) ? length : 0
  }

  private func append(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= CurlTransport.bodyMax else {
      overflow = "an answer of more than \(CurlTransport.bodyMax) bytes"
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  private func append(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
    headerBytes += bytes.count
    guard headerBytes <= CurlTransport.headersMax else {
      overflow = "an answer with more than \(CurlTransport.headersMax) bytes of headers"
      return false
    }
    let line = String(decoding: bytes, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      // A 100 Continue came before: only the last answer counts.
      headers = []
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...]
      headers.append(HTTPHeader(String(line[..<colon]), Self.trimmed(value)))
    }
    return true
  }

  private static func trimmed(_ text: Substring) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let bytes = text.utf8
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(Substring(bytes[first...last]))
  }
}
