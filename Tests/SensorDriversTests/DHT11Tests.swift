import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct DHT11Tests {
  private func read(_ bytes: [UInt8]) throws -> Outcome {
    let hardware = ScriptedHardware()
    hardware.signals = [
      .success(ScriptedSignal([DHTPulses(bytes + [bytes.reduce(0, &+)]).edges]))
    ]
    let settings = Settings(name: "t", ["line": "GPIO4", "every": "1s"], for: DHT11.options)
    var chip = try DHT11(settings, on: hardware)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(18)))
    _ = try chip.read(.again)
    return try chip.read(.again)
  }

  @Test(
    arguments: [
      // A logic analyser's capture: hutscape.com, tutorials/logic-analyzer-signal.
      ([0x26, 0x00, 0x1C, 0x00], 28.0, 38.0),
      // ASAIR's DHT11 sheet: 53 %, 24.4 °C.
      ([0x35, 0x00, 0x18, 0x04], 24.4, 53.0),
      // Tenths and sign: winlinvip/simpledht issue 51, adafruit/DHT-sensor-library issue 199.
      ([0x35, 0x00, 0x0A, 0x81], -10.1, 53.0), ([0x14, 0x05, 0x00, 0x83], -0.3, 20.5),
    ] as [([UInt8], Double, Double)])
  func readsWhatTheChipSays(bytes: [UInt8], celsius: Double, percent: Double) throws {
    #expect(
      try read(bytes)
        == .readings([
          Reading("temperature", celsius), Reading("humidity", percent),
        ]))
  }

  @Test(
    arguments: [
      [0x02, 0x8C, 0x01, 0x5F],  // A DHT22.
      [0x65, 0x00, 0x18, 0x00], [0x35, 0x00, 0x3D, 0x00], [0x35, 0x00, 0x15, 0x80],
      [0x00, 0x00, 0x00, 0x00], [0xFF, 0xFF, 0xFF, 0xFF],
    ] as [[UInt8]])
  func impossibleAnswersAreErrors(bytes: [UInt8]) {
    #expect(throws: DriverError.self) { try read(bytes) }
  }
}
