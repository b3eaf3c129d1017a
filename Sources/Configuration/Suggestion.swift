/// "Did you mean": the known word that a mistyped one was most likely meant to be.
package enum Suggestion {
  /// Longer words are not compared: no name of ours is near this, and the cost is their product.
  private static let lengthLimit = 64

  /// The nearest of `words`, whatever the case, when it is near enough to be meant: a third of its
  /// letters may be wrong, and at most three. Else the only one that begins with what was typed.
  package static func nearest(to typed: String, among words: [String]) -> String? {
    let typed = typed.lowercased()
    guard !typed.isEmpty, typed.utf8.count <= lengthLimit else { return nil }
    var best: (word: String, distance: Int)?
    for word in words {
      let distance = distance(typed, word.lowercased())
      let allowed = max(1, min(3, max(typed.utf8.count, word.utf8.count) / 3))
      if distance <= allowed, distance < best?.distance ?? .max { best = (word, distance) }
    }
    if let best { return best.word }
    let longer = words.filter { $0.lowercased().hasPrefix(typed) }
    return typed.utf8.count >= 3 && longer.count == 1 ? longer[0] : nil
  }

  /// How many bytes must be put in, taken out, replaced, or swapped with their neighbour to turn
  /// one word into the other (optimal string alignment).
  package static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
        var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current.append(cost)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
