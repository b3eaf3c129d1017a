import Testing

@testable import SensorDrivers

@Suite struct MeasuringRangeTests {
  private let range = MeasuringRange("pressure", "hPa", 300...1100, margin: 50)

  @Test(arguments: [250, 300, 1013.25, 1150])
  func givesWhatIsPossible(value: Double) throws {
    #expect(try range.reading(value) == Reading("pressure", value))
  }

  @Test(arguments: [249.99, 1150.01, -1, 0, .infinity, -.infinity, .nan])
  func refusesWhatIsNot(value: Double) {
    #expect(throws: DriverError.self) { try range.reading(value) }
  }

  @Test func saysWhatWasFoundAndWhatIsPossible() {
    #expect(
      throws: DriverError.badData("pressure 1200.12 hPa is none; possible: 250.0 to 1150.0")
    ) { try range.reading(1200.1234) }
  }

  @Test func roundsWhereItIsAskedTo() throws {
    #expect(try range.reading(988.748547, parts: 1000) == Reading("pressure", 988.749))
    #expect(try range.reading(1150, parts: 10) == Reading("pressure", 1150))
  }

  @Test func leavesAMarginAroundTheSheetsRange() throws {
    #expect(try MeasuringRange.temperature(-40...85).reading(-50) == Reading("temperature", -50))
    #expect(throws: DriverError.self) { try MeasuringRange.temperature(-40...85).reading(95.1) }
    #expect(throws: DriverError.self) { try MeasuringRange.pressure(300...1100).reading(1151) }
  }
}
