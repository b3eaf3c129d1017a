import Testing

@testable import SensorDrivers

@Suite struct SurvivableTemperatureTests {
  @Test(arguments: [-65, -40, 0, 25, 125, 150] as [Double])
  func whatAChipSurvivesIsGiven(celsius: Double) throws {
    #expect(try SurvivableTemperature.checked(celsius) == celsius)
  }

  @Test(arguments: [-128, -65.5, 150.0625, 255, .nan] as [Double])
  func whatNoChipSurvivesIsBadData(celsius: Double) {
    let error = #expect(throws: DriverError.self) { try SurvivableTemperature.checked(celsius) }
    #expect(error?.reason.contains("-65 °C to 150 °C") == true)
  }
}
