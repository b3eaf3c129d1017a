import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct W1Tests {
  private let hardware = ScriptedHardware()
  private static let folder = "/sys/bus/w1/devices"
  private static let one = "28-00000e41ac28"
  private static let two = "28-0316a2794bff"

  /// As the kernel prints it, with a second line that must not be used.
  private func slaveText(_ bytes: [UInt8], isRight: Bool = true) -> String {
    let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    let sum = String(bytes.last ?? 0, radix: 16)
    return "\(hex) : crc=\(sum) \(isRight ? "YES" : "NO")\n99 99 99 99 99 99 99 99 99 t=4242\n"
  }

  /// Eight bytes and their checksum.
  private func whole(_ bytes: [UInt8]) -> [UInt8] { bytes + [W1Scratchpad.checksum(of: bytes)] }

  /// Of a DS18B20 with 12 bits after a conversion: byte 6 counts down from 0x10.
  private func scratchpad(_ register: UInt16) -> [UInt8] {
    let low = UInt8(truncatingIfNeeded: register)
    let high = UInt8(register >> 8)
    return whole([low, high, 0x4B, 0x46, 0x7F, 0xFF, 0x10 - (low & 0x0F), 0x10])
  }

  private func put(_ id: String, _ bytes: [UInt8], bus: Int = 1) {
    hardware.files["\(Self.folder)/\(id)/w1_slave"] = slaveText(bytes)
    hardware.files["\(Self.folder)/w1_bus_master\(bus)/\(id)/w1_slave"] = slaveText(bytes)
    hardware.files["\(Self.folder)/w1_bus_master\(bus)/w1_master_slave_count"] = "1\n"
  }

  private func answer(_ id: String, _ texts: [String]) {
    hardware.answers["\(Self.folder)/\(id)/w1_slave"] = texts.map { .text($0) }
  }

  private func driver(_ settings: [String: String] = [:]) throws -> W1 {
    try W1(Settings(name: "s", settings, for: W1.options), on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> Outcome {
    var driver = try driver(settings)
    return try driver.read(.tick)
  }

  // MARK: Values

  /// DS18B20 data sheet, table 1, as tested in periph's ds18b20_test.go; 25.0625 and -25.0625 °C,
  /// 0191h and FE6Fh, are in the same table.
  @Test(arguments: [
    (UInt16(0x07D0), 125.0), (0x0550, 85), (0x0191, 25.0625), (0x00A2, 10.125), (0x0008, 0.5),
    (0x0000, 0), (0xFFF8, -0.5), (0xFF5E, -10.125), (0xFE6F, -25.0625), (0xFC90, -55),
  ])
  func registerIsDegrees(register: UInt16, celsius: Double) throws {
    put(Self.one, scratchpad(register))
    #expect(
      try read() == .readings([Reading("temperature", .number(celsius), unit: "°C")]))
    for family in ["22-00000e41ac28", "42-00000e41ac28", "3b-00000e41ac28"] {
      hardware.files = [:]
      put(family, scratchpad(register))
      #expect(try read().readings.map(\.value) == [.number(celsius)])
    }
  }

  /// A dump of a real device in periph's ds18b20_test.go: 10 bits.
  @Test func dumpIsReadRight() throws {
    put(Self.one, [0xE0, 0x01, 0x00, 0x00, 0x3F, 0xFF, 0x10, 0x10, 0x3F])
    #expect(try read().readings.map(\.value) == [.number(30)])
  }

  /// "Bits 0 to 2 are undefined with 9 bits" and so on: data sheet, chapter on the configuration.
  @Test(arguments: [
    (UInt8(0x1F), 25.0), (0x3F, 25.25), (0x5F, 25.375), (0x7F, 25.4375),
  ])
  func undefinedBitsAreLeftOut(config: UInt8, celsius: Double) throws {
    put(Self.one, whole([0x97, 0x01, 0x4B, 0x46, config, 0xFF, 0x09, 0x10]))
    #expect(try read().readings.map(\.value) == [.number(celsius)])
  }

  /// The kernel's w1_DS18B20_convert_temp: bit 7 of byte 4 means two more bits in its lowest.
  @Test func gx20mh01IsReadWithItsFourteenBits() throws {
    put(Self.one, whole([0x90, 0x01, 0x4B, 0x46, 0xE3, 0xFF, 0x10, 0x10]))
    #expect(try read().readings.map(\.value) == [.number(25.046875)])
  }

  /// DS18S20, as tested in periph's ds18b20_test.go TestParseTemperature. At 85 °C its bytes are
  /// those of power-on, and are believed beside a reading near it.
  private static let halves: [(bytes: [UInt8], celsius: Double)] = [
    ([0xFA, 0x00, 0x00, 0x00, 0x00, 0xFF, 0x0C, 0x10], 125),
    ([0xFF, 0xFF, 0x00, 0x00, 0x00, 0xFF, 0x04, 0x10], -0.5),
    ([0xCE, 0xFF, 0x00, 0x00, 0x00, 0xFF, 0x0D, 0x10], -25.0625),
    ([0xAA, 0x00, 0x00, 0x00, 0x00, 0xFF, 0x0C, 0x10], 85),
  ]

  @Test(arguments: halves)
  func ds18s20IsReadFinerThanItsRegister(bytes: [UInt8], celsius: Double) throws {
    let id = "10-000802b4ac28"
    put(id, whole([0xA8, 0x00, 0x4B, 0x46, 0xFF, 0xFF, 0x0C, 0x10]))
    var driver = try driver()
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(84)])
    put(id, whole(bytes))
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(celsius)])
  }

  /// MAX31850 data sheet, tables 2 and 3, whose values are the MAX31855's: 1600, 100.75, -0.25 and
  /// -250 °C.
  @Test(arguments: [
    (UInt16(0x6400), 1600.0), (0x064C, 100.75), (0xFFFC, -0.25), (0xF060, -250), (0x0002, 0),
  ])
  func thermocoupleIsReadInQuarters(register: UInt16, celsius: Double) throws {
    let low = UInt8(truncatingIfNeeded: register)
    put(
      "3b-0000001921e8",
      whole([low, UInt8(register >> 8), 0x90, 0x17, 0xF0, 0xFF, 0xFF, 0xFF]))
    #expect(try read().readings.map(\.value) == [.number(celsius)])
  }

  @Test(arguments: [
    (UInt8(0b001), "is open"), (0b010, "is shorted to ground"), (0b100, "is shorted to the supply"),
    (0, "has a fault"),
  ])
  func faultOfAThermocoupleIsNamed(bits: UInt8, what: String) {
    let id = "3b-0000001921e8"
    put(id, whole([0x01, 0x7F, 0x90 | bits, 0x17, 0xF0, 0xFF, 0xFF, 0xFF]))
    #expect(throws: DriverError.badData("\(id): the thermocouple \(what)")) { try read() }
  }

  // MARK: What is no value

  private static let powerOn: [UInt8] = [0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x1C]

  @Test func powerOnValueIsReadAgain() throws {
    put(Self.one, scratchpad(0x0191))
    answer(Self.one, [slaveText(Self.powerOn), slaveText(Self.powerOn)])
    #expect(try read().readings.map(\.value) == [.number(25.0625)])
    #expect(hardware.begun.count == 3)
  }

  @Test func powerOnValueThatStaysIsAnError() {
    put(Self.one, Self.powerOn)
    #expect(
      throws: DriverError.badData(
        "\(Self.one): 85 °C, the value of a sensor that lost its power before its conversion ended")
    ) { try read() }
    #expect(hardware.begun.count == 3)
  }

  @Test func ds18s20IsNotBelievedFarFrom85() throws {
    let id = "10-000802b4ac28"
    put(id, whole([0xAA, 0x00, 0x4B, 0x46, 0xFF, 0xFF, 0x0C, 0x10]))
    var driver = try driver()
    #expect(throws: DriverError.self) { try driver.read(.tick) }
    put(id, whole([0x32, 0x00, 0x4B, 0x46, 0xFF, 0xFF, 0x0C, 0x10]))
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(25)])
    put(id, whole([0xAA, 0x00, 0x4B, 0x46, 0xFF, 0xFF, 0x0C, 0x10]))
    #expect(throws: DriverError.self) { try driver.read(.tick) }
  }

  /// timofurrer/w1thermsensor, tests/conftest.py, W1_FILE_ZEROVALUES: the checksum of zeros is 0.
  @Test func zerosAreAShortedLine() {
    let text = "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n"
    put(Self.one, scratchpad(0))
    hardware.files["\(Self.folder)/\(Self.one)/w1_slave"] = text
    #expect(
      throws: DriverError.badData(
        "\(Self.one): all bytes are 0: something holds the data line low")
    ) { try read() }
  }

  /// The kernel's w1_therm.c: w1_slave_show returns 0 bytes on any error.
  @Test func emptyFileIsAnErrorAndTheNextOneIsRight() throws {
    put(Self.one, scratchpad(0x0191))
    answer(Self.one, ["", "", ""])
    var driver = try driver()
    #expect(
      throws: DriverError.badData(
        "\(Self.one): the kernel gave an empty file: the sensor did not answer")
    ) { try driver.read(.tick) }
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(25.0625)])
  }

  @Test func wrongChecksumIsReadAgainAndItsOldSecondLineIsNotUsed() throws {
    put(Self.one, scratchpad(0x0191))
    var damaged = scratchpad(0x0191)
    damaged[0] ^= 1
    answer(Self.one, [slaveText(damaged, isRight: false), slaveText(damaged)])
    #expect(try read().readings.map(\.value) == [.number(25.0625)])
    hardware.files["\(Self.folder)/\(Self.one)/w1_slave"] = slaveText(damaged, isRight: false)
    #expect(throws: DriverError.self) { try read() }
  }

  @Test(arguments: [UInt16(0x07D1), 0xFC8F, 0x07FF, 0x7FFF, 0x8000])
  func valueBeyondTheRangeIsAnError(register: UInt16) {
    put(Self.one, scratchpad(register))
    #expect(throws: DriverError.self) { try read() }
  }

  @Test func countersThatNoDS18S20HasAreAnError() {
    for (remain, perDegree) in [(UInt8(0x0C), UInt8(0)), (0x11, 0x10)] {
      put("10-000802b4ac28", whole([0x32, 0x00, 0x4B, 0x46, 0xFF, 0xFF, remain, perDegree]))
      #expect(throws: DriverError.self) { try read() }
    }
  }

  // MARK: The other file

  @Test(arguments: [("23125\n", 23.125), ("-1250\n", -1.25), ("0\n", 0)])
  func temperatureFileIsAnAlternative(text: String, celsius: Double) throws {
    put(Self.one, scratchpad(0))
    hardware.files["\(Self.folder)/\(Self.one)/temperature"] = text
    #expect(
      try read(["file": "temperature"]).readings
        == [Reading("temperature", .number(celsius), unit: "°C")])
  }

  @Test(arguments: ["", "\n", "85000\n", "-127000\n", "127937\n", "x\n"])
  func temperatureFileThatIsNoValueIsAnError(text: String) {
    put(Self.one, scratchpad(0))
    hardware.files["\(Self.folder)/\(Self.one)/temperature"] = text
    #expect(throws: DriverError.self) { try read(["file": "temperature"]) }
    #expect(hardware.begun.count == 3)
  }
}
