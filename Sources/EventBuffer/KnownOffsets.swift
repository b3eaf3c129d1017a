import TelemetryModel

/// How far the wall clock was ahead of the boot's in boots of the kernel whose events waited in the
/// spool when a time service set the clock, or should have been by what a service told: should the
/// power go before they are delivered, the next boot still knows their epochs.
///
/// A file of one small JSON line a boot beside the segments, written once in such a boot.
package struct KnownOffsets: Sendable, Equatable {
  package static let name = "clock"
  /// Boots that are kept; the oldest goes. Only those count that still have events in the spool.
  static let bootsMax = 16
  /// Bytes that are read; a line has some 80.
  static let sizeMax = 4 << 10

  private struct Boot: Sendable, Equatable {
    var kernelBoot: String
    var offset: Duration
  }

  private var boots: [Boot] = []

  package init() {}

  /// What the file says; nothing where it cannot be read.
  package init(in folder: String, on fileSystem: any FileSystem) {
    let path = "\(folder)/\(Self.name)"
    guard let bytes = try? fileSystem.read(path, from: 0, count: Self.sizeMax) else { return }
    boots = bytes.split(separator: UInt8(ascii: "\n")).compactMap(Self.boot)
  }

  /// The wall clock less the boot's; nil where it was never set, or nothing waited for it.
  package func offset(of kernelBoot: Substring) -> Duration? {
    boots.last { $0.kernelBoot == kernelBoot }?.offset
  }

  /// - Returns: true when that was not known, and is to be saved.
  package mutating func note(_ offset: Duration, of kernelBoot: Substring) -> Bool {
    guard kernelBoot != Origin.unknownKernelBoot else { return false }
    if let known = self.offset(of: kernelBoot) {
      let moved = offset - known
      if moved < ClockGate.stepMin && moved > .zero - ClockGate.stepMin { return false }
    }
    boots.removeAll { $0.kernelBoot == kernelBoot }
    boots.append(Boot(kernelBoot: String(kernelBoot), offset: offset))
    boots = boots.suffix(Self.bootsMax)
    return true
  }

  /// Durably: it is for a power cut.
  package func save(in folder: String, on fileSystem: any FileSystem) throws(FileError) {
    try fileSystem.makeFolder(folder)
    try fileSystem.replace("\(folder)/\(Self.name)", with: bytes, durable: true)
  }

  private var bytes: [UInt8] {
    var json = JSONWriter(capacity: 128)
    for boot in boots {
      json.raw(#"{"kernel_boot":"#)
      json.string(boot.kernelBoot)
      json.raw(#","offset":"#)
      json.decimal(boot.offset.nanoseconds)
      json.raw("}\n")
    }
    return json.bytes
  }

  private static func boot(_ line: ArraySlice<UInt8>) -> Boot? {
    var kernelBoot: String?
    var offset: Duration?
    do throws(JSONReader.Malformed) {
      var json = JSONReader(line)
      try json.beginObject()
      var first = true
      while let key = try json.nextKey(first: &first) {
        switch key {
        case "kernel_boot": kernelBoot = try json.string()
        case "offset": offset = .nanoseconds(try json.decimal())
        default: try json.skipValue()
        }
      }
      try json.end()
    } catch { return nil }
    guard let kernelBoot, let offset else { return nil }
    return Boot(kernelBoot: kernelBoot, offset: offset)
  }
}
