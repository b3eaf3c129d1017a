import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct IIOTests {
  private let hardware = ScriptedHardware()
  private static let folder = "/sys/bus/iio/devices/iio:device0"

  private func put(_ name: String, _ files: [String: String]) {
    hardware.files = ["\(Self.folder)/name": name + "\n", "\(Self.folder)/dev": "247:0\n"]
    for (file, text) in files { hardware.files["\(Self.folder)/\(file)"] = text + "\n" }
  }

  private func driver(_ settings: [String: String] = [:]) throws -> IIO {
    try IIO(
      Settings(name: "s", settings.merging(["device": "0"]) { a, _ in a }, for: IIO.options),
      on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> Outcome {
    var driver = try driver(settings)
    return try driver.read(.tick)
  }

  private func values(_ settings: [String: String] = [:]) throws -> [String: Double] {
    let outcome = try read(settings)
    #expect(outcome.complaint == nil)
    return outcome.readings.reduce(into: [:]) { values, reading in
      guard case .quantity(let name) = reading.name, case .number(let number) = reading.value
      else { return }
      values[name] = number
    }
  }

  // Units here: the kernel's Documentation/ABI/testing/sysfs-bus-iio.

  @Test func rawValueIsOffsetThenScaled() throws {
    // HTS221, as its driver shows it: 16 bits, scale and offset from its calibration.
    put(
      "hts221", ["in_temp_raw": "1312", "in_temp_offset": "-180.5", "in_temp_scale": "18.518518"])
    let celsius = try #require(try values()["temperature"])
    #expect(abs(celsius - 20.953703) < 1e-5)
  }

  @Test func scaledValuesAreTakenAsTheyAre() throws {
    put(
      "bmp280",
      [
        "in_temp_input": "-5460", "in_pressure_input": "100.653267187",
        "in_humidityrelative_input": "41234", "in_temp_raw": "1", "in_temp_scale": "2",
        "in_temp_oversampling_ratio": "2",
      ])
    #expect(
      try read()
        == .readings([
          Reading("humidity", .number(41.234), unit: "%"),
          Reading("pressure", .number(1006.53267187), unit: "hPa"),
          Reading("temperature", .number(-5.46), unit: "°C"),
        ]))
  }

  @Test func kernelsDHT11GivesBothItsValues() throws {
    put("dht11@0", ["in_temp_input": "-10100", "in_humidityrelative_input": "65200"])
    #expect(try values() == ["temperature": -10.1, "humidity": 65.2])
  }

  @Test func converterIsReadInVolts() throws {
    // ADS1115 at ±4.096 V: 0.125 mV a step.
    put(
      "ads1015",
      [
        "in_voltage0_raw": "26400", "in_voltage0_scale": "0.125000000",
        "in_voltage0-voltage1_raw": "-8000", "in_voltage0-voltage1_scale": "0.062500000",
        "in_voltage1_raw": "16000", "in_voltage_scale": "0.0625",
        "in_voltage2-voltage3_raw": "8", "in_voltage-voltage_scale": "1000",
      ])
    #expect(
      try values() == [
        "voltage0": 3.3, "voltage0-voltage1": -0.5, "voltage1": 1, "voltage2-voltage3": 8,
      ])
  }

  @Test func axesShareTheirScale() throws {
    put(
      "mpu6050",
      [
        "in_accel_x_raw": "-16384", "in_accel_z_raw": "16384", "in_accel_scale": "0.000598550",
        "in_anglvel_y_raw": "131", "in_anglvel_scale": "0.000133231", "in_temp_raw": "-3000",
        "in_temp_offset": "12420", "in_temp_scale": "2.941176", "in_accel_mount_matrix": "1, 0",
      ])
    let values = try values()
    #expect(values.count == 4)
    #expect(abs((values["accel_x"] ?? 0) + 9.80664) < 1e-4)
    #expect(abs((values["accel_z"] ?? 0) - 9.80664) < 1e-4)
    // 131 steps of 1/131 °/s; the kernel gives the scale in rad/s, six digits long.
    #expect(abs((values["gyro_y"] ?? 0) - 1) < 1e-3)
    #expect(abs((values["temperature"] ?? 0) - 27.705877) < 1e-5)
  }

  @Test func otherQuantitiesHaveTheirUnits() throws {
    put(
      "many",
      [
        "in_magn_x_raw": "100", "in_magn_scale": "0.001", "in_illuminance_input": "123.5",
        "in_resistance_input": "3966", "in_concentration_co2_raw": "415",
        "in_concentration_co2_scale": "0.0001", "in_massconcentration_pm2p5_input": "7.5",
        "in_current0_raw": "250", "in_current0_scale": "2", "in_power0_raw": "3",
        "in_power0_scale": "1000", "in_distance_raw": "1234", "in_distance_scale": "0.001",
        "in_proximity_raw": "17", "in_voltage0_supply_raw": "5", "in_voltage_supply_scale": "1000",
      ])
    let outcome = try read()
    let found = Set(outcome.readings.map { "\($0.name) \($0.value) \($0.unit ?? "-")" })
    #expect(
      found
        == Set(
          [
            ("magnetic_x", 10, "µT"), ("illuminance", 123.5, "lx"), ("resistance", 3966, "Ω"),
            ("co2", 415, "ppm"), ("pm2p5", 7.5, "µg/m³"), ("current0", 0.5, "A"),
            ("power0", 3, "W"), ("distance", 123.4, "cm"), ("proximity", 17, "-"),
            ("voltage0_supply", 5, "V"),
          ].map { (name: String, value: Double, unit: String) in
            "\(Reading.Name.quantity(name)) \(Value.number(value)) \(unit)"
          }))
  }

  @Test(arguments: [
    ("temp", "temperature", "°C"), ("temperature", "temperature", "°C"),
    ("humidityrelative", "humidity", "%"), ("humidity", "humidity", "%"),
  ])
  func oneChannelTakesTheSensorsName(wanted: String, name: String, unit: String) throws {
    put("dht11", ["in_temp_input": "21000", "in_humidityrelative_input": "21000"])
    #expect(try driver(["channels": wanted]).quantities == [Quantity(name, unit)])
    #expect(
      try read(["channels": wanted]).readings == [Reading(name, .number(21), unit: unit)])
  }

  @Test func allChannelsOrSeveralAreJoinedToTheSensorsName() throws {
    #expect(try driver().quantities.isEmpty)
    #expect(
      try driver(["channels": "accel_x, anglvel_z, co2"]).quantities.map(\.name)
        == ["accel_x", "gyro_z", "co2"])
  }

  @Test func slowDeviceIsAskedAgainAndReadInItsOwnLane() throws {
    put("scd30", ["in_temp_raw": "21", "in_temp_scale": "1000"])
    hardware.answers["\(Self.folder)/in_temp_raw"] = [.text("21\n", running: 1)]
    var driver = try driver()
    #expect(try driver.read(.tick) == .askAgain(after: .milliseconds(5)))
    #expect(try driver.read(.again).readings.map(\.value) == [.number(21)])
    #expect(hardware.begun.allSatisfy { $0.lane == Self.folder })
  }

  @Test func failingChannelIsToldAndTheOthersAreGiven() throws {
    put("dht11", ["in_temp_input": "21000", "in_humidityrelative_input": "0"])
    let path = "\(Self.folder)/in_humidityrelative_input"
    let failure = HardwareError(.timedOut, "read \(path): connection timed out")
    hardware.answers[path] = [.init(.failure(failure))]
    #expect(
      try read()
        == Outcome(
          [Reading("temperature", .number(21), unit: "°C")], complaint: failure.reason))
  }

  @Test(arguments: [
    ("in_temp_input", "-280000", "in_temp_input: temperature of -280.0 °C is not possible"),
    (
      "in_humidityrelative_input", "330200",
      "in_humidityrelative_input: humidity of 330.2 % is not possible"
    ),
    ("in_temp_input", "1 2 3", "\(folder)/in_temp_input: '1 2 3' is not a number"),
    ("in_temp_input", "", "\(folder)/in_temp_input: an empty file is not a number"),
  ])
  func impossibleValueIsAnError(file: String, text: String, reason: String) {
    put("dht11", [file: text])
    #expect(throws: DriverError.badData(reason)) { try read() }
  }

  @Test func missingChannelListsWhatThereIs() {
    put("dht11", ["in_temp_input": "1", "in_humidityrelative_input": "1"])
    #expect(
      throws: DriverError.hardware("it has no channel 'pressure', but humidityrelative, temp")
    ) { try read(["channels": "pressure"]) }
  }

  @Test func deviceWithoutInputsIsAnError() {
    put("dac", ["out_voltage0_raw": "1"])
    #expect(throws: DriverError.hardware("\(Self.folder) measures nothing")) { try read() }
  }

  /// A device that comes back under another number is found by its name.
  @Test func deviceIsFoundAgain() throws {
    put("dht11", ["in_temp_input": "20000"])
    var driver = try driver(["device": "dht11"])
    #expect(try driver.read(.tick).readings.count == 1)
    hardware.files = [:]
    #expect(throws: DriverError.self) { try driver.read(.tick) }
    hardware.files = [
      "/sys/bus/iio/devices/iio:device3/name": "dht11\n",
      "/sys/bus/iio/devices/iio:device3/in_temp_input": "22000\n",
    ]
    #expect(try driver.read(.tick).readings.map(\.value) == [.number(22)])
  }
}
