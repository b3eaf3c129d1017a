import TelemetryModel

/// Where an I2C bus is, as the ini names it: the bus itself, and the hub channels on the way.
///
///     1                        /dev/i2c-1; also a /dev path, an adapter's name, an alias
///     1/mux@0x70/3             behind channel 3 of the hub at 0x70
///     1/mux@0x70/3/mux@0x71/0  behind channel 0 of a hub that is itself behind that channel
package struct I2CBusPath: Sendable, Equatable {
  /// One channel of a TCA9548A or PCA9548.
  package struct Channel: Sendable, Hashable {
    /// The hub's address, 0x70 to 0x77.
    package let hub: UInt8
    /// 0 to 7.
    package let number: UInt8
  }

  package struct Malformed: Error, Sendable, Equatable {
    /// What is wrong and what is allowed, to follow the option's name.
    package let complaint: String
  }

  /// The bus that the processor drives, as the ini names it.
  package let root: String
  /// From the root on; empty for the root itself.
  package let channels: [Channel]

  package init(_ text: String) throws(Malformed) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let first = parts.firstIndex { $0.lowercased().hasPrefix(Self.marker) } ?? parts.count
    root = parts[..<first].joined(separator: "/")
    guard !root.isEmpty else {
      throw Self.malformed(text, "names no bus before the hub; \(Self.allowed)")
    }
    if let stray = Self.stray(parts[..<first]) {
      throw Self.malformed(text, "has '\(stray)', which is no hub; \(Self.allowed)")
    }
    channels = try Self.channels(parts[first...], of: text)
  }

  package init(root: String, channels: [Channel]) {
    self.root = root
    self.channels = channels
  }

  /// As the ini names it.
  package var text: String {
    channels.reduce(root) { "\($0)/\(Self.marker)\(hex($1.hub))/\($1.number)" }
  }

  // MARK: Reading

  private static let marker = "mux@"
  private static let allowed = "allowed: a bus, or a channel of a hub on it, as in 1/mux@0x70/3"
  /// TCA9548A datasheet SCPS207H, section 7.5.2: pins A2 to A0 choose.
  private static let hubs: ClosedRange<Int> = 0x70...0x77
  private static let numbers = 0...7

  private static func malformed(_ text: String, _ what: String) -> Malformed {
    Malformed(complaint: "is '\(text)' and \(what)")
  }

  /// A part before the first hub that is one written wrongly. The names of adapters and devices
  /// may have slashes; behind a bus's number nothing can stand but a hub.
  private static func stray(_ parts: ArraySlice<String>) -> String? {
    guard let first = parts.first, !first.isEmpty else { return nil }
    if Int(first) != nil { return parts.dropFirst().first }
    return parts.dropFirst().first { part in
      ["mux", "tca9548", "pca9548"].contains { part.lowercased().hasPrefix($0) }
    }
  }

  private static func channels(
    _ parts: ArraySlice<String>, of text: String
  ) throws(Malformed) -> [Channel] {
    var channels: [Channel] = []
    var rest = parts
    while let part = rest.popFirst() {
      guard part.lowercased().hasPrefix(marker) else {
        throw malformed(text, "has '\(part)' where a hub is expected; \(allowed)")
      }
      let digits = String(part.dropFirst(marker.count))
      guard let hub = Option.integer(digits), hubs.contains(hub) else {
        throw malformed(text, "has no hub's address in '\(part)'; allowed: 0x70 to 0x77")
      }
      guard let number = rest.popFirst() else {
        throw malformed(text, "names no channel of the last hub; \(allowed)")
      }
      guard let channel = Int(number), numbers.contains(channel) else {
        throw malformed(text, "has '\(number)' for a channel of a hub; allowed: 0 to 7")
      }
      let new = Channel(
        hub: UInt8(truncatingIfNeeded: hub), number: UInt8(truncatingIfNeeded: channel))
      guard !channels.contains(where: { $0.hub == new.hub }) else {
        throw malformed(
          text, "has a hub at \(hex(new.hub)) behind another one at that address: both would answer"
        )
      }
      channels.append(new)
    }
    return channels
  }
}
