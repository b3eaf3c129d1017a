/// A request in the one spelling over which both sides compute the signature.
/// Source: IAM User Guide, "Create a signed AWS API request", step 1.
struct CanonicalRequest {
  let text: String
  /// Names in lower case, sorted, with `;` between.
  let signedHeaders: String

  /// - Parameter payloadHash: SHA-256 of the body in hexadecimal.
  init(_ request: HTTPRequest, payloadHash: String) {
    let (path, query) = Self.pathAndQuery(of: request.url)
    let headers = Self.merged(request.headers)
    signedHeaders = headers.map(\.name).joined(separator: ";")
    let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
    text = [
      request.method, Self.canonicalPath(path), Self.canonicalQuery(query), lines, signedHeaders,
      payloadHash,
    ].joined(separator: "\n")
  }

  private static func pathAndQuery(of url: String) -> (Substring, Substring) {
    var rest = url[...]
    if let colon = rest.firstIndex(of: ":"), rest[colon...].hasPrefix("://") {
      rest = rest[colon...].dropFirst("://".count)
      rest = rest[(rest.firstIndex(of: "/") ?? rest.endIndex)...]
    }
    guard let mark = rest.firstIndex(of: "?") else { return (rest, "") }
    return (rest[..<mark], rest[rest.index(after: mark)...])
  }

  /// Without dot segments and double slashes, each segment encoded (services other than S3).
  static func canonicalPath(_ path: Substring) -> String {
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
    }
    let encoded = segments.map { encode(Array($0.utf8)) }.joined(separator: "/")
    let endsInSlash = path.hasSuffix("/") && !segments.isEmpty
    return "/" + encoded + (endsInSlash ? "/" : "")
  }

  /// Pairs sorted by their encoded names, then values.
  static func canonicalQuery(_ query: Substring) -> String {
    let pairs = query.split(separator: "&").map { pair -> (name: String, value: String) in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (encode(decode(parts[0])), parts.count > 1 ? encode(decode(parts[1])) : "")
    }
    let sorted = pairs.sorted {
      if $0.name == $1.name { return precedes($0.value, $1.value) }
      return precedes($0.name, $1.name)
    }
    return sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }

  /// Names in lower case and sorted, values trimmed with inner runs of spaces made one, and the
  /// values of a repeated name joined in their order.
  private static func merged(_ headers: [HTTPHeader]) -> [(name: String, value: String)] {
    var values: [String: [String]] = [:]
    for header in headers {
      let words = header.value.split { $0 == " " || $0 == "\t" }
      values[header.name.lowercased(), default: []].append(words.joined(separator: " "))
    }
    return values.sorted { precedes($0.key, $1.key) }
      .map { ($0.key, $0.value.joined(separator: ",")) }
  }

  /// By bytes, whatever the language.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  private static func encode(_ bytes: [UInt8]) -> String {
    var encoded: [UInt8] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        encoded.append(byte)
      default: encoded.append(contentsOf: Hexadecimal.percentEncoded(byte))
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  private static func decode(_ text: Substring) -> [UInt8] {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let high = Hexadecimal.value(bytes[position + 1]),
        let low = Hexadecimal.value(bytes[position + 2])
      {
        decoded.append(high << 4 | low)
        position += 3
      } else {
        decoded.append(bytes[position])
        position += 1
      }
    }
    return decoded
  }
}
