import FoundationEssentials
import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// The fixture tree is laid out as /proc and /sys of a Raspberry Pi are.
@Suite struct SystemTests {
  private static let paths = [
    "proc/loadavg", "proc/meminfo", "proc/uptime", "proc/net/dev", "proc/net/wireless",
    "proc/stat", "sys/class/thermal/thermal_zone0/type", "sys/class/thermal/thermal_zone0/temp",
    "sys/class/hwmon/hwmon0/name", "sys/class/hwmon/hwmon1/name",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm",
  ]
  /// As in the fixture, and a second later: 400 ticks of four processors, 300 of them idle.
  private static let stat = "cpu  132000 240 41000 2980000 5200 0 1560 0 0 0\n"
  private static let laterStat = "cpu  132080 240 41020 2980290 5210 0 1560 0 0 0\n"
  private let hardware: FakeHardware

  init() throws {
    hardware = FakeHardware(
      disks: ["/": DiskSpace(total: 32_000_000_000, available: 8_000_000_000)])
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    for path in Self.paths {
      let data = try Data(contentsOf: URL(filePath: "/\(folder)/Fixtures/pi/\(path)"))
      hardware.write(String(decoding: data, as: UTF8.self), to: "/pi/\(path)")
    }
  }

  private func driver(_ settings: [String: String] = [:]) throws -> System {
    let roots = ["proc": "/pi/proc", "sys": "/pi/sys"]
    return try System(
      Settings(name: "pi", roots.merging(settings) { $1 }, for: System.options), on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> [Reading] {
    let outcome = try round(settings)
    #expect(outcome.complaint == nil)
    return outcome.readings
  }

  /// The first reading, with the wait that it takes to see how busy the processors are.
  private func round(_ settings: [String: String] = [:]) throws -> Outcome {
    var driver = try driver(settings)
    let outcome = try driver.read(.tick)
    guard outcome.askAgain != nil else { return outcome }
    #expect(outcome == .askAgain(after: .milliseconds(500)))
    hardware.write(Self.laterStat, to: "/pi/proc/stat")
    return try driver.read(.again)
  }

  @Test func readsAllOfAPi() throws {
    #expect(
      try read() == [
        Reading("cpu_temperature", .number(48.312)),
        Reading("cpu_usage", .number(25)),
        Reading("load_1", .number(0.52)), Reading("load_5", .number(0.58)),
        Reading("load_15", .number(0.59)),
        Reading("memory_used", .number(25)),
        Reading("memory_available", .integer(728_297_472)),
        Reading("swap_used", .number(25)),
        Reading("disk_used", .number(75)),
        Reading("disk_free", .integer(8_000_000_000)),
        Reading("uptime", .number(350_735.47)),
        Reading("net_received", .integer(5_250_000)),
        Reading("net_sent", .integer(750_000)),
        Reading("wifi_signal", .number(-56)),
        Reading("under_voltage", .integer(0)),
      ])
  }

  @Test func quantitiesAreThoseOfWhatIsRead() throws {
    #expect(try driver(["read": "uptime"]).quantities.map(\.name) == ["uptime"])
    #expect(
      try read(["read": "uptime, load"]).map(\.name) == [
        .quantity("uptime"), .quantity("load_1"), .quantity("load_5"), .quantity("load_15"),
      ])
    #expect(
      try driver().quantities.map { Reading.Name.quantity($0.name) } == (try read().map(\.name)))
  }

  @Test func machineWithoutThesePartsHasNoSuchReadingsAndNoError() throws {
    for path in Self.paths where path.hasPrefix("sys") || path.hasSuffix("wireless") {
      hardware.write(nil, to: "/pi/\(path)")
    }
    let memory = "MemTotal: 948304 kB\nMemAvailable: 711228 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
    hardware.write(memory, to: "/pi/proc/meminfo")
    #expect(try read().count == 11)
    #expect(try read(["read": "temperature, wifi, power, swap"]).isEmpty)
  }

  @Test func useOfTheProcessorsIsTakenSinceTheReadingBefore() throws {
    var driver = try driver(["read": "cpu"])
    #expect(try driver.read(.tick).askAgain == .milliseconds(500))
    hardware.write(Self.laterStat, to: "/pi/proc/stat")
    #expect(try driver.read(.again).readings == [Reading("cpu_usage", 25)])
    hardware.write("cpu  132080 240 41020 2984290 5210 0 1560 0 0 0\n", to: "/pi/proc/stat")
    #expect(try driver.read(.tick).readings == [Reading("cpu_usage", 0)])
    hardware.write("cpu  132480 240 41020 2984290 5210 0 1560 0 9 9\n", to: "/pi/proc/stat")
    #expect(try driver.read(.tick).readings == [Reading("cpu_usage", 100)])
    #expect(throws: DriverError.badData("/pi/proc/stat: the processors' time does not pass")) {
      try driver.read(.tick)
    }
  }

  @Test func underVoltageIsTold() throws {
    hardware.write("1\n", to: "/pi/sys/class/hwmon/hwmon1/in0_lcrit_alarm")
    #expect(try read(["read": "power"]) == [Reading("under_voltage", .integer(1))])
  }

  @Test func processorsZoneIsChosenAmongMany() throws {
    hardware.write("acpitz\n", to: "/pi/sys/class/thermal/thermal_zone0/type")
    for (zone, type, temperature) in [(2, "x86_pkg_temp", "61000"), (10, "cpu", "99000")] {
      hardware.write(type, to: "/pi/sys/class/thermal/thermal_zone\(zone)/type")
      hardware.write(temperature, to: "/pi/sys/class/thermal/thermal_zone\(zone)/temp")
    }
    #expect(try read(["read": "temperature"]).map(\.value) == [.number(61)])
  }

  @Test func frostIsATemperatureToo() {
    #expect(System.temperature("-5500\n")?.map(\.value) == [.number(-5.5)])
  }

  @Test func oneInterfaceCanBeCounted() throws {
    #expect(
      try read(["read": "network", "interface": "wlan0"]).map(\.value) == [
        .integer(250_000), .integer(50_000),
      ])
  }

  @Test func missingInterfaceIsNamed() throws {
    var driver = try driver(["read": "network", "interface": "wlan9"])
    #expect(throws: DriverError.hardware("/pi/proc/net/dev: no network interface wlan9")) {
      try driver.read(.tick)
    }
  }

  @Test(arguments: [
    ("proc/loadavg", 12), ("proc/meminfo", 12), ("proc/uptime", 14), ("proc/net/dev", 13),
    ("sys/class/thermal/thermal_zone0/temp", 14), ("proc/net/wireless", 14),
    ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", 14), ("proc/stat", 14),
  ])
  func garbageIsToldAndCostsOnlyItsOwnReadings(path: String, count: Int) throws {
    for garbage in ["", "x", "a b c d e", "nan nan nan", "MemTotal: x kB", "a:\nb:\nc: 1 2"] {
      hardware.write(garbage, to: "/pi/\(path)")
      if path != "proc/stat" { hardware.write(Self.stat, to: "/pi/proc/stat") }
      let outcome = try round()
      #expect(outcome.readings.count == count, "\(garbage)")
      #expect(outcome.complaint?.contains("/pi/\(path): not as expected") == true, "\(garbage)")
    }
  }

  @Test func missingFileIsToldAndCostsOnlyItsOwnReadings() throws {
    hardware.write(nil, to: "/pi/proc/uptime")
    let outcome = try round()
    #expect(outcome.readings.count == 14)
    #expect(outcome.complaint == "open /pi/proc/uptime: No such file or directory")
  }

  @Test func nothingAtAllIsAnError() throws {
    hardware.write(nil, to: "/pi/proc/uptime")
    hardware.write("x", to: "/pi/proc/loadavg")
    var driver = try driver(["read": "uptime, load"])
    #expect(
      throws: DriverError.hardware(
        "open /pi/proc/uptime: No such file or directory; /pi/proc/loadavg: not as expected")
    ) { try driver.read(.tick) }
  }

  @Test(arguments: [
    (
      "uptime, speed",
      "has 'speed'; allowed: temperature, cpu, load, memory, swap, disk, uptime, network, wifi,"
        + " power"
    ),
    ("load load", "has 'load' twice"),
    (",", "names nothing to read"),
  ])
  func wrongListNamesTheOption(list: String, complaint: String) {
    #expect(throws: Settings.Invalid("read", complaint)) { try driver(["read": list]) }
  }
}
