import Testing

@testable import SensorDrivers

@Suite struct LinearCalibrationTests {
  @Test func goesThroughItsTwoPoints() throws {
    // A 0.5 V to 4.5 V transducer of 0 to 10 bar.
    let line = try #require(LinearCalibration("0.5:0, 4.5:10"))
    #expect(line(0.5) == 0)
    #expect(line(4.5) == 10)
    #expect(line(2.5) == 5)
    // Ice and boiling water, with blanks where people put them.
    let probe = try #require(LinearCalibration(" -0.4 : 0 , 99.6:100"))
    #expect(abs(probe(49.6) - 50) < 1e-12)
  }

  @Test(arguments: ["", "1:2", "1:2, 1:3", "1:2, 3", "a:b, c:d", "1:2, 3:4, 5:6", "1:2, nan:3"])
  func refusesWhatIsNoLine(text: String) { #expect(LinearCalibration(text) == nil) }

  @Test func scalesThenShifts() {
    #expect(LinearCalibration(scale: 2, offset: -1)(10) == 19)
  }
}
