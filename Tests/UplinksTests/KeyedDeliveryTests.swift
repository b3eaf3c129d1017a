import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct KeyedDeliveryTests {
  /// Ten events of the keys 0 1 0 1 2 0 0 2 1 0.
  private let keys = [0, 1, 0, 1, 2, 0, 0, 2, 1, 0]

  private func delivery() -> KeyedDelivery { KeyedDelivery(keys: keys, count: 3) }

  @Test func aRequestHoldsOneEventOfEachKeyTheOldestFirst() {
    var delivery = delivery()
    var requests: [[Int]] = []
    while let next = delivery.next(upTo: 500, .oneOfEachKey) { requests.append(next) }
    #expect(requests == [[0, 1, 4], [2, 3, 7], [5, 8], [6], [9]])
  }

  @Test func aRequestEndsWhereAKeyComesAgain() {
    var delivery = delivery()
    var requests: [[Int]] = []
    while let next = delivery.next(upTo: 500, .untilAKeyRepeats) { requests.append(next) }
    #expect(requests == [[0, 1], [2, 3, 4], [5], [6, 7, 8], [9]])
    #expect(delivery.runs == 5)
    #expect(KeyedDelivery(keys: [], count: 0).runs == 0)
    #expect(KeyedDelivery(keys: [0, 0, 0], count: 1).runs == 3)
  }

  @Test func whileAKeyIsBlockedTheOthersKeepTheirOrder() {
    var delivery = delivery()
    delivery.block(0)
    #expect(delivery.next(upTo: 500, .untilAKeyRepeats) == [1])
    #expect(delivery.next(upTo: 500, .untilAKeyRepeats) == [3, 4])
  }

  @Test func withoutThatRuleARequestIsFilled() {
    var delivery = delivery()
    #expect(delivery.next(upTo: 6, .full) == [0, 1, 2, 3, 4, 5])
    #expect(delivery.next(upTo: 6, .full) == [6, 7, 8, 9])
    #expect(delivery.next(upTo: 6, .full) == nil)
  }

  @Test func theLaterEventsOfABlockedKeyStayBehind() {
    var delivery = delivery()
    let first = delivery.next(upTo: 500, .oneOfEachKey) ?? []
    for index in first { delivery.settle(index, index == 0 ? .retry("full") : .accepted) }
    delivery.block(0)
    #expect(delivery.next(upTo: 500, .full) == [3, 7, 8])
    for index in [3, 7, 8] { delivery.settle(index, .accepted) }
    #expect(delivery.next(upTo: 500, .full) == nil)
    #expect(!delivery.hasMore)
    #expect(
      keys.indices.map(delivery.verdict) == [
        .retry("full"), .accepted, .deferred, .accepted, .accepted, .deferred, .deferred,
        .accepted, .accepted, .deferred,
      ])
  }

  @Test func whatDidNotFitComesNextInItsPlace() {
    var delivery = delivery()
    _ = delivery.next(upTo: 4, .full)
    delivery.putBack([1, 2, 3])
    #expect(delivery.next(upTo: 5, .full) == [1, 2, 3, 4, 5])
  }

  @Test func aRefusedRequestIsHalvedUntilTheCulpritIsFound() {
    var delivery = delivery()
    var requests: [[Int]] = []
    while let next = delivery.next(upTo: 500, .full) {
      requests.append(next)
      if next.contains(3) {
        delivery.refuse(next, "bad")
      } else {
        for index in next { delivery.settle(index, .accepted) }
      }
    }
    #expect(
      requests == [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 1, 2, 3, 4], [0, 1], [2, 3, 4], [2], [3, 4], [3], [4],
        [5, 6, 7, 8, 9],
      ])
    #expect(delivery.verdict(3) == .rejected("bad"))
    #expect(keys.indices.count { delivery.verdict($0) == .accepted } == 9)
  }

  @Test func aKeyThatIsBlockedIsLeftOutOfTheHalvesToo() {
    var delivery = delivery()
    let all = delivery.next(upTo: 500, .full) ?? []
    delivery.refuse(all, "bad")
    let half = delivery.next(upTo: 500, .full) ?? []
    #expect(half == [0, 1, 2, 3, 4])
    for index in half { delivery.settle(index, index == 1 ? .retry("full") : .accepted) }
    delivery.block(1)
    #expect(delivery.next(upTo: 500, .full) == [5, 6, 7, 9])
    #expect(delivery.verdict(8) == .deferred)
  }

  @Test func aSetbackKeepsItsRequestAndTheRestWaits() {
    var delivery = delivery()
    let first = delivery.next(upTo: 500, .oneOfEachKey) ?? []
    delivery.stop(Setback(.throttled, "slow down"), for: first)
    #expect(delivery.next(upTo: 500, .oneOfEachKey) == nil)
    #expect(keys.indices.filter { delivery.verdict($0) == .retry("slow down") } == [0, 1, 4])
    #expect(keys.indices.count { delivery.verdict($0) == .deferred } == 7)
    #expect(!delivery.hasMore)
  }

  @Test func aSendingHasSixteenRequestsAndThenLetsTheBufferNote() {
    var delivery = KeyedDelivery(keys: Array(repeating: 0, count: 20), count: 1)
    var requests = 0
    while let next = delivery.next(upTo: 500, .oneOfEachKey) {
      requests += 1
      for index in next { delivery.settle(index, .accepted) }
    }
    #expect(requests == 16)
    #expect(delivery.hasMore)
    #expect((0..<20).count { delivery.verdict($0) == .deferred } == 4)
  }

  @Test func aServiceThatRefusesEverythingEndsTheSending() {
    var delivery = KeyedDelivery(keys: Array(0..<500), count: 500)
    var requests = 0
    while let next = delivery.next(upTo: 500, .oneOfEachKey) {
      requests += 1
      delivery.refuse(next, "no")
    }
    #expect(requests == 64)
    #expect(delivery.setback?.pace == .transient)
    #expect((0..<500).allSatisfy { delivery.verdict($0) != .deferred })
  }
}
