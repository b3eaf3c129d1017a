import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct EventQueueTests {
  private func sequences(_ queue: EventQueue) -> [UInt64] {
    var queue = queue
    return queue.take(upTo: .max).map(\.sequence)
  }

  @Test func eventsComeOutOldestFirst() {
    var queue = EventQueue(capacity: 10)
    #expect(queue.append(events(1...3)).count == 0)
    #expect(queue.append(events(4...5)).count == 0)
    #expect(queue.oldest?.sequence == 1)
    #expect(queue.take(upTo: 4).map(\.sequence) == [1, 2, 3, 4])
    #expect(queue.inFlight == 4)
    #expect(queue.count == 5)
  }

  @Test func theOldestGoesFirstWhenTheQueueIsFull() {
    var queue = EventQueue(capacity: 3)
    #expect(queue.append(events(1...3)).count == 0)
    #expect(queue.append(events(4...5)).count == 2)
    #expect(sequences(queue) == [3, 4, 5])
  }

  @Test func anOfferLargerThanTheQueueKeepsItsNewest() {
    var queue = EventQueue(capacity: 3)
    #expect(queue.append(events(1...10)).count == 7)
    #expect(sequences(queue) == [8, 9, 10])
  }

  @Test func eventsOnTheirWayAreNeverPushedOut() {
    var queue = EventQueue(capacity: 3)
    _ = queue.append(events(1...3))
    _ = queue.take(upTo: 2)
    #expect(queue.append(events(4...5)).count == 2)
    #expect(queue.settle { _ in true }.isEmpty)
    #expect(sequences(queue) == [1, 2, 5])
  }

  @Test func aWholeQueueOnItsWayTakesNothingMore() {
    var queue = EventQueue(capacity: 3)
    _ = queue.append(events(1...3))
    _ = queue.take(upTo: 3)
    #expect(queue.append(events(4...5)).count == 2)
    #expect(queue.settle { $0 == 1 }.isEmpty)
    #expect(sequences(queue) == [2])
  }

  @Test func whatIsKeptStaysInFrontInItsOrder() {
    var queue = EventQueue(capacity: 10)
    _ = queue.append(events(1...6))
    _ = queue.take(upTo: 4)
    #expect(queue.settle { $0 % 2 == 1 }.isEmpty)
    #expect(sequences(queue) == [2, 4, 5, 6])
  }

  /// Goal: for each choice of kept events, exactly those stay. Method: all choices of five.
  @Test func settlingKeepsExactlyWhatIsNamed() {
    for choice in 0..<32 {
      var queue = EventQueue(capacity: 10)
      _ = queue.append(events(1...8))
      _ = queue.take(upTo: 5)
      #expect(queue.settle { choice >> $0 & 1 == 1 }.isEmpty)
      let kept = ([1, 2, 3, 4, 5] as [UInt64]).filter { choice >> ($0 - 1) & 1 == 1 }
      #expect(queue.inFlight == 0)
      #expect(queue.count == kept.count + 3)
      #expect(queue.footprint == queue.count * event(1).footprint)
      #expect(sequences(queue) == kept + [6, 7, 8])
    }
  }

  @Test func bytesAreBoundedToo() {
    let one = event(1, value: .text(String(repeating: "x", count: 1000)))
    var queue = EventQueue(capacity: 1000, footprintLimit: one.footprint * 3)
    for sequence in 1...5 as ClosedRange<UInt64> {
      var next = one
      next.sequence = sequence
      #expect(queue.append([next]).count == (sequence > 3 ? 1 : 0))
    }
    #expect(queue.footprint == one.footprint * 3)
    #expect(queue.room == 0)
    #expect(sequences(queue) == [3, 4, 5])
  }

  @Test func anEventTooLargeForMemoryIsDroppedAndCounted() {
    var queue = EventQueue(capacity: 10, footprintLimit: 1000)
    _ = queue.append([event(1)])
    #expect(queue.append([event(2, value: .text(String(repeating: "x", count: 2000)))]).count == 2)
    #expect(queue.isEmpty)
    #expect(queue.footprint == 0)
  }

  @Test func theHighWaterMarkIsAtThreeQuarters() {
    var queue = EventQueue(capacity: 8)
    _ = queue.append(events(1...6))
    #expect(!queue.isPastHighWater)
    #expect(queue.room == 2)
    _ = queue.append([event(7)])
    #expect(queue.isPastHighWater)
    #expect(queue.room == 1)
    var heavy = EventQueue(capacity: 100, footprintLimit: event(1).footprint * 4)
    _ = heavy.append(events(1...3))
    #expect(!heavy.isPastHighWater)
    _ = heavy.append([event(4)])
    #expect(heavy.isPastHighWater)
  }

  /// What has left may hold a megabyte each: it must not stay in memory behind the scenes.
  @Test func whatHasLeftIsLetGo() {
    var queue = EventQueue(capacity: 16)
    for sequence in 1...3000 as ClosedRange<UInt64> {
      _ = queue.append([event(sequence)])
      #expect(queue.held <= 2 * queue.count + 1)
    }
    #expect(sequences(queue) == Array(2985...3000))
  }

  @Test func theNewestGoWhenTheOldestAreToBeKept() {
    var queue = EventQueue(capacity: 3, whenFull: .dropNewest)
    #expect(queue.append(events(1...2)).isEmpty)
    #expect(queue.append(events(3...6)).map(\.sequence) == [4, 5, 6])
    #expect(sequences(queue) == [1, 2, 3])
  }

  @Test func theNewestCanBeTakenFirst() {
    var queue = EventQueue(capacity: 10)
    _ = queue.append(events(1...6))
    #expect(queue.take(.newest, upTo: 2).map(\.sequence) == [5, 6])
    _ = queue.append(events(7...8))
    #expect(queue.spillable(upTo: 3).map(\.sequence) == [1, 2, 3])
    queue.removeSpilled(3)
    #expect(queue.lead == 0)
    #expect(queue.settle { $0 == 0 }.isEmpty)
    #expect(sequences(queue) == [4, 5, 7, 8])
  }

  @Test func theLeadIsWhatWasOnItsWayWhenYoungerWereSpilled() {
    var queue = EventQueue(capacity: 10)
    _ = queue.append(events(1...6))
    _ = queue.take(upTo: 2)
    queue.removeSpilled(2)
    #expect(queue.lead == 2)
    #expect(queue.settle { $0 == 1 }.isEmpty)
    #expect(queue.lead == 1)
    #expect(queue.take(upTo: 5).map(\.sequence) == [2])
    #expect(queue.settle { _ in false }.isEmpty)
    #expect(queue.lead == 0)
    #expect(sequences(queue) == [5, 6])
  }

  /// Goal: the queue is what a plain array with its rules is. Method: random steps from a seed.
  @Test(arguments: 0..<40)
  func aPlainArrayWouldDoTheSame(seed: UInt64) {
    var random = SeededRandom(state: seed)
    let capacity = Int.random(in: 1...12, using: &random)
    let whenFull = WhenFull.allCases.randomElement(using: &random) ?? .dropOldest
    let end = Bool.random(using: &random) ? SpillStore.End.oldest : .newest
    var queue = EventQueue(capacity: capacity, whenFull: whenFull)
    var model: [UInt64] = []
    var flying: [UInt64] = []
    var next: UInt64 = 1
    for _ in 0..<400 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let count = UInt64.random(in: 1...5, using: &random)
        let dropped = queue.append(events(next...next + count - 1))
        model += next...next + count - 1
        next += count
        var expected: [UInt64] = []
        while model.count > capacity {
          let free = model.filter { !flying.contains($0) }
          let last = flying.last ?? 0
          let victim = whenFull == .dropOldest ? free.first : free.last(where: { $0 > last })
          guard let victim else { break }
          model.removeAll { $0 == victim }
          expected.append(victim)
        }
        #expect(dropped.map(\.sequence).sorted() == expected.sorted())
      case 1 where flying.isEmpty:
        let limit = Int.random(in: 0...6, using: &random)
        let most = queue.lead > 0 ? min(limit, queue.lead) : limit
        flying = Array(end == .newest ? model.suffix(limit) : model.prefix(most))
        #expect(queue.take(end, upTo: limit).map(\.sequence) == flying)
      case 2:
        let part = queue.spillable(upTo: 2).map(\.sequence)
        #expect(part.allSatisfy { !flying.contains($0) })
        queue.removeSpilled(part.count)
        model.removeAll { part.contains($0) }
      default:
        let kept = flying.map { _ in Bool.random(using: &random) }
        _ = queue.settle { kept[$0] }
        let leaving = zip(flying, kept).filter { !$0.1 }.map { $0.0 }
        model.removeAll { leaving.contains($0) }
        flying = []
      }
      #expect(queue.count == model.count)
      #expect(queue.footprint == model.count * event(1).footprint)
      #expect(queue.lead <= queue.count)
    }
  }
}
