import TelemetryModel

/// One batch on its way through as many requests as it takes, each key's events in their order:
/// what may go into a request, what came of it, and what is left in the end.
///
/// Loop on `next`; answer for the indices that it gives with `settle`, `putBack` or `refuse`, or
/// `stop`.
struct KeyedDelivery {
  /// By index of the event: the number of its key.
  private let keys: [Int]
  private var verdicts: [Verdict?]
  /// Indices yet to be sent, oldest first.
  private var pending: [Int]
  /// Parts of requests that were refused, each to be sent by itself; the last is next.
  private var parts: [[Int]] = []
  /// By number of key: its events wait for a later sending.
  private var isBlocked: [Bool]
  private var isOver = false
  private var requestsLeft = Self.requestsMax
  private var refusalsLeft = Self.refusalsMax
  private(set) var setback: Setback?

  /// Stretches of events in which no key comes twice.
  let runs: Int

  /// Requests of one sending. What they brought is noted when it ends: a kill costs no more copies
  /// than this, and events of another key wait no longer.
  static let requestsMax = 16
  /// Refused requests in one sending. One bad event among 500 costs 10; with this many, each
  /// sending of a batch that is full of bad ones gets at least six of them out, and no service,
  /// however absurd, keeps a lane in here.
  static let refusalsMax = 64

  /// - Parameters:
  ///   - keys: by index of the event, the number of its key.
  ///   - count: of the keys.
  init(keys: [Int], count: Int) {
    self.keys = keys
    verdicts = Array(repeating: nil, count: keys.count)
    pending = Array(keys.indices)
    isBlocked = Array(repeating: false, count: count)
    var runs = 0
    var lastRun = Array(repeating: 0, count: count)
    for key in keys {
      if runs == 0 || lastRun[key] == runs { runs += 1 }
      lastRun[key] = runs
    }
    self.runs = runs
  }

  /// The events for the next request, oldest first; nil when none is left that may be sent.
  /// - Parameter limit: events at most.
  mutating func next(upTo limit: Int, _ packing: KeyOrder.Packing) -> [Int]? {
    guard !isOver else { return nil }
    while let part = parts.popLast() {
      let open = part.filter { !isBlocked[keys[$0]] }
      putBack(part.filter { isBlocked[keys[$0]] })
      if !open.isEmpty { return open }
    }
    guard requestsLeft > 0 else { return nil }
    var taken: [Int] = []
    var left: [Int] = []
    var isTaken = packing == .full ? [] : isBlocked
    for (place, index) in pending.enumerated() {
      guard taken.count < limit else {
        left += pending[place...]
        break
      }
      let key = keys[index]
      if isBlocked[key] {
        left.append(index)
      } else if packing == .full {
        taken.append(index)
      } else if !isTaken[key] {
        isTaken[key] = true
        taken.append(index)
      } else if packing == .oneOfEachKey {
        left.append(index)
      } else {
        left += pending[place...]
        break
      }
    }
    pending = left
    guard !taken.isEmpty else { return nil }
    requestsLeft -= 1
    return taken
  }

  /// No event of the key is sent any more in this sending.
  mutating func block(_ key: Int) { isBlocked[key] = true }

  func mayBeSent(_ index: Int) -> Bool { !isBlocked[keys[index]] }

  func key(of index: Int) -> Int { keys[index] }

  /// These were not sent after all.
  mutating func putBack(_ indices: some Sequence<Int>) {
    let before = pending.count
    pending += indices
    if pending.count > before { pending.sort() }
  }

  mutating func settle(_ index: Int, _ verdict: Verdict) { verdicts[index] = verdict }

  /// The service takes none of a request because of something in it: a single event is the culprit,
  /// several are halved.
  mutating func refuse(_ indices: [Int], _ reason: String) {
    refusalsLeft -= 1
    if indices.count == 1 {
      for index in indices { settle(index, .rejected(reason)) }
    } else {
      let middle = indices.count / 2
      parts.append(Array(indices[middle...]))
      parts.append(Array(indices[..<middle]))
    }
    if refusalsLeft == 0 {
      stop(Setback(.transient, "the service refuses many events; the others wait"), for: [])
    }
  }

  /// Ends the sending because of a request with these events; all that is not settled is kept.
  mutating func stop(_ setback: Setback, for indices: [Int]) {
    self.setback = setback
    isOver = true
    // Without a request, all failed for it.
    for index in indices.isEmpty ? Array(verdicts.indices) : indices where verdicts[index] == nil {
      verdicts[index] = .retry(setback.reason)
    }
  }

  /// Ends the sending without a fault; all that is not settled is sent next time.
  mutating func pause() { isOver = true }

  /// True when the sending ended with events that could have been sent.
  var hasMore: Bool {
    setback == nil
      && verdicts.indices.contains { verdicts[$0] == nil && !isBlocked[keys[$0]] }
  }

  func verdict(_ index: Int) -> Verdict { verdicts[index] ?? .deferred }
}
