/// The spool's segments, oldest first, and their sums: a spool of ten thousand files is asked for
/// its counts at each event.
struct SegmentList: Sendable {
  private var all: [SpillStore.Segment] = []
  /// Events without a final verdict.
  private(set) var pending = 0
  /// Committed bytes.
  private(set) var bytes = 0

  var count: Int { all.count }
  var isEmpty: Bool { all.isEmpty }
  var indices: Range<Int> { all.indices }
  var first: SpillStore.Segment? { all.first }
  var last: SpillStore.Segment? { all.last }

  subscript(index: Int) -> SpillStore.Segment {
    get { all[index] }
    set {
      pending += newValue.pending - all[index].pending
      bytes += newValue.bytes - all[index].bytes
      all[index] = newValue
    }
  }

  func firstIndex(where isWanted: (SpillStore.Segment) -> Bool) -> Int? {
    all.firstIndex(where: isWanted)
  }

  func lastIndex(where isWanted: (SpillStore.Segment) -> Bool) -> Int? {
    all.lastIndex(where: isWanted)
  }

  /// The work of a lane is at one of the ends.
  func index(of name: String) -> Int? {
    if let last = all.last, last.name == name { return all.count - 1 }
    return all.firstIndex { $0.name == name }
  }

  mutating func append(_ segment: SpillStore.Segment) { insert(segment, at: all.count) }

  mutating func insert(_ segment: SpillStore.Segment, at index: Int) {
    all.insert(segment, at: index)
    pending += segment.pending
    bytes += segment.bytes
  }

  @discardableResult
  mutating func remove(at index: Int) -> SpillStore.Segment {
    let segment = all.remove(at: index)
    pending -= segment.pending
    bytes -= segment.bytes
    return segment
  }
}
