/// Hosts that are this machine or on its own link: what is asked there needs no encryption, and no
/// proxy can reach it.
enum LinkLocalHost {
  /// EKS Pod Identity's agent and the instance metadata service over IPv6, as documented.
  private static let documented: Set<String> = ["fd00:ec2::23", "fd00:ec2::254"]

  /// - Parameter host: in lower case, with its port if it has one, IPv6 in brackets.
  static func contains(_ host: String) -> Bool {
    if host.hasPrefix("[") {
      return isIPv6(String(host.dropFirst().prefix { $0 != "]" }))
    }
    let name = host.prefix { $0 != ":" }
    return name == "localhost" || isIPv4(name)
  }

  /// 127.0.0.0/8 and 169.254.0.0/16.
  private static func isIPv4(_ name: Substring) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    // Digits alone: to some resolvers 0x7f and 0177 are 127 too, and there is no need of them.
    let numbers = parts.compactMap { part -> UInt8? in
      guard part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        part == "0" || part.first != "0"
      else { return nil }
      return UInt8(part)
    }
    guard parts.count == 4, numbers.count == 4 else { return false }
    return numbers[0] == 127 || (numbers[0] == 169 && numbers[1] == 254)
  }

  /// ::1 and fe80::/10.
  private static func isIPv6(_ text: String) -> Bool {
    if text == "::1" || text == "0:0:0:0:0:0:0:1" || documented.contains(text) { return true }
    let first = text.prefix { $0 != ":" }
    guard first.utf8.count == 4, let group = UInt16(first, radix: 16) else { return false }
    return group & 0xFFC0 == 0xFE80
  }
}
