/// The faults that are set, and what they do to the next request.
///
/// Faults are asked in their order. Those that only colour a request (latency, header, ..) add up;
/// of those that end one (status, reset-before, ..) the first wins, and the others are not used up.
struct FaultPlan {
  /// What the faults do to one request.
  struct Effects: Equatable {
    /// How the request ends when not with its answer; `.hang` and `.close` accept nothing.
    enum Ending: Equatable {
      case status(code: Int, errorType: String?, headers: [Answer.Header], body: String?)
      case resetBefore, resetAfter, close, garbage, truncate
      /// Until then, or without end.
      case hang(until: WallTime?)
    }

    var ending: Ending?
    var delayMilliseconds: Int64 = 0
    var headers: [Answer.Header] = []
    var clockOffset: Double = 0
    var put = PutDistortion()
    /// Faults that took part; records refused one by one are counted in `put`.
    var applied = 0
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

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// Sets `faults` instead of those before. The answer is for how many seconds the port is to be
  /// closed now: the longest `refuse` among them.
  mutating func replace(with faults: [Fault], at now: WallTime) -> Double? {
    active = faults.map {
      Active(fault: $0, setAt: now, left: $0.count, toPass: $0.after)
    }
    return faults.compactMap { fault in
      if case .refuse(let seconds) = fault.effect { seconds } else { nil }
    }.max()
  }

  /// What happens to a request of `scopes`.
  mutating func next(for scopes: Set<Fault.Scope>, at now: WallTime) -> Effects {
    var effects = Effects()
    for index in active.indices where isDue(index, scopes, now) {
      let fault = active[index].fault
      if case .throttleRecords(let errorCode) = fault.effect {
        effects.put.throttles.append(
          .init(
            index: index, errorCode: errorCode, probability: fault.probability,
            left: active[index].left))
        continue
      }
      let ending = Self.ending(fault.effect, until: active[index].until)
      if ending != nil, effects.ending != nil { continue }
      guard random.draws(fault.probability) else { continue }
      active[index].left = active[index].left.map { $0 - 1 }
      effects.applied += 1
      if let ending { effects.ending = ending } else { Self.add(fault.effect, to: &effects) }
    }
    effects.put.random = random
    return effects
  }

  /// Takes back what `put` used up of the faults on records.
  mutating func settle(_ put: PutDistortion) {
    guard !put.throttles.isEmpty else { return }
    random = put.random
    for throttle in put.throttles where active.indices.contains(throttle.index) {
      active[throttle.index].left = throttle.left
    }
  }

  /// Whether the fault may apply now. It counts the requests that pass before it does.
  private mutating func isDue(_ index: Int, _ scopes: Set<Fault.Scope>, _ now: WallTime) -> Bool {
    let entry = active[index]
    if case .refuse = entry.fault.effect { return false }
    if let until = entry.until, now >= until { return false }
    if let only = entry.fault.only, !scopes.contains(only) { return false }
    if entry.toPass > 0 {
      active[index].toPass -= 1
      return false
    }
    return entry.left != 0
  }

  private static func ending(_ effect: Fault.Effect, until: WallTime?) -> Effects.Ending? {
    switch effect {
    case .status(let code, let errorType, let headers, let body):
      .status(code: code, errorType: errorType, headers: headers, body: body)
    case .resetBefore: .resetBefore
    case .resetAfter: .resetAfter
    case .close: .close
    case .hang: .hang(until: until)
    case .garbage: .garbage
    case .truncate: .truncate
    case .throttleRecords, .latency, .refuse, .short, .wrongCount, .header, .clockSkew: nil
    }
  }

  private static func add(_ effect: Fault.Effect, to effects: inout Effects) {
    switch effect {
    case .latency(let milliseconds): effects.delayMilliseconds += milliseconds
    case .short(let missing): effects.put.missingEntries += missing
    case .wrongCount: effects.put.isCountWrong = true
    case .header(let header): effects.headers.append(header)
    case .clockSkew(let seconds): effects.clockOffset += seconds
    case .status, .throttleRecords, .resetBefore, .resetAfter, .close, .hang, .garbage, .truncate,
      .refuse:
      break
    }
  }
}
