import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// GPIO lines in the loop: opened, followed, lost and opened again.
@Suite struct LoopLinesTests {
  private let door = Trigger.edges([LineRequest(.named("GPIO17"))])
  private static let absent = HardwareError(.absent, "no line is named GPIO17")

  /// Levels and edges as readings of their level.
  private static func levels(_ cause: Cause) -> Outcome {
    switch cause {
    case .opened(let levels): .readings(levels.map { Reading("state", .boolean($0)) })
    case .edges(let edges, _):
      .readings(edges.map { Reading("state", .boolean($0.level), at: .boot($0.time)) })
    default: Outcome()
    }
  }

  @Test func openedLineGivesItsLevelThenItsEdgesWithTheKernelsTime() {
    let lines = FakeLines(9, levels: .success([false]))
    let hardware = FakeHardware()
    hardware.script(lines: [.success(lines)])
    let clock = FakeClock()
    let bench = Bench(
      [.fake("door", door, ["state"], answer: Self.levels)], waits: 2, clock: clock,
      hardware: hardware
    ) { _, wait in
      #expect(wait.descriptors == [9])
      let time = clock.bootTime() + .milliseconds(40)
      let edge = LineEdge(line: 0, level: true, time: time, number: 1)
      lines.queue([.success([edge])])
      clock.advance(by: .milliseconds(50))
      return [9]
    }
    bench.run()
    #expect(bench.sink.events.map(\.key) == ["door", "door"])
    #expect(bench.sink.events.map(\.value) == [.boolean(false), .boolean(true)])
    #expect(bench.sink.events[1].bootTime == bench.after(0.04))
    #expect(bench.sink.events[1].time.nanoseconds == wall * second + 40_000_000)
    #expect(lines.isDone)
    #expect(bench.diagnostics.isEmpty)
  }

  @Test func absentLineIsTriedAgainAndReportedOnce() {
    let hardware = FakeHardware()
    hardware.script(lines: [
      .failure(Self.absent), .failure(Self.absent),
      .success(FakeLines(9, levels: .success([true]))),
    ])
    let bench = Bench(
      [.fake("door", door, ["state"], answer: Self.levels)], waits: 3, hardware: hardware)
    bench.run()
    #expect(hardware.isDone)
    #expect(
      bench.diagnostics == [
        .sensorFailed(sensor: "door", reason: "no line is named GPIO17"),
        .sensorRecovered(sensor: "door", failures: 2),
      ])
    #expect(bench.sink.events.map(\.bootTime) == [bench.after(3)])
    #expect(bench.waiter.waits.map(\.descriptors) == [[], [], [9]])
  }

  @Test func lineThatFailsIsOpenedAgainAndItsLevelReportedAnew() {
    let first = FakeLines(9, levels: .success([true]))
    first.queue([.failure(HardwareError(.other, "read edges: No such device"))])
    let hardware = FakeHardware()
    hardware.script(lines: [
      .success(first), .success(FakeLines(11, levels: .success([false]))),
    ])
    let bench = Bench(
      [.fake("door", door, ["state"], answer: Self.levels)], waits: 4, hardware: hardware
    ) { number, _ in number == 0 ? [9] : nil }
    bench.run()
    #expect(bench.waiter.waits.map(\.descriptors) == [[9], [], [11], [11]])
    #expect(bench.sink.events.map(\.value) == [.boolean(true), .boolean(false)])
    #expect(
      bench.diagnostics == [
        .sensorFailed(sensor: "door", reason: "read edges: No such device"),
        .sensorRecovered(sensor: "door", failures: 1),
      ])
  }

  @Test func anEdgeDuringAWaitIsReadAtOnce() {
    let lines = FakeLines(9, levels: .success([true]))
    let hardware = FakeHardware()
    hardware.script(lines: [.success(lines)])
    let calls = Kept<Cause>()
    let clock = FakeClock()
    let start = clock.bootTime()
    let edge = LineEdge(line: 0, level: false, time: start, number: 1)
    let bench = Bench(
      [
        .fake("door", door, ["state"]) { cause in
          calls.append(cause)
          return calls.all.count == 2 ? .askAgain(after: .milliseconds(200)) : Outcome()
        }
      ], waits: 4, clock: clock, hardware: hardware
    ) { number, wait in
      if number == 0 { lines.queue([.success([edge])]) }
      if number == 1 { #expect(wait.deadline == start + .milliseconds(200)) }
      return number == 0 ? [9] : nil
    }
    bench.run()
    #expect(
      calls.all == [
        .opened(levels: [true]), .edges([edge], until: start),
        .edges([], until: start + .milliseconds(200)),
      ])
  }

  @Test func edgesThatCameWithTheStopStillCount() {
    let lines = FakeLines(9, levels: .success([true]))
    let hardware = FakeHardware()
    hardware.script(lines: [.success(lines)])
    let clock = FakeClock()
    let edge = LineEdge(line: 0, level: false, time: clock.bootTime(), number: 1)
    let bench = Bench(
      [.fake("door", door, ["state"], answer: Self.levels)], waits: 1, clock: clock,
      hardware: hardware)
    lines.queue([.success([edge])])
    bench.run()
    #expect(bench.sink.events.map(\.value) == [.boolean(true), .boolean(false)])
  }

  @Test func complaintIsToldOnceAndTheReadingsStand() {
    let bench = Bench(
      [
        .ticking("rain", every: .seconds(1), ["total"]) { _ in
          var outcome = Outcome.readings([Reading("total", .integer(1))])
          outcome.complaint = "the total cannot be saved"
          return outcome
        }
      ], waits: 3)
    bench.run()
    #expect(bench.sink.events.count == 3)
    #expect(
      bench.diagnostics == [.sensorFailed(sensor: "rain", reason: "the total cannot be saved")])
  }

  @Test func missedEdgesAreReported() {
    let hardware = FakeHardware()
    hardware.script(lines: [.success(FakeLines(9, levels: .success([true])))])
    let bench = Bench(
      [.fake("flow", door, ["count"]) { _ in Outcome(missedEdges: 12) }], waits: 1,
      hardware: hardware)
    bench.run()
    #expect(bench.diagnostics == [.edgesMissed(sensor: "flow", count: 12)])
  }
}

/// Inputs in the loop: pipes, files and sockets, back-pressure and their end.
@Suite struct LoopInputTests {
  private static func event(_ value: Int) -> [UInt8] {
    Array("{\"key\":\"k\",\"value\":\(value)}\n".utf8)
  }

  private func bench(
    _ inputs: [FakeInput], waits: Int, room: Int = .max, others: [ConfiguredSensor] = [],
    step: @escaping @Sendable (_ number: Int, FakeWaiter.Wait) -> [Int32]? = { _, _ in nil }
  ) -> Bench {
    let hardware = FakeHardware()
    hardware.script(inputs: inputs.map { .success($0) })
    return Bench(
      inputs.indices.map { .lines("in\($0)") } + others, waits: waits, hardware: hardware,
      room: room, step: step)
  }

  @Test func pipeIsReadWhenItIsReady() {
    let pipe = FakeInput(descriptor: 5)
    let bench = bench([pipe], waits: 2) { _, wait in
      #expect(wait.descriptors == [5])
      pipe.queue(.bytes(Self.event(1) + Self.event(2)))
      return [5]
    }
    bench.run()
    #expect(bench.sink.events.map(\.value) == [.integer(1), .integer(2)])
    #expect(bench.sink.offers.count == 1)
    #expect(bench.loop.status()[0].state == .ok)
    #expect(bench.loop.status()[0].readings == 2)
  }

  @Test func endOfTheOnlyInputsIsToldOnceAfterTheirEvents() {
    let first = FakeInput(
      descriptor: 5, [.success(.bytes(Self.event(1) + Array(#"{"key":"k","value":2}"#.utf8)))])
    let second = FakeInput(descriptor: 6, [.success(.end)])
    let bench = bench([first, second], waits: 4) { number, _ in
      if number == 1 { first.queue(.end) }
      return number < 2 ? [5] : nil
    }
    bench.run()
    #expect(bench.sink.events.map(\.value) == [.integer(1), .integer(2)])
    #expect(bench.ended.all == [true])
    #expect(bench.diagnostics == [.inputEnded(sensor: "in1"), .inputEnded(sensor: "in0")])
    #expect(bench.loop.status().map(\.state) == [.ended, .ended])
    #expect(bench.waiter.waits.last?.descriptors == [])
  }

  @Test func endIsNotTheAgentsWhenAnotherSensorGoesOn() {
    let input = FakeInput(descriptor: 5, [.success(.end)])
    let bench = bench(
      [input], waits: 3, others: [.ticking("t", every: .seconds(1), ["v"]) { _ in one }])
    bench.run()
    #expect(bench.ended.all.isEmpty)
    #expect(bench.diagnostics == [.inputEnded(sensor: "in0")])
  }

  @Test func sourceThatCanWaitIsNotTakenFromWithoutRoom() {
    let pipe = FakeInput(descriptor: 5, [.success(.bytes(Self.event(1)))])
    let bench = bench([pipe], waits: 4, room: 0) { _, wait in
      #expect(wait.descriptors == [])
      return nil
    }
    bench.run()
    #expect(pipe.takes == 0)
    #expect(!pipe.isDone)
    #expect(bench.waiter.waits[0].deadline == bench.after(0.02))
  }

  @Test func heldSourceGoesOnWhenThereIsRoomAgain() {
    let pipe = FakeInput(
      descriptor: 5, [.success(.bytes(Self.event(1))), .success(.bytes(Self.event(2)))])
    let box = Kept<RecordingSink>()
    let bench = bench([pipe], waits: 5, room: 1) { number, wait in
      switch number {
      case 0:
        #expect(wait.descriptors == [5])
        return [5]
      case 1:
        #expect(wait.descriptors == [])
        #expect(pipe.takes == 1)
        box.all[0].setRoom(1)
        return nil
      default: return nil
      }
    }
    box.append(bench.sink)
    bench.run()
    #expect(bench.sink.events.map(\.value) == [.integer(1), .integer(2)])
  }

  @Test func chunkOfManyEventsIsOfferedInPiecesWhileThereIsRoom() {
    let chunk = (1...2000).flatMap(Self.event)
    let pipe = FakeInput(descriptor: 5, [.success(.bytes(chunk))])
    let box = Kept<RecordingSink>()
    let bench = bench([pipe], waits: 40, room: 300) { number, _ in
      if number == 0 {
        // Never more than there is room for, so that nothing is pushed out.
        #expect(box.all[0].events.count == 300)
      }
      // All are out by their own pace, long before the stop gives away what is held.
      if number == 10 { #expect(box.all[0].events.count == 2000) }
      box.all[0].setRoom(200)
      return nil
    }
    box.append(bench.sink)
    bench.run()
    #expect(bench.sink.events.map(\.sequence) == Array(1...2000))
    #expect(bench.sink.offers.allSatisfy { $0.count <= 256 })
    // All have the time of the taking.
    #expect(Set(bench.sink.events.map(\.bootTime)) == [bench.after(0)])
  }

  @Test func stoppedLoopLeavesNothingItTookBehind() {
    let chunk = (1...1000).flatMap(Self.event) + Array(#"{"key":"k","value":1001}"#.utf8)
    let pipe = FakeInput(descriptor: 5, [.success(.bytes(chunk))])
    let bench = bench([pipe], waits: 1, room: 1)
    bench.run()
    #expect(bench.sink.events.map(\.value) == (1...1001).map { .integer($0) })
  }

  @Test func socketIsReadEvenWithoutRoom() {
    let socket = FakeInput(
      descriptor: 5, canWait: false, [.success(.datagram(Array(#"{"a":1}"#.utf8)))])
    let bench = bench([socket], waits: 1, room: 0)
    bench.run()
    #expect(bench.sink.events.map(\.key) == ["in0_a"])
  }

  @Test func fileIsReadThroughThenLookedAtFromTimeToTime() {
    let file = FakeInput(
      descriptor: nil,
      [.success(.bytes(Self.event(1))), .success(.bytes(Self.event(2))), .success(.nothing)])
    let bench = bench([file], waits: 4) { number, _ in
      if number == 2 { file.queue(.bytes(Self.event(3))) }
      return nil
    }
    bench.run()
    #expect(
      bench.waiter.waits.map(\.deadline) == [0, 0, 0.25, 0.25].map { bench.after($0) })
    #expect(bench.sink.events.map(\.bootTime) == [0, 0, 0.25].map { bench.after($0) })
  }

  @Test func descriptorThatCallsForNothingIsLeftAlonePerWhile() {
    let pipe = FakeInput(descriptor: 5)
    let bench = bench([pipe], waits: 4) { number, _ in number == 0 ? [5] : nil }
    bench.run()
    #expect(bench.waiter.waits.map(\.descriptors) == [[5], [], [5], [5]])
    #expect(bench.waiter.waits[1].deadline == bench.after(0.25))
  }

  @Test func brokenInputIsOpenedAgain() {
    let broken = FakeInput(
      descriptor: 5, [.failure(HardwareError(.other, "read fifo: Input/output error"))])
    let whole = FakeInput(descriptor: 6, [.success(.bytes(Self.event(1)))])
    let hardware = FakeHardware()
    hardware.script(inputs: [
      .failure(HardwareError(.absent, "open fifo: No such file")), .success(broken),
      .success(whole),
    ])
    let bench = Bench([.lines("in")], waits: 3, hardware: hardware)
    bench.run()
    #expect(
      bench.diagnostics == [
        .sensorFailed(sensor: "in", reason: "open fifo: No such file"),
        .sensorRecovered(sensor: "in", failures: 2),
      ])
    #expect(bench.sink.events.count == 1)
    #expect(bench.sink.events[0].bootTime == bench.after(3))
  }

  @Test func refusedLinesAreReportedAndCounted() {
    let pipe = FakeInput(
      descriptor: 5, [.success(.bytes(Self.event(1) + Array("oops\n".utf8) + Self.event(3)))])
    let bench = bench([pipe], waits: 1)
    bench.run()
    #expect(bench.sink.events.count == 2)
    #expect(
      bench.diagnostics == [
        .lineRefused(sensor: "in0", line: 2, reason: "'{' was expected, after 0 bytes")
      ])
    #expect(bench.loop.status()[0].errors == 1)
    #expect(bench.loop.status()[0].lastError == "line 2: '{' was expected, after 0 bytes")
  }
}
