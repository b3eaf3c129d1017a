import Testing

@testable import Uplinks

@Suite struct KeyOrderTests {
  @Test func eightRequestsOrFewerAreNeverSpared() {
    var order = KeyOrder(.perKey)
    order.taken(1_000_000)
    #expect(order.isOnePerKey(longestRun: 8))
    #expect(!order.isOnePerKey(longestRun: 9))
  }

  @Test func aBacklogIsPackedOnceTwoHundredAndFiftyRecordsWereTakenInARow() {
    var order = KeyOrder(.perKey)
    #expect(order.isOnePerKey(longestRun: 500))
    order.taken(249)
    #expect(order.isOnePerKey(longestRun: 500))
    order.taken(1)
    #expect(!order.isOnePerKey(longestRun: 500))
    order.refused()
    order.taken(200)
    #expect(order.isOnePerKey(longestRun: 500))
  }

  @Test func whoDoesNotCareIsNeverMadeToWait() {
    var order = KeyOrder(.any)
    order.refused()
    #expect(!order.isOnePerKey(longestRun: 1))
  }
}
