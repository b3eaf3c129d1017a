import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct DHT22Tests {
  private let hardware = ScriptedHardware()

  private func chip(_ frames: [[UInt8]], every: String = "10s") throws -> (DHT22, ScriptedSignal) {
    let signal = ScriptedSignal(frames.map { $0.isEmpty ? [] : DHTPulses($0).edges })
    hardware.signals = [.success(signal)]
    let settings = Settings(name: "t", ["line": "GPIO4", "every": every], for: DHT22.options)
    return (try DHT22(settings, on: hardware), signal)
  }

  private func frame(_ bytes: [UInt8]) -> [UInt8] { bytes + [bytes.reduce(0, &+)] }

  /// Reads one answer from its start to its end.
  private func read(_ bytes: [UInt8]) throws -> Outcome {
    var (chip, signal) = try chip([bytes])
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(2)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(signal.calls == [.drive(false), .listen])
    return try chip.read(.again)
  }

  @Test func readsTheSheetsExampleThroughTheLine() throws {
    // Aosong AM2302 sheet: 0000 0010 1000 1100 0000 0001 0101 1111 1110 1110.
    #expect(
      try read([0x02, 0x8C, 0x01, 0x5F, 0xEE])
        == .readings([
          Reading("temperature", 35.1), Reading("humidity", 65.2),
        ]))
    #expect(hardware.requestedSignals == [LineRequest(.named("GPIO4"), bias: .pullUp)])
  }

  @Test(arguments: [
    (0x8065, -10.1),  // Aosong AM2302 sheet.
    (0x80AA, -17.0),  // A logic analyser's capture: wiki.forth-ev.de, pfw:dht22tmpformat.
    (0x8190, -40.0), (0x8001, -0.1), (0x8000, 0), (0x0000, 0), (0x0001, 0.1), (0x0320, 80),
    // Clones in two's complement of 16 bits (Adafruit's DHT library, pull requests 178 and 223).
    (0xFFFF, -0.1), (0xFF9B, -10.1), (0xFE70, -40.0),
    // And the values 0x0FFF and 0x7F72 of the same wiki's odd module.
    (0x0FFF, -0.1), (0x0E70, -40.0), (0x7F72, -14.2), (0x7FFF, -0.1),
  ])
  func readsTemperaturesOnBothSidesOfZero(word: Int, celsius: Double) throws {
    let bytes = frame([0x01, 0xF4, UInt8(word >> 8), UInt8(word & 0xFF)])
    #expect(
      try read(bytes).readings == [
        Reading("temperature", celsius), Reading("humidity", 50),
      ])
  }

  @Test(arguments: [0x0321, 0x0500, 0x0E6F, 0x8191, 0x9000, 0xFE6F, 0x7E6F, 0x1000])
  func temperaturesBeyondTheChipsRangeAreRefused(word: Int) {
    #expect(DHT22.tenths(word) == nil)
  }

  @Test(
    arguments: [
      [0x03, 0xE9, 0x00, 0xFA], [0xFF, 0xFF, 0xFF, 0xFF], [0x00, 0x00, 0x00, 0x00],
      [0x01, 0xF4, 0x03, 0x21],
    ] as [[UInt8]])
  func impossibleAnswersAreErrors(bytes: [UInt8]) throws {
    var (chip, _) = try chip([frame(bytes)], every: "2s")
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(throws: DriverError.self) { try chip.read(.again) }
  }

  @Test func aFailedAnswerIsTriedAgainAfterTheChipsPauseAndNotWithoutEnd() throws {
    var (chip, signal) = try chip([[1, 2, 3, 4, 5], [], [9, 9, 9, 9, 9]])
    _ = try chip.read(.tick)
    for attempt in 1...3 {
      #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
      guard attempt < 3 else { break }
      #expect(try chip.read(.again) == .askAgain(after: .seconds(2)))
      #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    }
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("checksum") == true)
    #expect(signal.calls.count == 6)
  }

  @Test func afterAFailureTheNextTickWaitsForThePauseToo() throws {
    var (chip, _) = try chip([[], [0x02, 0x8C, 0x01, 0x5F, 0xEE]], every: "2s")
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    // The loop asks again after a second.
    #expect(try chip.read(.tick) == .askAgain(after: .seconds(2)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    _ = try chip.read(.again)
    #expect(try chip.read(.again).readings.count == 2)
  }

  @Test func aRareReadingIsTheSecondOfTwoBecauseTheFirstIsOld() throws {
    var (chip, _) = try chip(
      [[0x02, 0x8C, 0x01, 0x5F, 0xEE], frame([0x01, 0xF4, 0x00, 0xC8])], every: "5m")
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try chip.read(.again) == .askAgain(after: .seconds(2)))
    _ = try chip.read(.again)
    _ = try chip.read(.again)
    #expect(
      try chip.read(.again)
        == .readings([
          Reading("temperature", 20), Reading("humidity", 50),
        ]))
  }

  @Test func aLostLineIsAskedForAgain() throws {
    var (chip, signal) = try chip([[0x02, 0x8C, 0x01, 0x5F, 0xEE]])
    _ = try chip.read(.tick)
    signal.fault = HardwareError(.absent, "line GPIO4: its chip is gone")
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error == .bus(.absent, "line GPIO4: its chip is gone"))
    #expect(try chip.read(.tick) == .askAgain(after: .seconds(2)))
    _ = try chip.read(.again)
    #expect(hardware.requestedSignals.count == 2)
    _ = try chip.read(.again)
    #expect(try chip.read(.again).readings.count == 2)
  }

  @Test func readingsAreNotFasterThanTheSheetAllows() {
    let settings = Settings(name: "t", ["line": "GPIO4", "every": "1s"], for: DHT22.options)
    #expect(throws: Settings.Invalid.self) { try DHT22(settings, on: hardware) }
  }

  @Test func namesTheChipAndItsLine() throws {
    #expect(try chip([]).0.subject == "DHT22 on line GPIO4")
  }
}
