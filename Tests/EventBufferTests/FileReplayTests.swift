import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct FileReplayTests {
  private let disk = FakeDisk()
  private let service = ScriptedService()
  private let clock = StillClock()

  /// A row for each number, its value the number.
  private func rows(_ range: ClosedRange<Int>) -> String {
    range.map { "\($0),k,\($0)\n" }.joined()
  }

  private var sentMark: SentMark? {
    disk.files["/f.sent"].flatMap { SentMark($0.bytes) }
  }

  /// Values of all events sent, in order.
  private var values: [Value] { service.batches.flatMap { $0.events.map(\.value) } }

  private struct Result {
    var isFinished: Bool
    var counts: FileReplay.Counts
    var news: [FileReplay.News]
  }

  private func run(
    batch: Int = 10, unproven: Bool = false, redirect: Bool = false, dryRun: Bool = false,
    stopAfter sendings: Int = .max
  ) throws -> Result {
    let mark = sentMark ?? SentMark(uplink: "cloud", boot: "import-1")
    var replay = try FileReplay(
      .init(
        path: "/f", destination: testDestination, heedsDestinations: !redirect,
        takesUnproven: unproven, isDryRun: dryRun), from: mark, device: "pi", on: disk,
      crc32: plainCRC32)
    var route = FileReplay.Route(
      uplink: ScriptedUplink(service: service, limits: BatchLimits(events: batch)), time: clock,
      waiter: JumpingWaiter(clock), fraction: { 1 })
    var news: [FileReplay.News] = []
    let isFinished = try replay.run(
      on: &route, isStopped: { service.sent.count >= sendings }, tell: { news.append($0) })
    return Result(isFinished: isFinished, counts: replay.counts, news: news)
  }

  @Test func aFileIsSentInItsOrderAndMarked() throws {
    disk.put("/f", rows(1...25))
    let result = try run()
    #expect(result.isFinished)
    #expect(service.sent == [Array(1...10), Array(11...20), Array(21...25)])
    #expect(values == (1...25).map { .integer($0) })
    #expect(service.batches.allSatisfy { $0.origin == Origin(device: "pi", boot: "import-1") })
    #expect(result.counts.accepted == 25)
    #expect(sentMark?.offset == rows(1...25).utf8.count)
    #expect(try SentMark.standing(of: "/f", uplink: "cloud", on: disk) == .all(sentMark!))
  }

  @Test func whatFailsIsSentAgainUntilItIsTaken() throws {
    disk.put("/f", rows(1...5))
    service.fail(3)
    service.answer(.retry("throttled"), for: [2, 4])
    let before = clock.bootTime()
    let result = try run()
    #expect(service.sent.suffix(2) == [[1, 2, 3, 4, 5], [2, 4]])
    #expect(service.sent.count == 5)
    #expect(result.counts.accepted == 5)
    #expect(clock.bootTime() > before)
    #expect(
      result.news.filter { if case .settled = $0 { false } else { true } } == [
        .failing("refused"), .recovered(failures: 1),
      ])
  }

  @Test func aStopLosesNothingAndTheNextRunGoesOn() throws {
    disk.put("/f", rows(1...35))
    #expect(try !run(stopAfter: 2).isFinished)
    #expect(sentMark?.accepted == 20)
    #expect(try run().isFinished)
    #expect(values == (1...35).map { .integer($0) })
    #expect(service.batches.flatMap { $0.events.map(\.sequence) } == Array(1...35))
    #expect(sentMark?.accepted == 35)
  }

  @Test func aStopInsideALineGoesOnInsideIt() throws {
    let array =
      "[" + (1...25).map { #"{"key":"k","value":\#($0),"epoch":1}"# }.joined(separator: ",")
    disk.put("/f", rows(1...3) + array + "]\n" + rows(26...28))
    #expect(try !run(stopAfter: 2).isFinished)
    #expect(sentMark?.skip == 17)
    #expect(try run().isFinished)
    #expect(values == [1, 2, 3].map { .integer($0) } + (1...28).map { .integer($0) })
    #expect(service.batches.flatMap { $0.events.map(\.sequence) } == Array(1...31))
  }

  @Test func aStopAtAnyMomentLosesNothing() throws {
    for stop in 1...12 {
      let test = FileReplayTests()
      test.disk.put("/f", SpoolText.segment(batches: 10))
      test.service.answer(.retry("throttled"), for: [2, 9])
      _ = try test.run(batch: 4, stopAfter: stop)
      #expect(try test.run(batch: 4).isFinished)
      #expect(Set(test.service.sent.joined()) == Set(1...30), "stop \(stop)")
    }
  }

  @Test func whatIsPutOffForTheClockIsSentAgainWithItsOwnTimes() throws {
    disk.put("/f", rows(1...5))
    for offset in [-7200, 1] as [Int64] {
      service.answers.append { batch in
        DeliveryReport(for: batch, retryAfter: .zero, clockOffset: .seconds(offset)) { _ in
          .deferred
        }
      }
    }
    let result = try run()
    #expect(result.isFinished)
    #expect(service.sent == Array(repeating: [1, 2, 3, 4, 5], count: 3))
    let times = service.batches.map { $0.events.map(\.time.nanoseconds) }
    #expect(times == Array(repeating: (1...5).map { $0 * 1_000_000_000 }, count: 3))
    #expect(
      result.news.filter { if case .settled = $0 { false } else { true } } == [
        .notice(
          "the service's clock is 7200 s behind this one: requests are signed by the service's, "
            + "and the file's times stay")
      ])
  }

  @Test func aFileThatGrewIsSentOnFromWhereItWas() throws {
    disk.put("/f", rows(1...5))
    #expect(try run().isFinished)
    disk.put("/f", rows(1...8))
    #expect(try run().isFinished)
    #expect(service.sent == [[1, 2, 3, 4, 5], [6, 7, 8]])
  }

  @Test func rejectedEventsAreKeptBesideTheFileAndRefusedLinesAreTold() throws {
    disk.put("/f", rows(1...3) + "nonsense\n" + rows(4...6))
    service.answer(.rejected("too long"), for: [2])
    let result = try run()
    #expect(result.counts == .init(accepted: 5, rejected: 1, refused: 1, readable: 0))
    #expect(sentMark?.refused == 1)
    #expect(sentMark?.rejected == 1)
    let kept = try #require(disk.text("/f.rejected.jsonl"))
    #expect(kept.contains(#""rejected":"too long""#))
    #expect(kept.contains(#""seq":2"#))
    #expect(kept.split(separator: "\n").count == 1)
    #expect(result.news.contains(.rejected(key: "k", reason: "too long")))
    #expect(
      result.news.contains(
        .refused(.init(line: 4, reason: "neither JSON nor a row epoch,key,value: 1 field"))))
  }

  @Test func eventsOfTwoOriginsAreNeverInOneBatch() throws {
    let second = SpoolText.header(boot: "0b00-2", stream: "old") + SpoolText.batch(4...5, total: 2)
    disk.put("/f", SpoolText.segment(batches: 1) + second + rows(1...2))
    #expect(try run().isFinished)
    #expect(service.batches.map(\.origin.boot) == ["0b00-1", "0b00-2", "import-1"])
    #expect(service.batches.map { $0.destination["stream"] } == ["readings", "old", "readings"])
  }

  @Test func aRedirectionSendsAllToTheUplinksOwnPlace() throws {
    disk.put("/f", SpoolText.segment(batches: 1, stream: "old"))
    #expect(try run(redirect: true).isFinished)
    #expect(service.batches.map(\.destination) == [testDestination])
  }

  @Test func aDryRunCountsAndLeavesNoTrace() throws {
    disk.put("/f", rows(1...25) + "nonsense\n")
    let result = try run(dryRun: true)
    #expect(result.isFinished)
    #expect(result.counts == .init(accepted: 0, rejected: 0, refused: 1, readable: 25))
    #expect(service.sent.isEmpty)
    #expect(disk.files.keys.sorted() == ["/f"])
  }

  @Test func nothingIsSentWhereTheMarkCannotBeKept() throws {
    disk.put("/f", rows(1...5))
    disk.state.withLock { $0.isReadOnly = true }
    #expect(throws: FileError.self) { try run() }
    #expect(service.sent.isEmpty)
  }

  @Test func theServicesPaceIsKept() throws {
    disk.put("/f", rows(1...5))
    let moment = clock.bootTime() + .seconds(30)
    service.notBefore = moment
    #expect(try run().isFinished)
    #expect(clock.bootTime() >= moment)
  }
}
