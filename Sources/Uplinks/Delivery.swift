import TelemetryModel

/// Why a sending stops with events left, and how it is tried again.
struct Setback: Equatable, Sendable {
  var pace: RetryPace
  var reason: String
  var retryAfter: Duration?

  init(_ pace: RetryPace, _ reason: String, retryAfter: Duration? = nil) {
    self.pace = pace
    self.reason = reason
    self.retryAfter = retryAfter
  }

  /// - Parameter isClockSet: a certificate may only seem out of date while the clock is not set.
  init(_ failure: HTTPFailure, isClockSet: Bool) {
    switch failure.kind {
    case .connection, .aborted: self.init(.connection, failure.reason)
    case .timedOut, .badAnswer: self.init(.transient, failure.reason)
    case .certificateTime where !isClockSet:
      self.init(.transient, failure.reason + " (and the clock is not set yet)")
    case .tls, .certificateTime, .proxy: self.init(.hold, failure.reason)
    }
  }
}

/// One batch on its way through as many requests as it takes: cut by size, halved around an event
/// that the service refuses, and stopped at the first setback so that nothing overtakes.
///
/// Loop on `next`; answer for each index it gives with `settle`, `putBack` or `refuse`, or `stop`.
struct Delivery {
  private var verdicts: [Verdict?]
  /// Indices yet to be sent in runs; the last run is next.
  private var pending: [ArraySlice<Int>]
  private var setback: Setback?
  private var refusalsLeft: Int
  private(set) var notices: [String] = []

  /// Refused requests in one sending. One bad event among 500 costs 10; with this many, each
  /// sending of a batch that is full of bad ones gets at least six of them out, and no service,
  /// however absurd, keeps a lane in here. All other requests make headway or end the sending.
  static let refusalsMax = 64

  init(of batch: Batch) {
    verdicts = Array(repeating: nil, count: batch.events.count)
    pending = batch.events.isEmpty ? [] : [Array(batch.events.indices)[...]]
    refusalsLeft = Self.refusalsMax
  }

  /// The events for the next request, oldest first; nil when all is settled or a setback came.
  mutating func next() -> ArraySlice<Int>? {
    guard setback == nil, !pending.isEmpty else { return nil }
    guard refusalsLeft > 0 else {
      setback = Setback(.transient, "the service refuses many events; the others wait")
      return nil
    }
    return pending.removeLast()
  }

  /// These did not fit into the request: they come next.
  mutating func putBack(_ rest: ArraySlice<Int>) {
    if !rest.isEmpty { pending.append(rest) }
  }

  mutating func settle(_ index: Int, _ verdict: Verdict) { verdicts[index] = verdict }

  mutating func accept(_ indices: ArraySlice<Int>) {
    for index in indices { settle(index, .accepted) }
  }

  /// The service takes none of a request because of something in it: a single event is the culprit,
  /// several are halved.
  mutating func refuse(_ indices: ArraySlice<Int>, _ reason: String) {
    refusalsLeft -= 1
    guard indices.count > 1 else {
      for index in indices { settle(index, .rejected(reason)) }
      return
    }
    let middle = indices.startIndex + indices.count / 2
    pending.append(indices[middle...])
    pending.append(indices[..<middle])
  }

  /// Ends the sending; all that is not settled is kept.
  mutating func stop(_ setback: Setback) { self.setback = setback }

  mutating func note(_ text: String) { notices.append(text) }

  func report(for batch: Batch) -> DeliveryReport {
    let reason = setback?.reason ?? "it was not sent"
    return DeliveryReport(
      for: batch, pace: setback?.pace ?? .transient, retryAfter: setback?.retryAfter,
      notices: notices
    ) { index in verdicts[index] ?? .retry(reason) }
  }
}
