/// Finds the edges that the kernel dropped, by the numbers that it gave them.
struct EdgeGaps {
  /// The last number of each line, by its place in the request.
  private var numbers: [Int: UInt32] = [:]

  /// Edges of the same line that are missing before this one. A line's first edge since it was
  /// requested has the number 1; numbers start over after the largest.
  mutating func missed(before edge: LineEdge) -> Int {
    let expected = (numbers[edge.line] ?? 0) &+ 1
    numbers[edge.line] = edge.number
    return max(0, Int(Int32(bitPattern: edge.number &- expected)))
  }
}
