/// What is sent of every so many readings. Keeps sums, not readings, so that a long window costs no
/// memory.
package struct WindowAggregate: Sendable, Equatable {
  package enum Function: String, Sendable, CaseIterable {
    case mean, min, max, last, count
  }

  /// All functions, as a message lists them.
  static let names = Function.allCases.map(\.rawValue).joined(separator: ", ")

  /// In the order of the ini, each once, at least one.
  package let functions: [Function]
  /// Readings.
  private let length: Int
  private var count = 0
  private var sum = 0.0
  private var smallest = 0.0
  private var largest = 0.0
  private var newest = 0.0

  package init(_ functions: [Function], length: Int) {
    self.functions = functions
    self.length = length
  }

  /// - Returns: the results when this reading fills the window, else nil.
  package mutating func take(_ value: Double) -> [Double]? {
    smallest = count == 0 ? value : Swift.min(smallest, value)
    largest = count == 0 ? value : Swift.max(largest, value)
    sum += value
    newest = value
    count += 1
    return count >= length ? finish() : nil
  }

  /// What the readings since the last full window come to; nil when there are none.
  package mutating func finish() -> [Double]? {
    guard count > 0 else { return nil }
    defer {
      count = 0
      sum = 0
    }
    return functions.map { function in
      switch function {
      case .mean: sum / Double(count)
      case .min: smallest
      case .max: largest
      case .last: newest
      case .count: Double(count)
      }
    }
  }
}
