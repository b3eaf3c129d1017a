import SensorDrivers
import TelemetryModel
import Testing

@Suite struct DeadbandTests {
  private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

  private func passed(_ band: Deadband, _ values: [Double]) -> [Double] {
    var band = band
    var time: Int64 = 0
    return values.filter { value in
      time += 1
      return band.letsThrough(value, at: at(time))
    }
  }

  @Test func comparesWithTheLastValueLetThroughSoThatADriftIsSeen() {
    let band = Deadband(.absolute(0.5), heartbeat: nil)
    #expect(passed(band, [20, 20.3, 20.5, 20.6, 20.2, 20.0]) == [20, 20.6, 20.0])
  }

  @Test func ofZeroWidthLetsEveryChangeThrough() {
    #expect(passed(Deadband(.absolute(0), heartbeat: nil), [1, 1, 2, 2, 1]) == [1, 2, 1])
  }

  @Test func mayBeAPartOfTheValue() {
    let band = Deadband(.relative(0.1), heartbeat: nil)
    #expect(passed(band, [-100, -109, -111, -100, -99]) == [-100, -111, -99])
    // Nothing is less than a tenth away from nought.
    #expect(passed(band, [0, 0, 0.001]) == [0, 0.001])
  }

  @Test func aHeartbeatEndsASilence() {
    var band = Deadband(.absolute(5), heartbeat: .seconds(60))
    var passed: [Int64] = []
    for second: Int64 in [0, 59, 60, 119] where band.letsThrough(1, at: at(second)) {
      passed.append(second)
    }
    #expect(passed == [0, 60])
  }

  @Test func itsWidthIsANumberOrAPart() {
    #expect(Deadband.Width("0.5") == .absolute(0.5))
    #expect(Deadband.Width("2%") == .relative(0.02))
    for wrong in ["-1", "%", "two", "nan", "inf", "1 %x"] {
      #expect(Deadband.Width(wrong) == nil, "\(wrong)")
    }
  }
}
