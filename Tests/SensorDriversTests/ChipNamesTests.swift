import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct ChipNamesTests {
  private typealias Finding = I2CScan.Finding

  private func named(_ chips: [ModelChip]) -> [I2CScan.Finding] {
    let hardware = ScriptedHardware(bus: "1", ModelBus(chips))
    let addresses = chips.map(\.address).sorted()
    return ChipNames(on: hardware, drivers: DriverCatalog.all).named(
      addresses.map { Finding(bus: "1", address: $0, chip: .unknown) })
  }

  /// A chip of registers of which one alone holds something.
  private func chip(_ address: String, _ register: String, _ byte: String) throws -> ModelChip {
    let json = """
      {"address": "\(address)", "model": "registers", "memory": {"\(register)": "\(byte)"}}
      """
    return try #require(JSONValue(Array(json.utf8)).flatMap { ModelChip($0) })
  }

  @Test func aChipIsItsDrivers() throws {
    #expect(
      named([try chip("0x76", "D0", "58")]) == [
        Finding(bus: "1", address: 0x76, chip: .recognized("bmp280"))
      ])
  }

  @Test func whoHasNoRecognizerIsACandidateWhenAllOthersDeny() throws {
    #expect(
      named([try chip("0x23", "00", "00")]) == [
        Finding(bus: "1", address: 0x23, chip: .candidates(["bh1750"]))
      ])
  }

  @Test func twoChipsOfAKindTakeTheirOwnParts() throws {
    let chips = [
      try chip("0x1C", "0F", "3D"), try chip("0x1E", "0F", "3D"), try chip("0x6A", "0F", "68"),
      try chip("0x6B", "0F", "68"),
    ]
    #expect(
      named(chips) == [
        Finding(
          bus: "1", address: 0x6A, chip: .recognized("lsm9ds1"),
          parts: [.init("magnetic_address", 0x1C)]),
        Finding(
          bus: "1", address: 0x6B, chip: .recognized("lsm9ds1"),
          parts: [.init("magnetic_address", 0x1E)]),
      ])
  }

  @Test func anotherChipAtAPartsAddressIsNotTaken() throws {
    // An HMC5883L, a magnetometer of its own, beside an LSM9DS1 whose own is elsewhere.
    let chips = [
      try chip("0x1C", "0F", "3D"), try chip("0x1E", "0A", "48"), try chip("0x6A", "0F", "68"),
    ]
    #expect(
      named(chips) == [
        Finding(bus: "1", address: 0x1E, chip: .unknown),
        Finding(
          bus: "1", address: 0x6A, chip: .recognized("lsm9ds1"),
          parts: [.init("magnetic_address", 0x1C)]),
      ])
  }

  @Test func whatIsHeldIsNotAsked() {
    let hardware = ScriptedHardware(bus: "1", ScriptedI2CBus())
    let held = Finding(bus: "1", address: 0x76, chip: .held("bmp280 has it"))
    #expect(ChipNames(on: hardware, drivers: DriverCatalog.all).named([held]) == [held])
  }
}
