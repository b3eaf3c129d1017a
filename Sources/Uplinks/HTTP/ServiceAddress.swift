import TelemetryModel

/// Where a service listens: `https://host`, perhaps with a port and a path before the API's own.
struct ServiceAddress: Sendable, Equatable {
  /// Without a slash at its end.
  let url: String
  /// As in the Host header: with the port unless it is the scheme's own.
  let host: String

  static let allowed = "allowed: http:// or https://, a host, and perhaps :port and /path"

  init?(_ text: String) {
    let scheme = text.hasPrefix("https://") ? "https://" : "http://"
    guard text.hasPrefix(scheme) else { return nil }
    let rest = text.dropFirst(scheme.utf8.count)
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    while path.last == "/" { path.removeLast() }
    guard let host = Self.host(authority, defaultPort: scheme == "https://" ? 443 : 80),
      path.utf8.allSatisfy({
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
      })
    else { return nil }
    self.host = host
    url = scheme + host + path
  }

  /// The address that an option gives.
  init(_ option: String, _ text: String) throws(Settings.Invalid) {
    guard let address = ServiceAddress(text) else {
      // A name and a password may stand before an `@`, so such a text is not repeated.
      let given = text.contains("@") ? "names a user" : "is '\(text)'"
      throw Settings.Invalid(option, "\(given); \(Self.allowed)")
    }
    self = address
  }

  private static func host(_ authority: Substring, defaultPort: Int) -> String? {
    var name = authority
    var port: Int?
    let afterBracket = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[afterBracket...].lastIndex(of: ":") {
      name = authority[..<colon]
      let digits = authority[authority.index(after: colon)...]
      guard let number = Int(digits), (1...65_535).contains(number) else { return nil }
      port = number
    }
    let isLiteral = name.hasPrefix("[") && name.hasSuffix("]")
    let inside = isLiteral ? name.dropFirst().dropLast() : name
    guard !inside.isEmpty,
      inside.utf8.allSatisfy({ isHostByte($0) || (isLiteral && $0 == UInt8(ascii: ":")) })
    else { return nil }
    guard let port, port != defaultPort else { return name.lowercased() }
    return "\(name.lowercased()):\(port)"
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
