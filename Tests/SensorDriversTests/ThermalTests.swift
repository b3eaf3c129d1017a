import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct ThermalTests {
  private let hardware = ScriptedHardware()

  private func put(_ zones: [(Int, String, String)]) {
    for (number, type, temperature) in zones {
      hardware.files["/sys/class/thermal/thermal_zone\(number)/type"] = type + "\n"
      hardware.files["/sys/class/thermal/thermal_zone\(number)/temp"] = temperature + "\n"
    }
    hardware.files["/sys/class/thermal/cooling_device0/type"] = "fan\n"
  }

  private func driver(_ settings: [String: String] = [:]) throws -> Thermal {
    try Thermal(Settings(name: "s", settings, for: Thermal.options), on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> Outcome {
    var driver = try driver(settings)
    return try driver.read(.tick)
  }

  /// Thousandths of a degree: the kernel's Documentation/driver-api/thermal/sysfs-api.rst.
  @Test func zoneIsReadInDegrees() throws {
    put([(0, "cpu-thermal", "47774")])
    #expect(
      try read() == .readings([Reading("cpu-thermal", .number(47.774), unit: "°C")]))
  }

  @Test func equalTypesAreToldApartByTheirNumbers() throws {
    put([(0, "acpitz", "-5500"), (2, "acpitz", "40000"), (10, "x86_pkg_temp", "61000")])
    #expect(
      try read().readings.map(\.name) == [
        .quantity("acpitz_0"), .quantity("acpitz_2"), .quantity("x86_pkg_temp"),
      ])
    #expect(try read().readings.map(\.value) == [.number(-5.5), .number(40), .number(61)])
  }

  @Test(arguments: [("cpu-thermal", "cpu-thermal"), ("thermal_zone1", "thermal_zone1")])
  func oneZoneTakesTheSensorsName(wanted: String, name: String) throws {
    put([(0, "gpu", "1"), (1, "cpu-thermal", "50000")])
    #expect(try driver(["zones": wanted]).quantities == [Quantity(name, "°C")])
    #expect(
      try read(["zones": wanted]).readings == [Reading(name, .number(50), unit: "°C")])
  }

  @Test func zoneThatCannotBeReadIsToldAndTheOthersAreGiven() throws {
    put([(0, "cpu", "50000"), (1, "iwlwifi_1", "x")])
    let path = "/sys/class/thermal/thermal_zone1/temp"
    hardware.answers[path] = [.init(.failure(HardwareError(.other, "read \(path): no data")))]
    #expect(
      try read()
        == Outcome(
          [Reading("cpu", .number(50), unit: "°C")], complaint: "read \(path): no data"))
  }

  @Test func invalidTemperatureOfTheKernelIsNoTemperature() {
    // THERMAL_TEMP_INVALID of include/linux/thermal.h.
    put([(0, "cpu", "-274000")])
    #expect(
      throws: DriverError.badData("/sys/class/thermal/thermal_zone0/temp (cpu) says -274.0 °C")
    ) { try read() }
  }

  @Test func ambiguousOrMissingZoneListsThem() {
    put([(0, "acpitz", "1"), (1, "acpitz", "2")])
    #expect(
      throws: DriverError.hardware(
        "'acpitz' is the type of several thermal zones: thermal_zone0 (acpitz), thermal_zone1"
          + " (acpitz); name one")
    ) { try read(["zones": "acpitz"]) }
    #expect(
      throws: DriverError.hardware(
        "there is no thermal zone 'cpu', but thermal_zone0 (acpitz), thermal_zone1 (acpitz)")
    ) { try read(["zones": "cpu"]) }
  }

  @Test func machineWithoutZonesIsToldSo() {
    #expect(
      throws: DriverError.hardware("/sys/class/thermal: the kernel has no thermal zone")
    ) { try read() }
  }

  @Test func wrongListNamesTheOption() {
    #expect(throws: Settings.Invalid("zones", "has one twice")) {
      try driver(["zones": "cpu, CPU"])
    }
  }
}
