import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct SGP40Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let address: UInt8 = 0x59

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> SGP40 {
    try SGP40(
      Settings(name: "air", values, for: SGP40.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func wrote(_ bytes: [UInt8]) -> Transfer { Transfer(to: address, write: bytes) }
  private func answered(_ bytes: [UInt8]) -> Transfer {
    Transfer(to: address, write: [], reply: bytes)
  }
  private var isBusy: Transfer {
    Transfer(
      to: address, write: [], readCount: 3, error: HardwareError(.noAcknowledge, "no acknowledge"))
  }

  private func featureSet(_ bytes: [UInt8] = [0x32, 0x20, 0x6C]) -> [Transfer] {
    [wrote([0x20, 0x2F]), answered(bytes)]
  }
  /// The datasheet's table 13: all tests passed.
  private func test(_ bytes: [UInt8] = [0xD4, 0x00, 0xC6]) -> [Transfer] {
    [wrote([0x28, 0x0E]), answered(bytes)]
  }
  /// Its table 9: the request without compensation.
  private let request: [UInt8] = [0x26, 0x0F, 0x80, 0x00, 0xA2, 0x66, 0x66, 0x93]
  private var signal: [Transfer] { [wrote(request), answered([0x7A, 0x53, 0x79])] }

  private func ask(_ chip: inout SGP40) throws -> (readings: [Reading], waits: [Duration]) {
    var waits: [Duration] = []
    var outcome = try chip.read(.tick)
    while let wait = outcome.askAgain {
      waits.append(wait)
      outcome = try chip.read(.again)
    }
    return (outcome.readings, waits)
  }

  // MARK: What it gives

  @Test func givesTheRawSignalOfAChipThatPassesItsTest() throws {
    let bus = ScriptedI2CBus(featureSet() + test() + signal)
    var chip = try sensor(bus)
    let (readings, waits) = try ask(&chip)
    #expect(readings == [Reading("voc_raw", .number(31_315))])
    #expect(waits == [.milliseconds(10), .milliseconds(320), .milliseconds(30)])
    #expect(SGP40.quantities == [Quantity("voc_raw", nil)])
    #expect(bus.isDone)
  }

  @Test func testsTheChipOnce() throws {
    let bus = ScriptedI2CBus(featureSet() + test() + signal + signal)
    var chip = try sensor(bus)
    _ = try ask(&chip)
    #expect(try ask(&chip).waits == [.milliseconds(30)])
    #expect(bus.isDone)
  }

  /// Table 10, with its checksums.
  @Test(
    arguments: [
      ("50", "25", [0x80, 0x00, 0xA2, 0x66, 0x66, 0x93]),
      ("0", "-45", [0x00, 0x00, 0x81, 0x00, 0x00, 0x81]),
      ("100", "130", [0xFF, 0xFF, 0xAC, 0xFF, 0xFF, 0xAC]),
    ] as [(String, String, [UInt8])])
  func tellsTheChipHumidityAndTemperature(
    humidity: String, temperature: String, bytes: [UInt8]
  ) throws {
    let bus = ScriptedI2CBus(
      featureSet() + test() + [wrote([0x26, 0x0F] + bytes), answered([0x7A, 0x53, 0x79])])
    var chip = try sensor(bus, ["humidity": humidity, "temperature": temperature])
    #expect(try ask(&chip).readings.count == 1)
    #expect(bus.isDone)
  }

  @Test func aChipThatIsStillBusyIsAskedAgain() throws {
    let bus = ScriptedI2CBus(
      featureSet() + test() + [wrote(request), isBusy, isBusy, answered([0x7A, 0x53, 0x79])])
    var chip = try sensor(bus)
    #expect(try ask(&chip).waits.suffix(2) == [.milliseconds(10), .milliseconds(10)])
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aChipThatStaysBusyIsABusErrorAndSetUpAnew() throws {
    let bus = ScriptedI2CBus(
      featureSet() + test() + [wrote(request)] + Array(repeating: isBusy, count: 5) + featureSet()
        + test() + signal)
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.isNotAcknowledged == true)
    #expect(try ask(&chip).readings.count == 1)
    #expect(bus.isDone)
  }

  @Test func anSGP41IsNamed() throws {
    let bus = ScriptedI2CBus(featureSet([0x32, 0x40, 0xD7]))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("SGP41") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [[0x00, 0x00, 0x81], [0xFF, 0xFF, 0xAC]] as [[UInt8]])
  func anotherFeatureSetIsBadData(bytes: [UInt8]) throws {
    var chip = try sensor(ScriptedI2CBus(featureSet(bytes)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("expected an SGP40") == true)
  }

  @Test func aChipThatFailsItsTestIsNotMeasured() throws {
    let bus = ScriptedI2CBus(featureSet() + test([0x4B, 0x00, 0x12]))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("0x4B00") == true)
    #expect(bus.isDone)
  }

  @Test func aWrongChecksumIsBadData() throws {
    var chip = try sensor(
      ScriptedI2CBus(featureSet() + test() + [wrote(request), answered([0x7A, 0x53, 0x78])]))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test(arguments: [
    ("address", "0x58"), ("every", "99ms"), ("humidity", "101"), ("temperature", "131"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
