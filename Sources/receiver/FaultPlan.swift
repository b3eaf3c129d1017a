/// The faults that are set, and what they do to the next request.
///
/// Faults are asked in their order. Those that only colour a request (latency, header, ..) add up;
/// of those that end one (status, reset-before, ..) the first wins, and the others are not used up.
struct FaultPlan {
  /// What the faults do to one request.
  struct Effects: Equatable {
    /// How the request ends when not with its answer; `.hang` and `.close` accept nothing.
    enum Ending: Equatable {
      case status(StatusFault)
      case resetBefore, resetAfter, close, garbage, truncate
      /// Until then, or without end.
      case hang(until: WallTime?)
    }

    var ending: Ending?
    var delayMilliseconds: Int64 = 0
    var headers: [Answer.Header] = []
    var clockOffset: Double = 0
    var put = PutDistortion()
    /// Faults that took part; those that refuse records one by one do when they refuse some.
    var applied: [FaultKind] = []
  }

  private struct Active {
    let fault: Fault
    let setAt: WallTime
    /// Times it may still apply; nil for no end.
    var left: Int?
    /// Requests that it still lets pass.
    var toPass: Int

    var until: WallTime? { fault.seconds.map { setAt.adding(seconds: $0) } }
  }

  private var active: [Active] = []
  private var random: SplitMix64
  /// How often each kind was applied since the start, of those that refuse records the records.
  private(set) var counts: [FaultKind: Int] = [:]

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// Sets `faults` instead of those before. The answer is for how many seconds the port is to be
  /// closed now: the longest `refuse` among them.
  mutating func replace(with faults: [Fault], at now: WallTime) -> Double? {
    active = faults.map {
      Active(fault: $0, setAt: now, left: $0.count, toPass: $0.after)
    }
    for fault in faults where fault.kind == .refuse { counts[.refuse, default: 0] += 1 }
    return faults.compactMap { fault in
      if case .refuse(let seconds) = fault.effect { seconds } else { nil }
    }.max()
  }

  /// What happens to a request of `scopes` with this body.
  mutating func next(
    for scopes: Set<Fault.Scope>, at now: WallTime, body: [UInt8] = []
  ) -> Effects {
    var effects = Effects()
    // Read only where a fault asks for it.
    var keys: Set<String>?
    for index in active.indices where concerns(index, scopes, body, &keys) && isDue(index, now) {
      let fault = active[index].fault
      if case .throttleRecords(let effect) = fault.effect {
        effects.put.throttles.append(
          .init(
            index: index, fault: effect, key: fault.key, probability: fault.probability,
            left: active[index].left))
        continue
      }
      let ending = Self.ending(fault.effect, until: active[index].until)
      if ending != nil, effects.ending != nil { continue }
      guard random.draws(fault.probability) else { continue }
      active[index].left = active[index].left.map { $0 - 1 }
      if case .shardLimit(let limit) = fault.effect {
        effects.put.shardLimit = limit
        continue
      }
      effects.applied.append(fault.kind)
      counts[fault.kind, default: 0] += 1
      if let ending {
        effects.ending = ending
        if Self.leavesUnanswered(ending) { effects.put.unanswered = fault.kind }
      } else {
        Self.add(fault.effect, to: &effects)
      }
    }
    if effects.put.missingEntries > 0, effects.put.unanswered == nil {
      effects.put.unanswered = .short
    }
    effects.put.random = random
    return effects
  }

  /// Takes back what the request used up of the faults on records.
  mutating func settle(_ effects: inout Effects) {
    let put = effects.put
    for (kind, count) in [(FaultKind.throttleRecords, put.refused), (.shardLimit, put.overLimit)]
    where count > 0 {
      effects.applied.append(kind)
      counts[kind, default: 0] += count
    }
    guard !put.throttles.isEmpty else { return }
    random = put.random
    for throttle in put.throttles where active.indices.contains(throttle.index) {
      active[throttle.index].left = throttle.left
    }
  }

  /// Whether the fault is for such requests.
  private func concerns(
    _ index: Int, _ scopes: Set<Fault.Scope>, _ body: [UInt8], _ keys: inout Set<String>?
  ) -> Bool {
    let fault = active[index].fault
    if case .refuse = fault.effect { return false }
    if let only = fault.only, !scopes.contains(only) { return false }
    if let over = fault.over, body.count <= over { return false }
    guard let key = fault.key else { return true }
    let found = keys ?? PutRecords.keys(in: body)
    keys = found
    return found.contains(key)
  }

  /// Whether the fault may apply now. It counts the requests that pass before it does.
  private mutating func isDue(_ index: Int, _ now: WallTime) -> Bool {
    let entry = active[index]
    if let until = entry.until, now >= until { return false }
    if entry.toPass > 0 {
      active[index].toPass -= 1
      return false
    }
    return entry.left != 0
  }

  private static func ending(_ effect: Fault.Effect, until: WallTime?) -> Effects.Ending? {
    switch effect {
    case .status(let fault): .status(fault)
    case .resetBefore: .resetBefore
    case .resetAfter: .resetAfter
    case .close: .close
    case .hang: .hang(until: until)
    case .garbage: .garbage
    case .truncate: .truncate
    case .throttleRecords, .shardLimit, .latency, .refuse, .short, .wrongCount, .header, .clockSkew:
      nil
    }
  }

  private static func add(_ effect: Fault.Effect, to effects: inout Effects) {
    switch effect {
    case .latency(let milliseconds): effects.delayMilliseconds += milliseconds
    case .short(let missing): effects.put.missingEntries += missing
    case .wrongCount: effects.put.isCountWrong = true
    case .header(let header): effects.headers.append(header)
    case .clockSkew(let seconds): effects.clockOffset += seconds
    case .status, .throttleRecords, .shardLimit, .resetBefore, .resetAfter, .close, .hang,
      .garbage, .truncate, .refuse:
      break
    }
  }

  /// Whether what was accepted is not told to the client.
  private static func leavesUnanswered(_ ending: Effects.Ending) -> Bool {
    switch ending {
    case .resetAfter, .truncate: true
    case .status, .resetBefore, .close, .garbage, .hang: false
    }
  }
}
