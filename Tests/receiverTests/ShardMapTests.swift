import Testing

@testable import receiver

@Suite struct ShardMapTests {
  @Test func hashesAndShardsAreThoseOfTheService() {
    #expect(ShardMap.hash(ofKey: "1") == 261_578_874_264_819_908_609_102_035_485_573_088_411)
    let map = ShardMap(count: 150)
    #expect(map.shard(of: ShardMap.hash(ofKey: "1")) == 115)
    #expect(map.shard(of: ShardMap.hash(ofKey: "2")) == 117)
  }

  @Test(arguments: [1, 2, 3, 4, 7, 150, 256, 10_000])
  func rangesCoverAllHashesOnce(count: Int) {
    let map = ShardMap(count: count)
    var next: UInt128 = 0
    for shard in 0..<count {
      let range = map.range(of: shard)
      #expect(range.lowerBound == next)
      #expect(map.shard(of: range.lowerBound) == shard)
      #expect(map.shard(of: range.upperBound) == shard)
      next = range.upperBound &+ 1
    }
    #expect(next == 0)
  }

  @Test(arguments: [
    ("0", true), ("1", true), ("340282366920938463463374607431768211455", true),
    ("340282366920938463463374607431768211456", false), ("01", false), ("", false), ("-1", false),
    ("+1", false), ("1.0", false), ("\u{0661}", false),
  ])
  func anExplicitHashKeyIsPlainDecimal(text: String, isValid: Bool) {
    #expect((ShardMap.hash(ofExplicitKey: text) != nil) == isValid)
  }

  @Test func sequenceNumbersHave56DigitsAndGrow() {
    var number = SequenceNumber(startedAt: WallTime(microseconds: 1_795_251_600_000_000))
    var last = String(decoding: number.digits, as: UTF8.self)
    for _ in 0..<1001 {
      number.advance()
      let next = String(decoding: number.digits, as: UTF8.self)
      #expect(next.utf8.count == 56 && next > last)
      last = next
    }
    #expect(last.hasSuffix("0001001"))
    let later = SequenceNumber(startedAt: WallTime(microseconds: 1_795_251_600_000_001))
    #expect(String(decoding: later.digits, as: UTF8.self) > last)
  }
}
