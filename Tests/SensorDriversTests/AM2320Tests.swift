import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct AM2320Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private static let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> AM2320 {
    try AM2320(
      Settings(name: "attic", values, for: AM2320.options), on: ScriptedHardware(bus: "1", bus))
  }

  private let asleep = Transfer(to: 0x5C, write: [0x00], error: silence)
  private let ask = Transfer(to: 0x5C, write: [0x03, 0x00, 0x04])

  private func conversation(_ answer: [UInt8]) -> [Transfer] {
    [asleep, ask, Transfer(to: 0x5C, write: [], reply: answer)]
  }

  /// The vendor's example, quoted in periph/devices am2320/am2320_test.go.
  private let old: [UInt8] = [0x03, 0x04, 0x01, 0xF4, 0x00, 0xFA, 0x31, 0xA5]

  /// The first two: periph's am2320_test.go, the second of a real chip. The third: the product
  /// manual, section 8.2.4. The fourth: its 65.8 % and -10.1 °C, of section 8.3.2, with a checksum
  /// computed. The others: the ends of what the chip measures.
  @Test(
    arguments: [
      ([0x03, 0x04, 0x01, 0xF4, 0x00, 0xFA, 0x31, 0xA5], 25, 50),
      ([0x03, 0x04, 0x01, 0x5C, 0x00, 0xEF, 0x71, 0x8A], 23.9, 34.8),
      ([0x03, 0x04, 0x03, 0x39, 0x01, 0x15, 0xE1, 0xFE], 27.7, 82.5),
      ([0x03, 0x04, 0x02, 0x92, 0x80, 0x65, 0xF0, 0x56], -10.1, 65.8),
      ([0x03, 0x04, 0x00, 0x00, 0x81, 0x90, 0x91, 0xD4], -40, 0),
      ([0x03, 0x04, 0x03, 0xE8, 0x03, 0x20, 0x70, 0xB0], 80, 100),
      ([0x03, 0x04, 0x01, 0xF4, 0x80, 0x00, 0xD0, 0x26], 0, 50),
    ] as [([UInt8], Double, Double)])
  func givesTheSecondAnswerBecauseTheFirstIsOld(
    answer: [UInt8], celsius: Double, percent: Double
  ) throws {
    let bus = ScriptedI2CBus(conversation(old) + conversation(answer))
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(1)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    #expect(try chip.read(.again) == .askAgain(after: .seconds(2)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(1)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    let outcome = try chip.read(.again)
    expectClimate(outcome, celsius: celsius, percent: percent, within: 0.000001)
    #expect(outcome.readings.first?.value.isMinusZero == false)
    #expect(bus.isDone)
  }

  @Test func aChipThatIsAwakeAlreadyIsFine() throws {
    let awake = Transfer(to: 0x5C, write: [0x00])
    let rest = Array(conversation(old).dropFirst())
    let bus = ScriptedI2CBus([awake] + rest + [awake] + rest)
    var chip = try sensor(bus)
    for cause in [Cause.tick, .again, .again, .again, .again] { _ = try chip.read(cause) }
    expectClimate(try chip.read(.again), celsius: 25, percent: 50)
    #expect(bus.isDone)
  }

  @Test func aChipThatFellAsleepAgainIsWokenAgain() throws {
    let missed = Transfer(to: 0x5C, write: [0x03, 0x00, 0x04], error: Self.silence)
    let unread = Transfer(to: 0x5C, write: [], readCount: 8, error: Self.silence)
    let bus = ScriptedI2CBus(
      [asleep, missed, asleep, ask, unread] + conversation(old) + conversation(old))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for wait in [1, 2, 1, 2] {
      #expect(try chip.read(.again) == .askAgain(after: .milliseconds(wait)))
    }
    #expect(try chip.read(.again) == .askAgain(after: .seconds(2)))
    for _ in 0..<2 { _ = try chip.read(.again) }
    expectClimate(try chip.read(.again), celsius: 25, percent: 50)
    #expect(bus.isDone)
  }

  @Test func aMissingChipIsABusErrorAfterThreeAttempts() throws {
    let missed = Transfer(to: 0x5C, write: [0x03, 0x00, 0x04], error: Self.silence)
    let bus = ScriptedI2CBus([asleep, missed, asleep, missed, asleep, missed])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(1))) }
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0x03, 0x00, 0x04]: no acknowledge")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func onlySilenceIsTakenForSleep() throws {
    let stuck = HardwareError(.timedOut, "timed out")
    var chip = try sensor(ScriptedI2CBus([Transfer(to: 0x5C, write: [0x00], error: stuck)]))
    #expect(throws: DriverError.bus(.timedOut, "write [0x00]: timed out")) { try chip.read(.tick) }
  }

  @Test(
    arguments: [
      ([0x03, 0x04, 0x01, 0xF4, 0x00, 0xFB, 0x31, 0xA5], "checksum 0xA531; the bytes give 0x65F0"),
      ([0x03, 0x05, 0x01, 0xF4, 0x00, 0xFA, 0x0C, 0x65], "the answer begins with 0x03, 0x05"),
      ([0x03, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0xF0, 0x7C], "-3276.7 °C and 6553.5 %; the chip"),
      ([0x03, 0x04, 0x03, 0xE9, 0x00, 0xFA, 0xA0, 0x1B], "25.0 °C and 100.1 %; the chip"),
      ([0x03, 0x04, 0x01, 0xF4, 0x03, 0x21, 0x71, 0x0E], "80.1 °C and 50.0 %; the chip"),
      ([0x03, 0x04, 0x00, 0x00, 0x81, 0x91, 0x50, 0x14], "-40.1 °C and 0.0 %; the chip"),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "checksum 0xFFFF"),
      ([0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00], "checksum 0x0000"),
    ] as [([UInt8], String)])
  func anAnswerThatCannotBeIsRefused(answer: [UInt8], reason: String) throws {
    let bus = ScriptedI2CBus(conversation(old) + conversation(answer) + conversation(old))
    var chip = try sensor(bus)
    for cause in [Cause.tick, .again, .again, .again, .again] { _ = try chip.read(cause) }
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    guard case .badData(let found) = error else {
      Issue.record("not bad data")
      return
    }
    #expect(found.hasPrefix(reason), "\(found)")
    // And what came before is not given in the next round.
    for cause in [Cause.tick, .again] { _ = try chip.read(cause) }
    #expect(try chip.read(.again) == .askAgain(after: .seconds(2)))
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x5B"), ("every", "4s")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}

extension Value {
  fileprivate var isMinusZero: Bool {
    if case .number(let number) = self { number == 0 && number.sign == .minus } else { false }
  }
}
