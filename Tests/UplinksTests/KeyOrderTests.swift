import Testing

@testable import Uplinks

@Suite struct KeyOrderTests {
  @Test func aServiceThatIsNotKnownGetsSixteenRequestsWithoutAKeyTwice() {
    var order = KeyOrder(.perKey)
    for _ in 0..<16 {
      #expect(order.packing(runs: 500, isFull: true) == .untilAKeyRepeats)
      order.taken(1)
    }
    #expect(order.packing(runs: 500, isFull: true) == .full)
  }

  @Test func oneThatTookAllIsSparedEightUnlessMoreEventsWait() {
    var order = KeyOrder(.perKey)
    order.taken(249)
    #expect(order.packing(runs: 16, isFull: true) == .untilAKeyRepeats)
    order.taken(1)
    #expect(order.packing(runs: 8, isFull: false) == .untilAKeyRepeats)
    #expect(order.packing(runs: 9, isFull: false) == .full)
    #expect(order.packing(runs: 2, isFull: true) == .full)
  }

  @Test func oneThatRefusesRecordsGetsOneOfEachKeyUntilItTookTwoHundredAndFifty() {
    var order = KeyOrder(.perKey)
    order.taken(1000)
    order.refused()
    #expect(order.packing(runs: 500, isFull: true) == .oneOfEachKey)
    order.taken(200)
    order.failed()
    #expect(order.packing(runs: 500, isFull: true) == .oneOfEachKey)
    order.taken(50)
    #expect(order.packing(runs: 500, isFull: true) == .full)
  }

  @Test func afterAnOutageNothingIsKnown() {
    var order = KeyOrder(.perKey)
    order.taken(1000)
    order.failed()
    #expect(order.packing(runs: 500, isFull: true) == .untilAKeyRepeats)
  }

  @Test func whoDoesNotCareIsNeverMadeToWait() {
    var order = KeyOrder(.any)
    order.refused()
    #expect(order.packing(runs: 2, isFull: false) == .full)
  }
}
