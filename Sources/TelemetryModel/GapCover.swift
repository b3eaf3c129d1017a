/// Says which gaps account for which numbers.
///
/// A gap has numbers from a first to a last, and a count, which may be less than all of them; which
/// of them it means is not told. Each number goes to the gap that ends first among those that may
/// have it and have some of their count left. So as many numbers as possible are accounted for
/// (earliest deadline first: Jackson 1955).
struct GapCover {
  /// What accounts for the numbers of one range.
  struct Share: Equatable {
    var causes: [CauseCount] = []
    /// Numbers that no gap accounts for.
    var rest: UInt64 = 0

    mutating func add(_ count: UInt64, _ cause: String) {
      if let place = causes.firstIndex(where: { $0.cause == cause }) {
        causes[place].count = causes[place].count.adding(count)
      } else {
        causes.append(CauseCount(cause: cause, count: count))
      }
    }
  }

  /// By their first numbers.
  private let gaps: [Gap]
  /// What of each gap's count is not used yet.
  private var left: [UInt64]

  init(_ gaps: [Gap]) {
    // The rest of the order only makes the answer the same each time.
    self.gaps = gaps.sorted {
      ($0.first, $0.last, $0.cause, $0.count) < ($1.first, $1.last, $1.cause, $1.count)
    }
    left = self.gaps.map { UInt64(max(0, $0.count)) }
  }

  /// Uses up counts for the numbers of `ranges`, which are sorted and disjoint.
  /// - Parameter cause: only gaps of this cause are used.
  /// - Returns: one share for each range.
  mutating func explain(_ ranges: [ClosedRange<UInt64>], by cause: String? = nil) -> [Share] {
    var shares: [Share] = []
    shares.reserveCapacity(ranges.count)
    var next = 0
    // Those that have begun; the one that ends first stands last.
    var open: [Int] = []
    for range in ranges {
      var share = Share()
      var at = range.lowerBound
      while true {
        while next < gaps.count, gaps[next].first <= at {
          if cause == nil || gaps[next].cause == cause { begin(next, &open) }
          next += 1
        }
        while let gap = open.last, gaps[gap].last < at || left[gap] == 0 { open.removeLast() }
        // Up to where another gap begins, which may end earlier.
        var end = range.upperBound
        if next < gaps.count { end = min(end, gaps[next].first - 1) }
        if let gap = open.last {
          let used = min((at...min(end, gaps[gap].last)).size, left[gap])
          left[gap] -= used
          share.add(used, gaps[gap].cause)
          end = at + (used - 1)
        } else {
          share.rest = share.rest.adding((at...end).size)
        }
        if end == range.upperBound { break }
        at = end + 1
      }
      shares.append(share)
    }
    return shares
  }

  private func begin(_ gap: Int, _ open: inout [Int]) {
    var low = 0
    var high = open.count
    while low < high {
      let middle = (low + high) / 2
      if gaps[open[middle]].last > gaps[gap].last { low = middle + 1 } else { high = middle }
    }
    open.insert(gap, at: low)
  }
}
