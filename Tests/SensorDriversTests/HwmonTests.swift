import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct HwmonTests {
  private let hardware = ScriptedHardware()
  private static let chip = "/sys/class/hwmon/hwmon2"

  init() {
    hardware.files["\(Self.chip)/name"] = "board\n"
  }

  private func put(_ files: [String: String]) {
    for (name, text) in files { hardware.files["\(Self.chip)/\(name)"] = text }
  }

  private func driver(_ settings: [String: String] = [:]) throws -> Hwmon {
    try Hwmon(
      Settings(name: "s", settings.merging(["chip": "board"]) { a, _ in a }, for: Hwmon.options),
      on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> Outcome {
    var driver = try driver(settings)
    return try driver.read(.tick)
  }

  /// Units: the kernel's Documentation/hwmon/sysfs-interface.rst.
  @Test func allChannelsAreReadInOurUnits() throws {
    put([
      "temp1_input": "-12500\n", "temp2_input": "47774\n", "in0_input": "3312\n",
      "fan1_input": "1480\n", "curr1_input": "-250\n", "power1_input": "1250000\n",
      "energy1_input": "7200000\n", "humidity1_input": "41500\n", "freq1_input": "2400000000\n",
      "pwm1": "128\n", "temp1_max": "80000\n", "temp2_label": "CPU Package\n", "uevent": "",
    ])
    #expect(
      try read()
        == .readings([
          Reading("temperature1", .number(-12.5), unit: "°C"),
          Reading("cpu_package", .number(47.774), unit: "°C"),
          Reading("voltage0", .number(3.312), unit: "V"),
          Reading("fan1", .number(1480), unit: "rpm"),
          Reading("current1", .number(-0.25), unit: "A"),
          Reading("power1", .number(1.25), unit: "W"),
          Reading("energy1", .number(7.2), unit: "J"),
          Reading("humidity1", .number(41.5), unit: "%"),
          Reading("frequency1", .number(2.4e9), unit: "Hz"),
        ]))
    #expect(try driver().quantities.isEmpty)
    #expect(hardware.begun.allSatisfy { $0.lane == Self.chip })
  }

  @Test func averagePowerStandsInWhereTheChipHasNoOther() throws {
    put(["power1_average": "5000000\n", "power2_average": "1\n", "power2_input": "2000000\n"])
    #expect(
      try read().readings == [
        Reading("power1", .number(5), unit: "W"), Reading("power2", .number(2), unit: "W"),
      ])
  }

  @Test(arguments: [("temp1", "temperature1"), ("Package id 0", "package_id_0")])
  func oneChannelTakesTheSensorsName(wanted: String, name: String) throws {
    put([
      "temp1_input": "40000\n", "temp1_label": "Package id 0\n", "temp2_input": "1\n",
      "fan1_input": "2\n",
    ])
    let driver = try driver(["channels": wanted])
    #expect(driver.quantities.map(\.name) == [name])
    #expect(
      try read(["channels": wanted]).readings == [Reading(name, .number(40), unit: "°C")])
  }

  @Test func equalLabelsNameNoChannel() throws {
    put([
      "temp1_input": "1000\n", "temp1_label": "Core\n", "temp2_input": "2000\n",
      "temp2_label": "Core\n",
    ])
    #expect(
      try read().readings.map(\.name) == [.quantity("temperature1"), .quantity("temperature2")])
  }

  @Test func faultySensorIsToldAndTheOthersAreGiven() throws {
    put([
      "temp1_input": "127000\n", "temp1_fault": "1\n", "temp2_input": "20000\n",
      "temp2_fault": "0\n",
    ])
    #expect(
      try read()
        == Outcome(
          [Reading("temperature2", .number(20), unit: "°C")],
          complaint: "\(Self.chip)/temp1_input: the chip says that this sensor is faulty (open or"
            + " shorted)"))
  }

  @Test func switchedOffChannelIsToldToo() throws {
    put(["temp1_input": "0\n", "temp1_enable": "0\n", "in0_input": "5000\n", "in0_enable": "1\n"])
    #expect(
      try read()
        == Outcome(
          [Reading("voltage0", .number(5), unit: "V")],
          complaint: "\(Self.chip)/temp1_input: the channel is switched off"))
  }

  @Test func belowAbsoluteZeroIsNoTemperature() {
    put(["temp1_input": "-274000\n"])
    #expect(throws: DriverError.badData("temp1_input says -274.0 °C")) { try read() }
  }

  @Test func failingReadIsAnErrorAndTheNextOneIsRight() throws {
    put(["temp1_input": "20000\n"])
    let path = "\(Self.chip)/temp1_input"
    hardware.answers[path] = [
      .init(.failure(HardwareError(.other, "read \(path): remote I/O error"))), .text(""),
    ]
    var driver = try driver()
    #expect(throws: DriverError.hardware("read \(path): remote I/O error")) {
      try driver.read(.tick)
    }
    #expect(throws: DriverError.badData("\(path): an empty file is not a number")) {
      try driver.read(.tick)
    }
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(20)])
  }

  @Test func slowChipIsAskedAgain() throws {
    put(["temp1_input": ""])
    hardware.answers["\(Self.chip)/temp1_input"] = [.text("20000\n", running: 2)]
    var driver = try driver()
    #expect(try driver.read(.tick) == .askAgain(after: .milliseconds(5)))
    #expect(try driver.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try driver.read(.again).readings.map(\.value) == [.number(20)])
  }

  @Test func chipIsFoundAgainUnderAnotherNumber() throws {
    put(["temp1_input": "20000\n"])
    var driver = try driver()
    #expect(try driver.read(.tick).readings.count == 1)
    hardware.files = [
      "/sys/class/hwmon/hwmon5/name": "board\n", "/sys/class/hwmon/hwmon5/temp1_input": "21000\n",
      "/sys/class/hwmon/hwmon2/name": "other\n", "/sys/class/hwmon/hwmon2/temp1_input": "99000\n",
    ]
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(21)])
  }

  @Test func missingChannelListsWhatThereIs() {
    put(["temp1_input": "1\n", "temp1_label": "Core 0\n", "fan1_input": "2\n"])
    #expect(
      throws: DriverError.hardware("it has no channel 'fan2', but temp1 (core_0), fan1")
    ) { try read(["channels": "fan2"]) }
  }

  @Test func chipThatMeasuresNothingIsAnError() {
    put(["pwm1": "1\n"])
    #expect(throws: DriverError.hardware("\(Self.chip) measures nothing")) { try read() }
  }

  @Test(arguments: [("temp1, temperature1", "has one twice"), (" , ", "names none")])
  func wrongListNamesTheOption(list: String, complaint: String) {
    #expect(throws: Settings.Invalid("channels", complaint)) {
      try driver(["channels": list])
    }
  }
}
