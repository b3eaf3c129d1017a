import Testing

@testable import receiver

@Suite struct ShardBudgetTests {
  private let start = WallTime(microseconds: 1_700_000_000_000_000)

  /// How many of `count` records in a row are taken.
  private func taken(
    _ budget: inout ShardBudget, _ count: Int, bytes: Int = 1, shard: String = "a",
    limit: ShardLimit, after seconds: Double = 0
  ) -> Int {
    (0..<count).count { _ in
      budget.takes(
        bytes, shard: shard, of: "s", limit: limit, at: start.adding(seconds: seconds))
    }
  }

  @Test func aSecondHasRoomForSoManyRecords() {
    var budget = ShardBudget()
    let limit = ShardLimit(records: 10)
    #expect(taken(&budget, 30, limit: limit) == 10)
    #expect(taken(&budget, 30, limit: limit, after: 0.5) == 5)
    #expect(taken(&budget, 30, limit: limit, after: 10) == 10)
    #expect(taken(&budget, 30, shard: "b", limit: limit, after: 10) == 10)
  }

  @Test func aSecondHasRoomForSoManyBytes() {
    var budget = ShardBudget()
    let limit = ShardLimit(records: 1000, bytes: 100)
    #expect(taken(&budget, 30, bytes: 30, limit: limit) == 3)
    #expect(taken(&budget, 30, bytes: 30, limit: limit, after: 0.25) == 1)
  }

  @Test func aRecordOfMoreThanASecondsBytesIsTakenByAnEmptyShard() {
    var budget = ShardBudget()
    let limit = ShardLimit(records: 1000, bytes: 100)
    #expect(taken(&budget, 3, bytes: 150, limit: limit) == 1)
    #expect(taken(&budget, 3, bytes: 150, limit: limit, after: 1) == 0)
    #expect(taken(&budget, 3, bytes: 150, limit: limit, after: 1.5) == 1)
  }
}
