import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What a device answered: dumps of real ones, from public drivers' tests, with what the sheet's
/// integer formulas make of them.
private struct Dump {
  var main: [UInt8]
  var humidity: [UInt8] = []
  var data: [UInt8]
  var celsius: Double
  var hectopascals: Double
  var percent: Double?

  /// periph.io's bmx280_test.go: H4 and H5 share a byte with one half zero.
  static let bme280 = Dump(
    main: [
      0x10, 0x6E, 0x6C, 0x66, 0x32, 0x00, 0x5D, 0x95, 0xB8, 0xD5, 0xD0, 0x0B, 0x77, 0x1E, 0x9D,
      0xFF, 0xF9, 0xFF, 0xAC, 0x26, 0x0A, 0xD8, 0xBD, 0x10, 0x00, 0x4B,
    ],
    humidity: [0x6E, 0x01, 0x00, 0x13, 0x05, 0x00, 0x1E],
    data: [0x4A, 0x52, 0xC0, 0x80, 0x96, 0xC0, 0x7A, 0x76],
    celsius: 23.72, hectopascals: 1009.426953125, percent: 65.3056640625)

  /// elixir-sensors/bmp280: both halves of the shared byte count.
  static let bme280BothHalves = Dump(
    main: [
      0x89, 0x6E, 0x69, 0x68, 0x32, 0x00, 0x45, 0x91, 0xAC, 0xD6, 0xD0, 0x0B, 0xC9, 0x1F, 0xA9,
      0xFF, 0xF9, 0xFF, 0xAC, 0x26, 0x0A, 0xD8, 0xBD, 0x10, 0x00, 0x4B,
    ],
    humidity: [0x8A, 0x01, 0x00, 0x0F, 0x28, 0x03, 0x1E],
    data: [0x4D, 0x4B, 0x10, 0x7E, 0x0F, 0x80, 0x66, 0x9E],
    celsius: 20.26, hectopascals: 1002.784, percent: 62.2)

  /// gobot's bmp280_driver_test.go.
  static let bmp280 = Dump(
    main: [
      0x7E, 0x6D, 0xD6, 0x66, 0x32, 0x00, 0x36, 0x95, 0xDC, 0xD5, 0xD0, 0x0B, 0x40, 0x1E, 0xA6,
      0xFF, 0xF9, 0xFF, 0xAC, 0x26, 0x0A, 0xD8, 0xBD, 0x10,
    ],
    data: [0x4D, 0x17, 0x30, 0x80, 0xF3, 0x00],
    celsius: 25.01, hectopascals: 25_483_626.0 / 25_600)

  /// The example of BST-BMP280-DS001, section 3.12.
  static let bmp280Sheet = Dump(
    main: [
      0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, 0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27, 0x0B, 0x8C,
      0x00, 0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17,
    ],
    data: [0x65, 0x5A, 0xC0, 0x7E, 0xED, 0x00],
    celsius: 25.08, hectopascals: 25_767_233.0 / 25_600)

  var identifier: UInt8 { percent == nil ? 0x58 : 0x60 }
}

@Suite struct BME280Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> BME280 {
    try BME280(
      Settings(name: "greenhouse", values, for: BME280.options),
      on: ScriptedHardware(bus: values["bus"] ?? "1", bus))
  }

  private func identification(_ dump: Dump, at address: UInt8 = 0x76) -> [Transfer] {
    var script = [
      Transfer(to: address, write: [0xD0], reply: [dump.identifier]),
      Transfer(to: address, write: [0xF3], reply: [0x00]),
      Transfer(to: address, write: [0x88], reply: dump.main),
    ]
    if !dump.humidity.isEmpty {
      script.append(Transfer(to: address, write: [0xE1], reply: dump.humidity))
    }
    return script + [
      Transfer(to: address, write: [0xF4, 0x00]), Transfer(to: address, write: [0xF5, 0x00]),
    ]
  }

  private func start(_ dump: Dump, at address: UInt8 = 0x76) -> [Transfer] {
    let humidity = dump.percent == nil ? [] : [Transfer(to: address, write: [0xF2, 0x01])]
    return humidity + [Transfer(to: address, write: [0xF4, 0x25])]
  }

  private func collection(_ dump: Dump, at address: UInt8 = 0x76) -> [Transfer] {
    [
      Transfer(to: address, write: [0xF3], reply: [0x00]),
      Transfer(to: address, write: [0xF7], reply: dump.data),
    ]
  }

  private func reading(_ dump: Dump, at address: UInt8 = 0x76) -> [Transfer] {
    identification(dump, at: address) + start(dump, at: address) + collection(dump, at: address)
  }

  // MARK: What it gives

  @Test func measuresTemperaturePressureAndHumidity() throws {
    let bus = ScriptedI2CBus(reading(.bme280))
    var chip = try sensor(bus)
    #expect(chip.trigger == .every(.seconds(10)))
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(9300)))
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", .number(23.72)),
        Reading("pressure", .number(1009.426953125)),
        Reading("humidity", .number(65.3056640625)),
      ])
    #expect(chip.quantities.map(\.name) == ["temperature", "pressure", "humidity"])
    #expect(bus.isDone)
  }

  @Test func unpacksTheByteThatTwoHumidityCoefficientsShare() throws {
    let bus = ScriptedI2CBus(reading(.bme280BothHalves))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let values = try chip.read(.again).readings.map(\.value)
    let expected = Dump.bme280BothHalves
    for (value, wanted) in zip(
      values, [expected.celsius, expected.hectopascals, expected.percent ?? .nan])
    {
      guard case .number(let number) = value else {
        Issue.record("not a number")
        continue
      }
      #expect(abs(number - wanted) < 0.02)
    }
    #expect(bus.isDone)
  }

  @Test(arguments: [0x56, 0x57, 0x58] as [UInt8])
  func aBMP280GivesNoHumidity(identifier: UInt8) throws {
    let script = [Transfer(to: 0x76, write: [0xD0], reply: [identifier])]
    let bus = ScriptedI2CBus(script + reading(.bmp280).dropFirst())
    var chip = try sensor(bus)
    #expect(chip.quantities.map(\.name) == ["temperature", "pressure", "humidity"])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(6425)))
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", .number(25.01)),
        Reading("pressure", .number(25_483_626.0 / 25_600)),
      ])
    #expect(chip.quantities.map(\.name) == ["temperature", "pressure"])
    #expect(bus.isDone)
  }

  @Test func givesWhatTheSheetsOwnCodeGivesForItsExample() throws {
    let bus = ScriptedI2CBus(reading(.bmp280Sheet))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(
      try chip.read(.again).readings.map(\.value)
        == [.number(25.08), .number(25_767_233.0 / 25_600)])
  }

  // MARK: How it goes about it

  @Test func identifiesTheChipOnce() throws {
    let bus = ScriptedI2CBus(reading(.bme280) + start(.bme280) + collection(.bme280))
    var chip = try sensor(bus)
    for _ in 0..<2 {
      _ = try chip.read(.tick)
      #expect(try chip.read(.again).readings.count == 3)
    }
    #expect(bus.isDone)
  }

  @Test func looksAgainWhileTheChipMeasures() throws {
    let busy = Transfer(to: 0x76, write: [0xF3], reply: [0x08])
    let bus = ScriptedI2CBus(
      identification(.bme280) + start(.bme280) + [busy, busy] + collection(.bme280))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    #expect(try chip.read(.again).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Array(repeating: Transfer(to: 0x76, write: [0xF3], reply: [0x08]), count: 10)
    let bus = ScriptedI2CBus(identification(.bme280) + start(.bme280) + busy)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the measurement does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func waitsLongerForMoreOversampling() throws {
    let bus = ScriptedI2CBus(
      identification(.bme280, at: 0x77) + [
        Transfer(to: 0x77, write: [0xF2, 0x05]), Transfer(to: 0x77, write: [0xF4, 0xB5]),
      ])
    var chip = try sensor(bus, ["address": "0x77", "oversampling": "16", "bus": "gpio"])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(112_800)))
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: 0x76, write: [0xD0], readCount: 1,
        error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 1 byte from 0xD0: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test func aFaultWhileWritingSaysWhatWasWritten() throws {
    let bus = ScriptedI2CBus(
      identification(.bmp280) + [
        Transfer(to: 0x76, write: [0xF4, 0x25], error: HardwareError(.timedOut, "timed out"))
      ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.timedOut, "write [0xF4, 0x25]: timed out")) {
      try chip.read(.tick)
    }
  }

  @Test func identifiesTheChipAnewAfterAFault() throws {
    let lost = Transfer(
      to: 0x76, write: [0xF3], readCount: 1, error: HardwareError(.noAcknowledge, "no acknowledge"))
    let bus = ScriptedI2CBus(identification(.bme280) + start(.bme280) + [lost] + reading(.bmp280))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test(arguments: [(UInt8(0x61), "0x61"), (0x55, "0x55"), (0x00, "0x00"), (0xFF, "0xFF")])
  func anotherChipsIdIsNamed(identifier: UInt8, text: String) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x76, write: [0xD0], reply: [identifier])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    guard case .badData(let reason) = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
    #expect(reason.contains("chip id \(text)"))
    #expect(reason.contains("0x60"))
    #expect(bus.isDone)
  }

  @Test(arguments: [UInt8(0x00), 0xFF])
  func anEmptyCalibrationIsRefused(byte: UInt8) throws {
    var dump = Dump.bmp280
    dump.main = Array(repeating: byte, count: 24)
    var chip = try sensor(ScriptedI2CBus(identification(dump)))
    #expect(throws: DriverError.self) { try chip.read(.tick) }
    var second = Dump.bme280
    second.humidity = Array(repeating: byte, count: 7)
    var other = try sensor(ScriptedI2CBus(identification(second)))
    #expect(throws: DriverError.self) { try other.read(.tick) }
  }

  @Test func aCalibrationStillBeingLoadedIsNotTrusted() throws {
    let bus = ScriptedI2CBus([
      Transfer(to: 0x76, write: [0xD0], reply: [0x60]),
      Transfer(to: 0x76, write: [0xF3], reply: [0x01]),
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.badData("the chip is still loading its calibration")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      [0x80, 0x00, 0x00, 0x80, 0x00, 0x00, 0x80, 0x00],
      [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ] as [[UInt8]])
  func registersWithoutAMeasurementAreBadData(data: [UInt8]) throws {
    var dump = Dump.bme280
    dump.data = data
    var chip = try sensor(ScriptedI2CBus(reading(dump)))
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    guard case .badData = error else {
      Issue.record("not bad data")
      return
    }
  }

  @Test func aTemperatureThatEqualsTheResetValueIsMeasured() throws {
    var dump = Dump.bme280
    dump.data.replaceSubrange(3..<6, with: [0x80, 0x00, 0x00])
    var chip = try sensor(ScriptedI2CBus(reading(dump)))
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.first?.value == .number(22.97))
  }

  @Test func noBytesOfAnyChipStopTheProgram() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var dump = Dump.bme280
      dump.main = dump.main.map { _ in UInt8.random(in: 0...255, using: &generator) }
      dump.humidity = dump.humidity.map { _ in UInt8.random(in: 0...255, using: &generator) }
      dump.data = dump.data.map { _ in UInt8.random(in: 0...255, using: &generator) }
      var chip = try sensor(ScriptedI2CBus(reading(dump)))
      _ = try? chip.read(.tick)
      _ = try? chip.read(.again)
    }
  }

  // MARK: Settings

  @Test(arguments: [
    ("address", "0x75"), ("address", "0x78"), ("every", "99ms"), ("oversampling", "3"),
    ("bus", ""),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func aTickShorterThanAMeasurementIsRefused() throws {
    #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["every": "110ms", "oversampling": "16"])
    }
    _ = try sensor(ScriptedI2CBus(), ["every": "110ms", "oversampling": "8"])
  }
}
