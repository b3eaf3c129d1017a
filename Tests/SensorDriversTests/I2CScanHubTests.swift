import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What is behind hubs: ours, and the kernel's.
@Suite struct I2CScanHubTests {
  private typealias Finding = I2CScan.Finding

  private func bus(_ drivers: String...) throws -> ModelBus {
    ModelBus(
      try drivers.flatMap { kind in
        try #require(ChipModel.all.first { $0.driver == kind }).chips()
      })
  }

  private func scan(_ hardware: ScriptedHardware) -> I2CScan {
    var scan = I2CScan(on: hardware, drivers: DriverCatalog.all)
    scan.run()
    return scan
  }

  private func found(_ address: UInt8, _ chip: Finding.Chip, on bus: String = "1") -> Finding {
    Finding(bus: bus, address: address, chip: chip)
  }

  @Test func looksBehindAHub() throws {
    let wire = HubbedBus(
      try bus("sht3x"), hub: 0x70, channels: [0: try bus("bme280"), 3: try bus("bme280")])
    let scan = scan(ScriptedHardware(bus: "1", wire))
    #expect(scan.troubles.isEmpty)
    #expect(
      scan.findings == [
        found(0x44, .recognized("sht3x")), found(0x70, .hub),
        found(0x76, .recognized("bme280"), on: "1/mux@0x70/0"),
        found(0x76, .recognized("bme280"), on: "1/mux@0x70/3"),
      ])
    #expect(wire.collisions.isEmpty)
    #expect(wire.control == 0, "no channel is left open")
  }

  @Test func whatAnOpenChannelShowsIsNotOfTheBusItself() throws {
    // Another program left channels 0 and 3 open; the hub's address comes after the chip's.
    let wire = HubbedBus(
      try bus(), hub: 0x77, channels: [0: try bus("bme280"), 3: try bus("bmp280")],
      control: 0b1001)
    let scan = scan(ScriptedHardware(bus: "1", wire))
    #expect(
      scan.findings == [
        found(0x77, .hub), found(0x76, .recognized("bme280"), on: "1/mux@0x77/0"),
        found(0x76, .recognized("bmp280"), on: "1/mux@0x77/3"),
      ])
  }

  @Test func looksBehindAHubBehindAHub() throws {
    let inner = HubbedBus(try bus("bme680"), hub: 0x71, channels: [7: try bus("sht4x")])
    let wire = HubbedBus(try bus(), hub: 0x70, channels: [2: inner])
    let scan = scan(ScriptedHardware(bus: "1", wire))
    #expect(scan.troubles.isEmpty)
    #expect(
      scan.findings == [
        found(0x70, .hub), found(0x71, .hub, on: "1/mux@0x70/2"),
        found(0x76, .recognized("bme680"), on: "1/mux@0x70/2"),
        found(0x44, .recognized("sht4x"), on: "1/mux@0x70/2/mux@0x71/7"),
      ])
    #expect(wire.control == 0)
    #expect(inner.control == 0)
  }

  @Test func twoHubsDoNotShowEachOthersChips() throws {
    let second = HubbedBus(try bus(), hub: 0x71, channels: [0: try bus("bmp280")], control: 1)
    let wire = HubbedBus(second, hub: 0x70, channels: [0: try bus("bme280")], control: 1)
    let scan = scan(ScriptedHardware(bus: "1", wire))
    #expect(
      scan.findings == [
        found(0x70, .hub), found(0x71, .hub),
        found(0x76, .recognized("bme280"), on: "1/mux@0x70/0"),
        found(0x76, .recognized("bmp280"), on: "1/mux@0x71/0"),
      ])
    #expect(wire.collisions.isEmpty)
  }

  @Test func aHubWithFourChannelsIsNotAskedForEight() throws {
    let wire = HubbedBus(
      try bus(), hub: 0x70, channels: [3: try bus("bme280")], mask: 0x0F)
    let scan = scan(ScriptedHardware(bus: "1", wire))
    #expect(scan.troubles.isEmpty)
    #expect(
      scan.findings == [
        found(0x70, .hub), found(0x76, .recognized("bme280"), on: "1/mux@0x70/3"),
      ])
  }

  @Test(arguments: ["bme280", "bmp388", "ms5611"])
  func aSensorAtAHubsAddressIsNoHub(driver: String) throws {
    let scan = scan(ScriptedHardware(bus: "1", try bus(driver)))
    #expect(scan.findings.map(\.chip) == [.recognized(driver)])
  }

  // MARK: The kernel's hubs

  /// The kernel's driver holds the hub; its channels are adapters 11 and 12, on which the chips
  /// before it answer, too.
  @Test func whatIsBeforeAHubOfTheKernelIsFoundOnce() throws {
    let hardware = ScriptedHardware()
    hardware.buses["1"] = KernelsBus([try bus("sht3x")])
    hardware.buses["11"] = KernelsBus([try bus("sht3x"), try bus("bme280")])
    hardware.buses["12"] = KernelsBus([try bus("sht3x"), try bus("bmp280")])
    hardware.adapterNames = [
      "1": "bcm2835 (i2c@7e804000)", "11": "i2c-1-mux (chan_id 0)", "12": "i2c-1-mux (chan_id 1)",
    ]
    hardware.files["/sys/bus/i2c/devices/1-0070/channel-0/name"] = "i2c-1-mux (chan_id 0)\n"
    #expect(
      scan(hardware).findings == [
        found(0x44, .recognized("sht3x")), found(0x70, .held("the kernel has it")),
        found(0x76, .recognized("bme280"), on: "11"),
        found(0x76, .recognized("bmp280"), on: "12"),
      ])
  }

  /// As the Pi's i2c-0 and i2c-10, the pins of one controller, which is an adapter itself.
  @Test func aControllerWithSeveralPinsIsLookedAtByItsPins() throws {
    let hardware = ScriptedHardware()
    hardware.buses["22"] = try bus("bme280")
    hardware.buses["0"] = try bus("bme280")
    hardware.buses["10"] = try bus()
    hardware.adapterNames = [
      "22": "bcm2835 (i2c@7e205000)", "0": "i2c-22-mux (chan_id 0)",
      "10": "i2c-22-mux (chan_id 1)",
    ]
    #expect(scan(hardware).findings == [found(0x76, .recognized("bme280"), on: "0")])
  }
}

/// Chips of several buses on one, and an address that the kernel holds.
private final class KernelsBus: I2CBus {
  private let buses: [any I2CBus]
  init(_ buses: [any I2CBus]) { self.buses = buses }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    if address == 0x70 { throw HardwareError(.busy, "the kernel has it") }
    for bus in buses {
      do throws(HardwareError) {
        return try bus.transfer(to: address, write: write, readCount: readCount)
      } catch { continue }
    }
    throw HardwareError(.noAcknowledge, "no acknowledge")
  }
}
