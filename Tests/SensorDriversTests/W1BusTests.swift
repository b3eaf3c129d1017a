import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// Which sensors of a bus are read, and how they come and go.
@Suite struct W1BusTests {
  private let hardware = ScriptedHardware()
  private static let folder = "/sys/bus/w1/devices"
  private static let one = "28-00000e41ac28"
  private static let two = "28-0316a2794bff"
  /// 25.0625 °C.
  private static let good = "91 01 4b 46 7f ff 0f 10 25 : crc=25 YES\n"

  private func put(_ id: String, bus: Int = 1) {
    hardware.files["\(Self.folder)/\(id)/w1_slave"] = Self.good
    hardware.files["\(Self.folder)/w1_bus_master\(bus)/\(id)/w1_slave"] = Self.good
  }

  private func remove(_ id: String) {
    for path in hardware.files.keys where path.contains(id) { hardware.files[path] = nil }
  }

  private func driver(_ settings: [String: String] = [:]) throws -> W1 {
    try W1(Settings(name: "s", settings, for: W1.options), on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> Outcome {
    var driver = try driver(settings)
    return try driver.read(.tick)
  }

  @Test func conversionIsWaitedForElsewhere() throws {
    put(Self.one)
    // 5, 10, 20 ... 250 ms: the eighth look comes after 815 ms.
    hardware.answers["\(Self.folder)/\(Self.one)/w1_slave"] = [.text(Self.good, running: 8)]
    var driver = try driver()
    var waited = Duration.zero
    var outcome = try driver.read(.tick)
    while let wait = outcome.askAgain {
      #expect(wait <= .milliseconds(250))
      waited += wait
      outcome = try driver.read(.again)
    }
    #expect(waited > .milliseconds(750) && waited < .milliseconds(1100))
    #expect(outcome.readings.map(\.value) == [.number(25.0625)])
    #expect(hardware.begun.count == 1)
  }

  @Test func stuckBusIsAnErrorAndIsNotReadTwice() throws {
    put(Self.one)
    hardware.answers["\(Self.folder)/\(Self.one)/w1_slave"] = [.stuck]
    var driver = try driver()
    for _ in 0..<2 {
      let error = #expect(throws: DriverError.self) {
        var outcome = try driver.read(.tick)
        while outcome.askAgain != nil { outcome = try driver.read(.again) }
      }
      #expect(error?.reason.hasSuffix("the kernel has not answered for 15s") == true)
    }
    #expect(hardware.begun.count == 1)
  }

  @Test func tickWhileWaitingStartsAnew() throws {
    put(Self.one)
    hardware.answers["\(Self.folder)/\(Self.one)/w1_slave"] = [.text("", running: 3)]
    var driver = try driver()
    #expect(try driver.read(.tick) == .askAgain(after: .milliseconds(5)))
    #expect(try driver.read(.tick) == .askAgain(after: .milliseconds(5)))
    #expect(try driver.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try driver.read(.again).readings.map(\.value) == [.number(25.0625)])
  }

  @Test func busesAreLanes() throws {
    put(Self.one, bus: 1)
    put(Self.two, bus: 2)
    _ = try read(["id": "all"])
    #expect(
      hardware.begun.map(\.lane) == [
        "\(Self.folder)/w1_bus_master1", "\(Self.folder)/w1_bus_master2",
      ])
  }

  @Test func allSensorsHaveTheirNumbersInTheirNames() throws {
    put(Self.one)
    put(Self.two)
    let outcome = try read(["id": "all"])
    #expect(
      outcome.readings == [
        Reading(Self.one, .number(25.0625), unit: "°C"),
        Reading(Self.two, .number(25.0625), unit: "°C"),
      ])
    #expect(try driver(["id": "all"]).quantities.isEmpty)
    remove(Self.two)
    #expect(try read(["id": "all"]).readings.map(\.name) == [.quantity(Self.one)])
  }

  @Test func chosenSensorsAreReadAndOneAloneTakesTheSensorsName() throws {
    put(Self.one)
    put(Self.two)
    #expect(
      try read(["id": Self.two.uppercased()]).readings.map(\.name) == [.quantity("temperature")])
    #expect(try driver(["id": Self.two]).quantities == [Quantity("temperature", "°C")])
    #expect(try driver(["id": Self.two]).subject == "DS18B20")
    #expect(
      try driver(["id": "\(Self.one), \(Self.two)"]).quantities.map(\.name) == [Self.one, Self.two])
  }

  @Test func vanishedSensorIsMissedUntilItIsBack() throws {
    put(Self.one)
    put(Self.two)
    var driver = try driver(["id": "all"])
    #expect(try driver.read(.tick).complaint == nil)
    remove(Self.two)
    for _ in 0..<2 {
      let outcome = try driver.read(.tick)
      #expect(outcome.readings.count == 1)
      #expect(outcome.complaint == "\(Self.two): is not on the bus; there are: \(Self.one)")
    }
    put(Self.two)
    #expect(try driver.read(.tick).complaint == nil)
  }

  @Test func sensorThatFailsCostsTheOthersNothing() throws {
    put(Self.one)
    put(Self.two)
    hardware.files["\(Self.folder)/\(Self.one)/w1_slave"] = ""
    let outcome = try read(["id": "all"])
    #expect(outcome.readings.map(\.name) == [.quantity(Self.two)])
    #expect(outcome.complaint?.hasPrefix("\(Self.one): the kernel gave an empty file") == true)
    // Only the one that failed is tried again.
    #expect(hardware.begun.map(\.path).count { $0.contains(Self.two) } == 1)
    #expect(hardware.begun.map(\.path).count { $0.contains(Self.one) } == 3)
  }

  @Test func severalWithoutAnIdAreListed() {
    put(Self.one)
    put(Self.two)
    #expect(
      throws: DriverError.hardware(
        "several sensors are on the bus, and no id is set; there are: \(Self.one), \(Self.two)")
    ) { try read() }
  }

  @Test func otherFamiliesAreLeftAlone() throws {
    put(Self.one)
    put("01-00000e41ac28")
    #expect(try read().readings.count == 1)
  }

  @Test func absentBusAndAbsentSensorsAreToldApart() {
    #expect(
      throws: DriverError.hardware(
        "the kernel has no 1-Wire bus: no \(Self.folder); a Raspberry Pi wants dtoverlay=w1-gpio in"
          + " config.txt")
    ) { try read() }
    hardware.files["\(Self.folder)/w1_bus_master1/w1_master_slave_count"] = "0\n"
    #expect(throws: DriverError.hardware("no sensor is on the bus")) { try read() }
    #expect(throws: DriverError.hardware("no sensor is on the bus")) { try read(["id": "all"]) }
    #expect(
      throws: DriverError.hardware("\(Self.one): is not on the bus; no sensor is")
    ) { try read(["id": Self.one]) }
  }

  @Test(arguments: ["28-123", "01-00000e41ac28", "28-00000e41ac2g", "x", "28", ",", "28--"])
  func wrongIdNamesTheOption(id: String) {
    let error = #expect(throws: Settings.Invalid.self) { try driver(["id": id]) }
    #expect(error?.option == "id")
  }

  @Test func idThatIsNamedTwiceIsRefused() {
    #expect(throws: Settings.Invalid("id", "has one twice")) {
      try driver(["id": "\(Self.one),\(Self.one.uppercased())"])
    }
  }
}
