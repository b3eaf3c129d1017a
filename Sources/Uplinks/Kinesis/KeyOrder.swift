/// Whether records of one key may share a request. Kinesis keeps no order among the records of a
/// request: one that it refuses is overtaken by those behind it.
/// Source: Kinesis API reference, PutRecords.
struct KeyOrder {
  enum Choice: String, CaseIterable, Sendable {
    /// Not while the service refuses records, nor while a few requests do without.
    case perKey = "per_key"
    /// Always.
    case any
  }

  let choice: Choice
  /// Records that were taken since the last one that was refused.
  private var takenInARow = 0

  /// Requests that one sending may cost for the sake of order. A board that sends what it measures
  /// has fewer; one that works off a backlog would be a hundred times slower.
  static let requestsMax = 8
  /// Records after which the service is believed not to refuse any: were it one in ten, so many in
  /// a row would be taken once in 10^11 times; and a single key waits ten seconds for them over a
  /// line of 40 ms.
  static let trust = 250

  init(_ choice: Choice) { self.choice = choice }

  mutating func taken(_ count: Int) { takenInARow = min(takenInARow + count, Self.trust) }
  mutating func refused() { takenInARow = 0 }

  /// - Parameter longestRun: the most events of one key that wait.
  func isOnePerKey(longestRun: Int) -> Bool {
    switch choice {
    case .any: false
    case .perKey: longestRun <= Self.requestsMax || takenInARow < Self.trust
    }
  }
}
