import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct TSL2561Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let address: UInt8 = 0x39

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> TSL2561 {
    try TSL2561(
      Settings(name: "window", values, for: TSL2561.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func id(_ byte: UInt8 = 0x50) -> [Transfer] {
    [Transfer(to: address, write: [0x8A], reply: [byte])]
  }

  private func measurement(
    _ broadband: UInt16, _ infrared: UInt16, timing: UInt8 = 0x12
  ) -> [Transfer] {
    func bytes(_ word: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)] }
    return [
      Transfer(to: address, write: [0x80, 0x00]), Transfer(to: address, write: [0x81, timing]),
      Transfer(to: address, write: [0x80, 0x03]),
      Transfer(to: address, write: [0x80], reply: [0x33]),
      Transfer(to: address, write: [0x81], reply: [timing]),
      Transfer(to: address, write: [0xAC], reply: bytes(broadband)),
      Transfer(to: address, write: [0xAE], reply: bytes(infrared)),
    ]
  }

  private func ask(_ chip: inout TSL2561) throws -> (lux: Double, waits: [Duration]) {
    var waits: [Duration] = []
    var outcome = try chip.read(.tick)
    while let wait = outcome.askAgain {
      waits.append(wait)
      outcome = try chip.read(.again)
    }
    let reading = try #require(outcome.readings.first)
    #expect(reading.name == .quantity("illuminance"))
    guard case .number(let lux) = reading.value else { return (.nan, waits) }
    return (lux, waits)
  }

  // MARK: What it gives

  /// TAOS059's formula for the T, FN and CL packages at 402 ms and gain 16. Its other code, in
  /// whole numbers, as ChibiOS's driver has it, gives 19, 5, 0 and 0.
  @Test(
    arguments: [
      (1000, 300, 18.9089), (1000, 550, 5.35), (1000, 1000, 0.34), (1000, 1400, 0),
      (1000, 0, 30.4), (1000, 500, 6.9064), (1000, 700, 2.09), (0, 0, 0), (0, 5, 0),
      (1, 1, 0.00034),
    ] as [(UInt16, UInt16, Double)])
  func measuresWithTheFormulaOfThePackagesTFNAndCL(
    broadband: UInt16, infrared: UInt16, expected: Double
  ) throws {
    let bus = ScriptedI2CBus(id() + measurement(broadband, infrared))
    var chip = try sensor(bus)
    let (lux, waits) = try ask(&chip)
    #expect(abs(lux - expected) < 0.0001, "\(lux)")
    #expect(waits == [.milliseconds(450)])
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (1000, 300, 20.5093), (1000, 500, 9.0295), (1000, 550, 6.895), (1000, 700, 3.1),
      (1000, 1000, 0.78), (1000, 1400, 0),
    ] as [(UInt16, UInt16, Double)])
  func theCSPackageHasAFormulaOfItsOwn(
    broadband: UInt16, infrared: UInt16, expected: Double
  ) throws {
    var chip = try sensor(ScriptedI2CBus(id(0x11) + measurement(broadband, infrared)))
    #expect(abs(try ask(&chip).lux - expected) < 0.0001)
  }

  @Test func theIniMayKnowThePackageBetterThanTheId() throws {
    var chip = try sensor(
      ScriptedI2CBus(id(0x50) + measurement(1000, 300)), ["package": "CS"])
    #expect(abs(try ask(&chip).lux - 20.5093) < 0.0001)
    var other = try sensor(ScriptedI2CBus(id(0x11) + measurement(1000, 300)), ["package": "T"])
    #expect(abs(try ask(&other).lux - 18.9089) < 0.0001)
  }

  @Test(
    arguments: [
      ("1", "402ms", 0x02, 450, 302.5425), ("16", "101ms", 0x11, 120, 75.1687),
      ("1", "13.7ms", 0x00, 20, 8856.2431), ("16", "402ms", 0x12, 450, 18.9089),
    ] as [(String, String, UInt8, Int, Double)])
  func gainAndTimeAreReckonedIn(
    gain: String, time: String, timing: UInt8, milliseconds: Int, expected: Double
  ) throws {
    let bus = ScriptedI2CBus(id() + measurement(1000, 300, timing: timing))
    var chip = try sensor(bus, ["gain": gain, "integration_time": time])
    let (lux, waits) = try ask(&chip)
    #expect(abs(lux - expected) < 0.001, "\(lux)")
    #expect(waits == [.milliseconds(milliseconds)])
    #expect(bus.isDone)
  }

  /// Against the C library's pow().
  @Test(
    arguments: [
      (0.0, 0.0), (1.0 / 65_535, 1.8069136e-7), (0.3, 0.18534026), (0.5, 0.37892914), (1, 1),
    ] as [(Double, Double)])
  func raisesToThePowerOf1Point4(x: Double, expected: Double) {
    #expect(abs(TSL2561.raisedTo1Point4(x) - expected) <= expected * 1e-6)
  }

  // MARK: The automatic gain

  @Test func brightLightIsMeasuredAgainWithLessGainUntilItIsDimmer() throws {
    let bus = ScriptedI2CBus(
      id() + measurement(65_535, 30_000) + measurement(20_000, 6000, timing: 0x02)
        + measurement(3000, 900, timing: 0x02) + measurement(48_000, 14_400))
    var chip = try sensor(bus)
    let (lux, waits) = try ask(&chip)
    #expect(abs(lux - 20 * 302.542) < 0.1)
    #expect(waits == [.milliseconds(450), .milliseconds(450)])
    // Dim enough for the higher gain, which the next reading has.
    #expect(abs(try ask(&chip).lux - 3 * 302.542) < 0.1)
    #expect(abs(try ask(&chip).lux - 48 * 18.9089) < 0.1)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test(
    arguments: [
      ("402ms", 0x02, 65_535, 100), ("101ms", 0x01, 37_177, 100), ("13.7ms", 0x00, 5047, 100),
      ("402ms", 0x02, 60_000, 65_535),
    ] as [(String, UInt8, UInt16, UInt16)])
  func moreLightThanItCanMeasureIsBadData(
    time: String, timing: UInt8, broadband: UInt16, infrared: UInt16
  ) throws {
    let bus = ScriptedI2CBus(id() + measurement(broadband, infrared, timing: timing))
    var chip = try sensor(bus, ["gain": "1", "integration_time": time])
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("more light") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [UInt8(0xFF), 0x7F, 0x80, 0x20])
  func anotherIdIsNamed(byte: UInt8) throws {
    var chip = try sensor(ScriptedI2CBus(id(byte)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.hasPrefix("id 0x") == true)
  }

  @Test(arguments: [(UInt8(0x30), UInt8(0x12)), (0x33, 0x02), (0x00, 0x00), (0xFF, 0xFF)])
  func aChipThatLostItsPowerGivesNoDarknessAndIsSetUpAnew(control: UInt8, timing: UInt8) throws {
    var script = id() + measurement(1000, 300)
    script.replaceSubrange(
      4...,
      with: [
        Transfer(to: address, write: [0x80], reply: [control]),
        Transfer(to: address, write: [0x81], reply: [timing]),
      ])
    let bus = ScriptedI2CBus(script + id() + measurement(1000, 300))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("were written") == true)
    #expect(abs(try ask(&chip).lux - 18.9089) < 0.0001)
    #expect(bus.isDone)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: address, write: [0x8A], readCount: 1,
        error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 1 byte from 0x8A: no acknowledge")) {
      try chip.read(.tick)
    }
  }

  // MARK: Settings

  @Test(arguments: [
    ("address", "0x38"), ("every", "900ms"), ("gain", "4"), ("integration_time", "100ms"),
    ("package", "FN"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func everyHasToReachPastAReading() throws {
    _ = try sensor(ScriptedI2CBus(), ["every": "901ms"])
    _ = try sensor(ScriptedI2CBus(), ["every": "451ms", "gain": "16"])
    #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["every": "450ms", "gain": "16"])
    }
  }
}
