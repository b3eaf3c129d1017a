package import TelemetryModel

/// Names the events of a foreign file: those that have a whole name keep it, so that a reader can
/// tell that it has them already; the others are numbered in the order of the file.
///
/// Their `boot` is made of the file's content. The same file brought in again thus gives the same
/// names, and another file others.
package struct ForeignIdentity: Sendable, Equatable {
  /// Devices of one file whose events are numbered here.
  static let devicesMax = 1000
  package static let tooManyDevices =
    "more than \(devicesMax) devices in one file, and their events have no numbers"

  package let device: String
  package let boot: String
  /// Events numbered so far, by device.
  package private(set) var counts: [String: UInt64]

  /// - Parameter device: of events that name none.
  package init(device: String, boot: String, counts: [String: UInt64] = [:]) {
    self.device = device
    self.boot = boot
    self.counts = counts
  }

  package init(device: String, fingerprint: FileFingerprint) {
    self.init(device: device, boot: "import-\(fingerprint.text)")
  }

  /// The event with its number, and whose it is; nil for one device too many.
  package mutating func name(_ foreign: ForeignEvent) -> (event: SensorEvent, origin: Origin)? {
    if let origin = foreign.origin { return (foreign.event, origin) }
    let device = foreign.device.flatMap { $0.isEmpty ? nil : $0 } ?? device
    guard counts[device] != nil || counts.count < Self.devicesMax else { return nil }
    let number = (counts[device] ?? 0) + 1
    counts[device] = number
    var event = foreign.event
    event.sequence = number
    return (event, Origin(device: device, boot: boot))
  }
}

/// A file's content in 64 bits, by FNV-1a: enough to tell files apart that no enemy made.
package struct FileFingerprint: Sendable, Equatable {
  /// Bytes that are in it.
  package private(set) var count = 0
  package private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  /// Bytes read at a time.
  private static let chunk = 1 << 20

  package init() {}

  package mutating func add(_ bytes: [UInt8]) {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    count += bytes.count
  }

  /// Reads the file on up to `end`, or to its own end.
  /// - Parameter progress: told how many bytes are in it.
  package mutating func extend(
    _ path: String, to end: Int, on fileSystem: any FileSystem, progress: (Int) -> Void = { _ in }
  ) throws(FileError) {
    while count < end {
      let bytes = try fileSystem.read(path, from: count, count: min(Self.chunk, end - count))
      guard !bytes.isEmpty else { return }
      add(bytes)
      progress(count)
    }
  }

  /// 16 hexadecimal digits.
  package var text: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
