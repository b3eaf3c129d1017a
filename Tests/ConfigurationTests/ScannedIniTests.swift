import SensorDrivers
import TelemetryModel
import TestSupport
import Testing
import Uplinks

@testable import Configuration

@Suite struct ScannedIniTests {
  private typealias Chip = I2CScan.Finding

  private let real: ConfigurationContext = {
    var context = context(.test)
    context.drivers = DriverCatalog.all
    context.uplinks = UplinkCatalog.all
    let hardware = ScriptedHardware()
    context.tryDriver = { ConfiguredSensor($0, $1).mistakes(on: hardware) }
    return context
  }()

  private let chips = [
    Chip(bus: "1", address: 0x23, chip: .candidates(["bh1750"])),
    Chip(bus: "1", address: 0x3C, chip: .unknown),
    Chip(bus: "1", address: 0x48, chip: .candidates(["lm75", "pct2075", "tmp102"])),
    Chip(
      bus: "1", address: 0x6A, chip: .recognized("lsm9ds1"),
      parts: [.init("magnetic_address", 0x1E)]),
    Chip(bus: "1", address: 0x70, chip: .hub),
    Chip(bus: "1", address: 0x76, chip: .recognized("bme280")),
    Chip(bus: "1", address: 0x77, chip: .held("the kernel driver bmp280 has this address")),
    Chip(bus: "1/mux@0x70/0", address: 0x76, chip: .recognized("bme280")),
    Chip(bus: "1/mux@0x70/3", address: 0x76, chip: .recognized("bme280")),
    Chip(bus: "11", address: 0x48, chip: .candidates(["ads1115", "ads1015"])),
    Chip(bus: "11", address: 0x76, chip: .recognized("bme280")),
  ]
  private let kernel = [
    KernelScan.Finding(driver: "w1", option: "id", value: "28-0316a2795aff"),
    KernelScan.Finding(driver: "w1", option: "id", value: "28-0316a2795b00"),
    KernelScan.Finding(driver: "iio", option: "device", value: "dht11@4"),
    KernelScan.Finding(driver: "hwmon", option: "chip", value: "/sys/bus/i2c/devices/1-0048"),
    KernelScan.Finding(driver: "hwmon", option: "chip", value: "/sys/bus/i2c/devices/1-0049"),
  ]
  private let lines = [
    GPIOLine(name: "ID_SDA", consumer: nil), GPIOLine(name: "GPIO17", consumer: nil),
    GPIOLine(name: "GPIO4", consumer: "onewire@4"),
  ]

  private func text(
    _ results: [String: Result<String, ScannedIni.Trouble>] = [:], troubles: [String] = []
  ) -> String {
    ScannedIni(chips: chips, kernel: kernel).text(
      results: results, lines: lines, troubles: troubles)
  }

  /// Prose has a blank behind its semicolon, what is to be used has none.
  private func uncommented(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      line.hasPrefix(";") && !line.hasPrefix("; ") ? line.dropFirst() : line
    }.joined(separator: "\n")
  }

  @Test func whatIsPrintedIsAnIni() throws {
    let configuration = try load(text(), in: real)
    #expect(configuration.warnings.isEmpty)
    #expect(
      configuration.sensors.map(\.name) == [
        "lsm9ds1", "bme280_76", "bme280_76_1_mux_70_0", "bme280_76_1_mux_70_3", "bme280_76_11",
        "w1_28-0316a2795aff", "w1_28-0316a2795b00", "iio", "hwmon_1-0048", "hwmon_1-0049",
      ])
    #expect(try configuration.sensors[0].settings.text("address") == "0x6A")
    #expect(try configuration.sensors[0].settings.text("magnetic_address") == "0x1E")
    #expect(try configuration.sensors[3].settings.text("bus") == "1/mux@0x70/3")
    #expect(try configuration.sensors[5].settings.text("id") == "28-0316a2795aff")
  }

  @Test func whatIsTriedIsTheSame() throws {
    let bare = try load(ScannedIni(chips: chips, kernel: kernel).bare, in: real)
    #expect(bare.sensors.map(\.name) == (try load(text(), in: real)).sensors.map(\.name))
  }

  @Test func oneOfAKindHasTheKindsName() {
    let ini = ScannedIni(
      chips: [Chip(bus: "1", address: 0x76, chip: .recognized("bme280"))], kernel: [])
    #expect(ini.sensors.map(\.name) == ["bme280"])
    #expect(ini.sensors.map(\.place) == ["0x76 on I2C bus 1"])
  }

  @Test func allThatIsCommentedOutIsRightWhenUncommented() throws {
    let context = {
      var context = real
      context.purpose = .run
      context.readFile = { _ in .success(Array("key\n".utf8)) }
      return context
    }()
    let configuration = try load(uncommented(text()), in: context)
    #expect(
      configuration.sensors.map(\.name).filter { $0.hasPrefix("chip") || $0 == "door" } == [
        "chip_23", "chip_48", "chip_48_11", "door",
      ])
    #expect(configuration.uplinks.count == 1)
    let names = configuration.sensors.map { $0.name.lowercased() }
    #expect(Set(names).count == names.count)
  }

  @Test func candidatesAreNamedAndCommentedOut() {
    let text = text()
    #expect(text.contains("; 0x48 on I2C bus 1 may be lm75, pct2075, tmp102."))
    #expect(text.contains(";[sensor.chip_48]\n;driver = lm75\n;bus = 1\n;address = 0x48\n"))
    #expect(text.contains("; 0x23 on I2C bus 1 may be bh1750."))
  }

  @Test func whatIsNoSensorIsTold() {
    let text = text(troubles: ["I2C bus 3: open /dev/i2c-3: Permission denied"])
    #expect(
      text.contains(
        "; 0x3C on I2C bus 1 is no chip that telemetryd reads. Often it is an OLED display"))
    #expect(text.contains("; 0x70 on I2C bus 1 is a hub"))
    #expect(text.contains("; 0x77 on I2C bus 1 is taken: the kernel driver bmp280 has this"))
    #expect(text.contains("; Not looked at: I2C bus 3: open /dev/i2c-3: Permission denied\n"))
    #expect(text.contains("; GPIO lines that are free: ID_SDA GPIO17\n"))
    #expect(text.contains("; GPIO lines in use: GPIO4 (onewire@4)\n"))
    #expect(text.contains(";line = GPIO17\n"))
  }

  @Test func readingsStandBesideTheirSensor() {
    let text = text(["bme280_76": .success("bme280_76_temperature 21.3 °C")])
    #expect(
      text.contains(
        "; 0x76 on I2C bus 1: bme280_76_temperature 21.3 °C\n[sensor.bme280_76]\n"))
  }

  @Test func aSensorThatCannotBeReadIsCommentedOut() throws {
    let text = text(["lsm9ds1": .failure(.init("chip id 0x00;\nnothing drives the bus"))])
    #expect(
      text.contains(
        "; 0x6A on I2C bus 1 could not be read: chip id 0x00; nothing drives the bus\n"
          + ";[sensor.lsm9ds1]\n"))
    #expect(!(try load(text, in: real)).sensors.map(\.name).contains("lsm9ds1"))
  }

  @Test func nothingFoundIsStillAnIni() throws {
    let text = ScannedIni(chips: [], kernel: []).text(results: [:], lines: [])
    #expect(complaints(text, in: real).count == 1, "there is no sensor in it, and no mistake")
  }

  @Test func manyLinesAreBroken() {
    let many = (0..<60).map { GPIOLine(name: "GPIO\($0)", consumer: nil) }
    let text = ScannedIni(chips: [], kernel: []).text(results: [:], lines: many)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(text.contains("GPIO59\n"))
  }
}
