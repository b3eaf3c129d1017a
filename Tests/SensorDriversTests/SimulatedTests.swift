import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct SimulatedTests {
  private func values(_ count: Int, _ settings: [String: String]) throws -> [Double] {
    var driver = try Simulated(
      Settings(name: "sim", settings, for: Simulated.options), on: FakeHardware())
    return try (0..<count).map { _ in
      let readings = try driver.read(.tick).readings
      guard readings.count == 1, case .number(let number) = readings[0].value else { return .nan }
      return number
    }
  }

  private func rounded(_ values: [Double]) -> [Double] { values.map { ($0 * 10).rounded() / 10 } }

  @Test func sineSwingsBetweenItsBounds() throws {
    let settings = ["wave": "sine", "minimum": "-10", "maximum": "10", "period": "4s"]
    #expect(rounded(try values(9, settings)) == [0, 10, 0, -10, 0, 10, 0, -10, 0])
  }

  @Test func rampRisesAndFallsBack() throws {
    let settings = ["wave": "ramp", "maximum": "8", "period": "4s"]
    #expect(try values(6, settings) == [0, 2, 4, 6, 0, 2])
  }

  @Test func squareIsHighThenLow() throws {
    let settings = ["wave": "square", "minimum": "1", "maximum": "2", "period": "4s"]
    #expect(try values(5, settings) == [2, 2, 1, 1, 2])
  }

  @Test func everyBelongsToTheWave() throws {
    let settings = ["wave": "ramp", "maximum": "1", "period": "1s", "every": "250ms"]
    #expect(try values(5, settings) == [0, 0.25, 0.5, 0.75, 0])
  }

  @Test func walkIsDecidedByItsSeedAndStaysInItsRange() throws {
    let settings = ["wave": "random_walk", "minimum": "20", "maximum": "30", "seed": "7"]
    let walk = try values(5000, settings)
    #expect(walk == (try values(5000, settings)))
    #expect(walk != (try values(5000, settings.merging(["seed": "8"]) { $1 })))
    #expect(walk.allSatisfy { (20...30).contains($0) })
    #expect((walk.max() ?? 0) - (walk.min() ?? 0) > 5)
    #expect(zip(walk, walk.dropFirst()).allSatisfy { abs($0 - $1) <= 0.5 })
  }

  /// The reference implementation's output for seed 1234567.
  @Test func generatorIsSplitMix64() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func boundsInTheWrongOrderNameTheOption() {
    #expect(throws: Settings.Invalid("maximum", "is 1.0; it must be above minimum, 5.0")) {
      try Simulated(
        Settings(["minimum": "5", "maximum": "1"], for: Simulated.options), on: FakeHardware())
    }
  }
}
