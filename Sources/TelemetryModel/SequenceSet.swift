/// A set of sequence numbers, kept as ranges: memory grows with its holes, not with its numbers.
///
/// The ranges stand in blocks, so that an insertion anywhere moves a few kilobytes at most; numbers
/// in order, the usual case, only widen the last range.
package struct SequenceSet: Sendable {
  /// Ranges of a block before it is halved: 16 bytes each.
  private static let blockMax = 512

  /// Sorted, disjoint, and never adjacent to each other; no block is empty.
  private var blocks: [[ClosedRange<UInt64>]] = []
  /// How many numbers are in the set.
  package private(set) var count: UInt64 = 0

  package init() {}

  package var first: UInt64? { blocks.first?.first?.lowerBound }
  package var last: UInt64? { blocks.last?.last?.upperBound }

  /// In order, with at least one number between any two.
  package var ranges: [ClosedRange<UInt64>] { Array(blocks.joined()) }

  /// - Returns: true when the number was not there yet.
  package mutating func insert(_ number: UInt64) -> Bool {
    guard let last else {
      blocks = [[number...number]]
      count = 1
      return true
    }
    guard number <= last else {
      append(number, after: last)
      count += 1
      return true
    }
    let block = Self.lastIndex(in: blocks) { $0.first.map { $0.lowerBound <= number } ?? false }
    let place = block.flatMap { block in
      Self.lastIndex(in: blocks[block]) { $0.lowerBound <= number }
    }
    if let block, let place, blocks[block][place].upperBound >= number { return false }
    insert(number, behind: place, in: block ?? 0)
    count += 1
    return true
  }

  private mutating func append(_ number: UInt64, after last: UInt64) {
    let block = blocks.count - 1
    if last + 1 == number {
      let place = blocks[block].count - 1
      blocks[block][place] = blocks[block][place].lowerBound...number
    } else if blocks[block].count < Self.blockMax {
      blocks[block].append(number...number)
    } else {
      blocks.append([number...number])
    }
  }

  /// - Parameter place: the range before the number, which does not hold it; nil where none is.
  private mutating func insert(_ number: UInt64, behind place: Int?, in block: Int) {
    let next = place.map { $0 + 1 } ?? 0
    let isNextInBlock = next < blocks[block].count
    let after =
      isNextInBlock
      ? blocks[block][next] : block + 1 < blocks.count ? blocks[block + 1][0] : nil
    let touching = after.flatMap { $0.lowerBound - 1 == number ? $0 : nil }
    if let place, blocks[block][place].upperBound + 1 == number {
      let upper = touching?.upperBound ?? number
      blocks[block][place] = blocks[block][place].lowerBound...upper
      if touching != nil { remove(isNextInBlock ? next : 0, in: isNextInBlock ? block : block + 1) }
    } else if let touching {
      let place = isNextInBlock ? next : 0
      blocks[isNextInBlock ? block : block + 1][place] = number...touching.upperBound
    } else {
      blocks[block].insert(number...number, at: next)
      if blocks[block].count > Self.blockMax { halve(block) }
    }
  }

  private mutating func remove(_ place: Int, in block: Int) {
    blocks[block].remove(at: place)
    if blocks[block].isEmpty { blocks.remove(at: block) }
  }

  private mutating func halve(_ block: Int) {
    let half = blocks[block].count / 2
    blocks.insert(Array(blocks[block][half...]), at: block + 1)
    blocks[block].removeSubrange(half...)
  }

  /// The last element of which `isBefore` holds; it must hold of none behind one without it.
  private static func lastIndex<Element>(
    in list: [Element], where isBefore: (Element) -> Bool
  ) -> Int? {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(list[middle]) { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }
}

// MARK: - Ranges in order

extension ClosedRange<UInt64> {
  /// How many numbers are in the range; the largest number there is for the range of all of them.
  package var size: UInt64 { (upperBound - lowerBound).adding(1) }
}

extension UInt64 {
  /// A sum that stays at the largest number instead of failing.
  package func adding(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// Of lists that are sorted and disjoint.
extension [ClosedRange<UInt64>] {
  package var size: UInt64 { reduce(0) { $0.adding($1.size) } }

  /// What of `span` is in none of the ranges, all of which are inside it.
  package func complement(in span: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
    var result: [ClosedRange<UInt64>] = []
    var next = span.lowerBound
    for range in self {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      if range.upperBound == span.upperBound { return result }
      next = range.upperBound + 1
    }
    result.append(next...span.upperBound)
    return result
  }

  /// What is in both. A range of the result is inside one range of each list.
  package func intersection(_ other: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
    var result: [ClosedRange<UInt64>] = []
    var place = 0
    for range in self {
      while place < other.count, other[place].upperBound < range.lowerBound { place += 1 }
      var at = place
      while at < other.count, other[at].lowerBound <= range.upperBound {
        result.append(other[at].clamped(to: range))
        at += 1
      }
      place = Swift.max(place, at - 1)
    }
    return result
  }
}
