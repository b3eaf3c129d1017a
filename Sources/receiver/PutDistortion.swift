/// What the active faults change in the answer to PutRecords.
struct PutDistortion: Equatable {
  /// A `throttle-records` fault: it may refuse any single record.
  struct Throttle: Equatable {
    /// Its place in the plan.
    let index: Int
    let errorCode: String
    let probability: Double
    /// Records that it may still refuse; nil for no end.
    var left: Int?
  }

  var throttles: [Throttle] = []
  /// Entries left out at the end of the answer.
  var missingEntries = 0
  /// FailedRecordCount contradicts the entries.
  var isCountWrong = false
  var random = SplitMix64(state: 0)
  private(set) var refused = 0

  /// The ErrorCode of the next record, or nil when it is accepted.
  mutating func refusal() -> String? {
    for index in throttles.indices where throttles[index].left != 0 {
      guard random.draws(throttles[index].probability) else { continue }
      throttles[index].left = throttles[index].left.map { $0 - 1 }
      refused += 1
      return throttles[index].errorCode
    }
    return nil
  }
}

/// A small generator whose whole state is its seed, so that a run can be repeated.
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64: RandomNumberGenerator, Equatable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// True with `probability`; nothing is drawn where it is certain.
  mutating func draws(_ probability: Double) -> Bool {
    if probability >= 1 { return true }
    if probability <= 0 { return false }
    return Double.random(in: 0..<1, using: &self) < probability
  }
}
