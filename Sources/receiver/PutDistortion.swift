/// What the active faults change in the answer to PutRecords.
struct PutDistortion: Equatable {
  /// A `throttle-records` fault: it may refuse any single record.
  struct Throttle: Equatable {
    /// Its place in the plan.
    let index: Int
    let fault: RecordFault
    /// Records of this partition key alone; of all when nil.
    var key: String?
    let probability: Double
    /// Records that it may still refuse; nil for no end.
    var left: Int?
  }

  var throttles: [Throttle] = []
  /// A `shard-limit` fault, and its place in the plan.
  var shardLimit: ShardLimit?
  /// Entries left out at the end of the answer.
  var missingEntries = 0
  /// FailedRecordCount contradicts the entries.
  var isCountWrong = false
  /// The fault for which the client will not learn what was accepted.
  var unanswered: FaultKind?
  var random = SplitMix64(state: 0)
  /// Records refused by `throttles`, and by `shardLimit`.
  private(set) var refused = 0
  private(set) var overLimit = 0

  /// What refuses record `index` of `count`, which has this key, or nil when nothing does.
  mutating func refusal(of key: String, at index: Int, of count: Int) -> RecordFault? {
    for place in throttles.indices where throttles[place].left != 0 {
      let throttle = throttles[place]
      guard throttle.fault.place.includes(index: index, of: count),
        throttle.key == nil || throttle.key == key, random.draws(throttle.probability)
      else { continue }
      throttles[place].left = throttle.left.map { $0 - 1 }
      refused += 1
      return throttle.fault
    }
    return nil
  }

  /// Counts a record that its shard had no room for.
  mutating func limited() -> RecordFault {
    overLimit += 1
    return RecordFault()
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
