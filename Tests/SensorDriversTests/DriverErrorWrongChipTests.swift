import Testing

@testable import SensorDrivers

@Suite struct DriverErrorWrongChipTests {
  @Test(arguments: [
    (UInt8(0x61), "chip id 0x61; this is a BME680 or BME688; expected 0x60 (BME280)"),
    (0x12, "chip id 0x12; expected 0x60 (BME280)"),
    (0x00, "chip id 0x00; nothing drives the bus as it should; expected 0x60 (BME280)"),
    (0xFF, "chip id 0xFF; nothing drives the bus as it should; expected 0x60 (BME280)"),
  ])
  func namesTheChipThatAnswers(id: UInt8, reason: String) {
    let error = DriverError.wrongChip(
      id, expected: "0x60 (BME280)", known: DriverError.boschChips)
    #expect(error == .badData(reason))
  }
}
