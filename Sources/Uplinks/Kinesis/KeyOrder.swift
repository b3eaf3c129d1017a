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
  /// Records that were taken since the last one that was refused.
  private var takenInARow = 0
  /// One was refused among them.
  private var isRefusing = false

  /// Requests that a sending may cost for the sake of order, from a service that is known to take
  /// all, and from one of which nothing is known. Over a slow line each costs a second.
  static let requestsMax = 8
  static let requestsMaxAtFirst = 16
  /// Records after which the service is believed not to refuse any: were it one in ten, so many in
  /// a row would be taken once in 10^11 times; and a single key waits ten seconds for them over a
  /// line of 40 ms.
  static let trust = 250

  init(_ choice: Choice) { self.choice = choice }

  mutating func taken(_ count: Int) {
    takenInARow = min(takenInARow + count, Self.trust)
    if takenInARow >= Self.trust { isRefusing = false }
  }

  mutating func refused() {
    takenInARow = 0
    isRefusing = true
  }

  /// The service failed as a whole: what it does with single records is no longer known.
  mutating func failed() { if !isRefusing { takenInARow = 0 } }

  /// - Parameters:
  ///   - runs: requests that `untilAKeyRepeats` costs.
  ///   - isFull: there are as many events as one request takes, so more of them wait.
  func packing(runs: Int, isFull: Bool) -> Packing {
    switch choice {
    case .any: return .full
    case .perKey where isRefusing: return .oneOfEachKey
    case .perKey where takenInARow < Self.trust:
      return runs <= Self.requestsMaxAtFirst ? .untilAKeyRepeats : .full
    case .perKey: return runs <= Self.requestsMax && !isFull ? .untilAKeyRepeats : .full
    }
  }
}
