/// How records of one key may share a request. Kinesis keeps no order among the records of a
/// request: one that it refuses is overtaken by those behind it.
/// Source: Kinesis API reference, PutRecords.
struct KeyOrder {
  enum Choice: String, CaseIterable, Sendable {
    /// Not while the service refuses records, nor while a few requests do without.
    case perKey = "per_key"
    /// Always.
    case any
  }

  /// Which of the events that wait go into a request.
  enum Packing: Equatable {
    /// All, oldest first.
    case full
    /// As long as no key comes twice: all events stay in their order.
    case untilAKeyRepeats
    /// The oldest of each key, so that a key that waits holds up no other.
    case oneOfEachKey
  }

  let choice: Choice
  /// Records that were taken since the last one that was refused, and their requests.
  private var takenInARow = 0
  private var requestsInARow = 0
  /// The service refused a record, and has not won back its trust since.
  private(set) var isRefusing = false

  /// Requests that a sending may cost for the sake of order. Over a slow line each costs a second.
  static let requestsMax = 8
  /// Requests after which a service of which nothing is known is believed to take all records.
  static let requestsAtFirst = 16
  /// Records after which one that has refused some is believed to take all again: were it one in
  /// ten, so many in a row would be taken once in 10^11 times; and a single key waits ten seconds
  /// for them over a line of 40 ms.
  static let trust = 250

  init(_ choice: Choice) { self.choice = choice }

  mutating func taken(_ count: Int) {
    takenInARow = min(takenInARow + count, Self.trust)
    requestsInARow = min(requestsInARow + 1, Self.requestsAtFirst)
    if takenInARow >= Self.trust { isRefusing = false }
  }

  mutating func refused() {
    (takenInARow, requestsInARow) = (0, 0)
    isRefusing = true
  }

  /// The service failed as a whole: what it does with single records is no longer known.
  mutating func failed() { if !isRefusing { (takenInARow, requestsInARow) = (0, 0) } }

  private var isKnown: Bool {
    takenInARow >= Self.trust || requestsInARow >= Self.requestsAtFirst
  }

  /// - Parameters:
  ///   - runs: requests that `untilAKeyRepeats` costs.
  ///   - isFull: there are as many events as one request takes, so more of them wait.
  func packing(runs: Int, isFull: Bool) -> Packing {
    switch choice {
    case .any: return .full
    case .perKey where isRefusing: return .oneOfEachKey
    case .perKey where !isKnown: return .untilAKeyRepeats
    case .perKey: return runs <= Self.requestsMax && !isFull ? .untilAKeyRepeats : .full
    }
  }
}
