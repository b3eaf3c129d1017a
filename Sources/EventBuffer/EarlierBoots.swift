package import TelemetryModel

/// What is known of the clock of a boot of the kernel that has ended.
package enum EarlierBoot: Sendable, Equatable {
  /// A time service set its clock in the end: the wall clock less the boot's.
  case set(offset: Duration)
  /// Nobody did; when the last event that is known of it was measured.
  case unset(end: BootTime)
  case unknown
}

/// Finds that out from what the spool holds. Each boot is looked up once, for its segments go as
/// they are delivered.
package struct EarlierBoots {
  private let folder: String
  private let fileSystem: any FileSystem
  private let crc32: CRC32
  private var known: [Substring: EarlierBoot] = [:]

  /// Boots that are remembered; past that, which no spool should reach, they are looked up again.
  private static let knownMax = 64
  /// Bytes read first of a segment's end, then four times as many: most batches are small.
  private static let tail = 64 << 10

  /// - Parameter folder: the spool's, of one uplink.
  package init(folder: String, on fileSystem: any FileSystem, crc32: @escaping CRC32) {
    self.folder = folder
    self.fileSystem = fileSystem
    self.crc32 = crc32
  }

  package mutating func clock(of origin: Origin) -> EarlierBoot {
    if let clock = known[origin.kernelBoot] { return clock }
    let clock: EarlierBoot
    if let offset = KnownOffsets(in: folder, on: fileSystem).offset(of: origin.kernelBoot) {
      clock = .set(offset: offset)
    } else {
      do throws(FileError) {
        clock = try end(of: origin.kernelBoot).map { .unset(end: $0) } ?? .unknown
      } catch { return .unknown }
    }
    if known.count >= Self.knownMax { known = [:] }
    known[origin.kernelBoot] = clock
    return clock
  }

  private func end(of kernelBoot: Substring) throws(FileError) -> BootTime? {
    let names = try fileSystem.list(folder).filter { SpoolFormat.number(of: $0) != nil }
    for name in names.reversed() {
      let path = "\(folder)/\(name)"
      var top = SpoolReader(path, to: SpillStore.headerMax, on: fileSystem, crc32: crc32)
      guard case .header(let header)? = try top.next(), header.origin.kernelBoot == kernelBoot
      else { continue }
      let last = try lastBatch(of: path)?.last { !$0.isClockSynchronised }
      if let last { return last.bootTime }
    }
    return nil
  }

  /// The last committed batch of a segment; nil when it does not end in one.
  private func lastBatch(of path: String) throws(FileError) -> [SensorEvent]? {
    let size = try fileSystem.size(path)
    guard let commit = try SpoolFormat.lastCommit(of: path, size: size, on: fileSystem) else {
      return nil
    }
    var wanted = Self.tail
    while true {
      let start = max(0, size - wanted)
      let bytes = try fileSystem.read(path, from: start, count: size - start)
      let lines = bytes.split(separator: UInt8(ascii: "\n"))
      // The first line read is whole only where the file begins, or another one stands before it.
      if lines.count > 2 || start == 0 && lines.count == 2 {
        let array = Array(lines[lines.count - 2])
        guard crc32(array) == commit.crc32, case .batch(let events) = SpoolLine(array[...]) else {
          return nil
        }
        return events
      }
      guard start > 0, wanted < SpoolLineReader.lineMax else { return nil }
      wanted *= 4
    }
  }
}
