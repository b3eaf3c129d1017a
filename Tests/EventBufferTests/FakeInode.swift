/// One file of the fake disk. The disk's lock guards it.
final class FakeInode: @unchecked Sendable {
  /// What the kernel's cache shows to all who read.
  private(set) var bytes: [UInt8] = []
  /// What the medium surely holds.
  private var medium: [UInt8] = []
  /// From here on the cache is not on the medium yet.
  private var dirtyFrom: Int?
  /// Pages that a failed fsync left marked clean though they never reached the medium, as Linux
  /// does: a later fsync succeeds without them.
  private var forgotten: [Range<Int>] = []

  /// The kernel's page.
  static let page = 4096

  init() {}

  init(durable bytes: [UInt8]) {
    self.bytes = bytes
    medium = bytes
  }

  func append(_ more: [UInt8]) {
    guard !more.isEmpty else { return }
    let start = bytes.count
    dirty(from: start)
    bytes.append(contentsOf: more)
  }

  func truncate(to size: Int) {
    guard size < bytes.count else { return }
    bytes.removeLast(bytes.count - max(size, 0))
    dirty(from: max(size, 0))
  }

  /// A page that is written to again is dirty again, with all that is in it.
  private func dirty(from start: Int) {
    var from = min(dirtyFrom ?? start, start)
    let pageStart = start / Self.page * Self.page
    for range in forgotten where range.upperBound > pageStart {
      from = min(from, max(range.lowerBound, pageStart))
    }
    forgotten = forgotten.compactMap { range in
      range.lowerBound >= pageStart
        ? nil : range.lowerBound..<min(range.upperBound, pageStart)
    }
    dirtyFrom = from
  }

  func sync() {
    guard dirtyFrom != nil else { return }
    var synced = bytes
    for range in forgotten { restore(range, in: &synced) }
    medium = synced
    dirtyFrom = nil
  }

  func failSync() {
    guard let from = dirtyFrom else { return }
    if from < bytes.count { forgotten.append(from..<bytes.count) }
    dirtyFrom = nil
    // The size may be on the medium, the bytes are not.
    var zeroed = bytes
    for range in forgotten { restore(range, in: &zeroed) }
    medium = zeroed
  }

  /// What the medium has of a range: old bytes, or zeros where it never was written.
  private func restore(_ range: Range<Int>, in target: inout [UInt8]) {
    for index in range where index < target.count {
      target[index] = index < medium.count ? medium[index] : 0
    }
  }

  /// These bytes survive whatever happens.
  func isDurable(_ range: Range<Int>) -> Bool {
    range.upperBound <= min(bytes.count, dirtyFrom ?? .max)
      && !forgotten.contains { $0.overlaps(range) }
  }

  /// Bytes from the begin on that wait for no sync: a failed one has forgotten what it did not
  /// write.
  var clean: Int { min(bytes.count, dirtyFrom ?? .max) }

  /// Bytes from the begin on that survive whatever happens.
  var synced: Int {
    min(bytes.count, dirtyFrom ?? .max, forgotten.map(\.lowerBound).min() ?? .max)
  }

  func loseUnsynced() {
    bytes = medium
    dirtyFrom = nil
    forgotten = []
  }

  /// The power goes: the file is what the medium has got by chance.
  func cutPower(using random: inout SeededRandom) {
    if let from = dirtyFrom { bytes = survivors(from, using: &random) } else { bytes = medium }
    medium = bytes
    dirtyFrom = nil
    forgotten = []
  }

  /// Each unit written since the last sync may be there or not, whatever its order; the size may be
  /// the old one, the new one, or one between.
  private func survivors(_ from: Int, using random: inout SeededRandom) -> [UInt8] {
    let low = min(from, medium.count)
    let high = max(bytes.count, medium.count)
    let size: Int
    switch Int.random(in: 0..<4, using: &random) {
    case 0: size = medium.count
    case 1: size = Int.random(in: low...high, using: &random)
    default: size = bytes.count
    }
    // A sector is written whole or not at all; a kernel writes pages.
    let unit = Bool.random(using: &random) ? 512 : Self.page
    // In order up to some place, as most do, or each by chance.
    let isOrdered = Bool.random(using: &random)
    let reached =
      Int.random(in: 0..<3, using: &random) == 0
      ? bytes.count : Int.random(in: from...max(from, bytes.count), using: &random)
    var result = [UInt8](repeating: 0, count: size)
    for index in 0..<min(size, medium.count) { result[index] = medium[index] }
    var start = from
    while start < size {
      let end = min((start / unit + 1) * unit, size)
      let isWritten = isOrdered ? start < reached : Bool.random(using: &random)
      if isWritten {
        let last = isOrdered ? min(end, reached) : end
        for index in start..<last where !forgotten.contains(where: { $0.contains(index) }) {
          result[index] = index < bytes.count ? bytes[index] : 0
        }
      }
      start = end
    }
    return result
  }
}
