import SensorDrivers
import TelemetryModel
import Testing

/// Lets an expectation change a value.
private final class Shed {
  private var conditioning: Conditioning
  init(_ conditioning: Conditioning) { self.conditioning = conditioning }

  func take(_ readings: [Reading], at now: BootTime) -> Conditioning.Result {
    conditioning.take(readings, at: now)
  }
  func finish(at now: BootTime) -> [Reading] { conditioning.finish(at: now) }
}

@Suite struct ConditioningTests {
  private let weather = [
    Quantity("temperature", "°C"), Quantity("pressure", "hPa"), Quantity("humidity", "%"),
  ]
  private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

  private func conditioning(
    _ values: [String: String], _ quantities: [Quantity]? = nil, isTrial: Bool = false
  ) throws(Settings.Invalid) -> Shed {
    Shed(
      try Conditioning(
        Settings(name: "shed", values, for: SensorOptions.perReading),
        quantities: quantities ?? weather, isTrial: isTrial))
  }

  private func key(_ key: String, _ value: Value, _ unit: String? = nil) -> Reading {
    Reading(.key(key), value, unit: unit)
  }

  @Test func withoutSettingsItNamesAndLabels() throws {
    let shed = try conditioning([:])
    #expect(
      shed.take([Reading("temperature", 21.25), Reading("humidity", 40)], at: at(0)).readings
        == [
          key("shed_temperature", .number(21.25), "°C"), key("shed_humidity", .number(40), "%"),
        ])
    let door = try conditioning([:], [Quantity("level")])
    #expect(
      door.take([Reading("level", .integer(1))], at: at(0)).readings == [key("shed", .integer(1))])
  }

  @Test func calibratesThenConvertsThenRounds() throws {
    let shed = try conditioning([
      "offset.temperature": "-1.5", "unit.temperature": "F", "round.temperature": "1",
      "unit.pressure": "inHg", "round": "2",
    ])
    #expect(
      shed.take(
        [Reading("temperature", 21.77), Reading("pressure", 1013.25), Reading("humidity", 40.126)],
        at: at(0)
      ).readings == [
        key("shed_temperature", .number(68.5), "°F"), key("shed_pressure", .number(29.92), "inHg"),
        key("shed_humidity", .number(40.13), "%"),
      ])
  }

  @Test func aTransducerGetsTheUnitThatItsCalibrationGives() throws {
    let shed = try conditioning(
      ["calibrate": "0.5:0, 4.5:10", "unit": "bar"], [Quantity("a0", "V")])
    #expect(shed.take([Reading("a0", 2.5)], at: at(0)).readings == [key("shed", .number(5), "bar")])
  }

  @Test func keysMayBeAnyText() throws {
    let shed = try conditioning(["key": "Garden 🌱", "key.temperature": "🌡 (°C)"])
    let keys = shed.take([Reading("temperature", 1), Reading("humidity", 2)], at: at(0)).readings
    #expect(keys.map(\.name) == [.key("🌡 (°C)"), .key("Garden 🌱_humidity")])
    let door = try conditioning(["key": "🚪"], [Quantity("level")])
    #expect(
      door.take([Reading("level", .integer(0))], at: at(0)).readings == [key("🚪", .integer(0))])
  }

  @Test func aWindowGivesEachOfItsFunctions() throws {
    let shed = try conditioning(
      ["aggregate": "mean, max, count", "window": "2"], [Quantity("v", "V")])
    #expect(shed.take([Reading("v", 1)], at: at(0)).readings.isEmpty)
    let expected = [
      key("shed_mean", .number(2), "V"), key("shed_max", .number(3), "V"),
      key("shed_count", .integer(2)),
    ]
    #expect(shed.take([Reading("v", 3)], at: at(1)).readings == expected)
    _ = shed.take([Reading("v", 7)], at: at(2))
    #expect(
      shed.finish(at: at(3)).map(\.value) == [.number(7), .number(7), .integer(1)])
    #expect(shed.finish(at: at(4)).isEmpty)
  }

  @Test func oneFunctionKeepsTheKey() throws {
    let shed = try conditioning(["aggregate": "last", "window": "1"], [Quantity("v")])
    #expect(shed.take([Reading("v", 1)], at: at(0)).readings == [key("shed", .number(1))])
  }

  @Test func aDeadbandComparesWhatWouldBeSent() throws {
    let shed = try conditioning(
      ["deadband.temperature": "0", "round.temperature": "1", "heartbeat": "60s"])
    func sent(_ value: Double, _ time: Int64) -> Int {
      shed.take([Reading("temperature", value)], at: at(time)).readings.count
    }
    #expect(
      [sent(20.04, 0), sent(20.01, 1), sent(20.06, 2), sent(20.1, 61), sent(20.1, 62)]
        == [1, 0, 1, 0, 1])
  }

  @Test func aTrialShowsEveryReadingAtOnce() throws {
    let shed = try conditioning(
      ["aggregate": "mean", "window": "100", "deadband": "5", "round": "0"], [Quantity("v")],
      isTrial: true)
    #expect(shed.take([Reading("v", 1.4)], at: at(0)).readings == [key("shed", .number(1))])
    #expect(shed.take([Reading("v", 1.4)], at: at(0)).readings == [key("shed", .number(1))])
  }

  @Test func integersStayIntegersUntilTheyAreScaled() throws {
    let plain = try conditioning(["round": "1"], [Quantity("co2", "ppm")])
    #expect(
      plain.take([Reading("co2", .integer(412))], at: at(0)).readings
        == [key("shed", .integer(412), "ppm")])
    let scaled = try conditioning(["scale": "0.5"], [Quantity("co2", "ppm")])
    #expect(
      scaled.take([Reading("co2", .integer(413))], at: at(0)).readings
        == [key("shed", .number(206.5), "ppm")])
  }

  @Test func whatIsNoNumberIsNotSent() throws {
    let shed = try conditioning([:])
    let result = shed.take([Reading("temperature", .nan), Reading("humidity", 4)], at: at(0))
    #expect(result.readings == [key("shed_humidity", .number(4), "%")])
    #expect(result.complaint == "shed_temperature is not a finite number")
    let huge = try conditioning(["scale.temperature": "1e12"])
    #expect(huge.take([Reading("temperature", 1e300)], at: at(0)).complaint != nil)
  }

  @Test func aRoundedNumberIsNeverMinusZero() throws {
    let shed = try conditioning(["round": "1"])
    let reading = shed.take([Reading("temperature", -0.04)], at: at(0)).readings.first
    guard case .number(let number) = reading?.value else {
      Issue.record("\(String(describing: reading))")
      return
    }
    #expect(number.sign == .plus)
  }

  @Test func sourcesThatNameTheirReadingsAreConditionedByThoseNames() throws {
    let lines = try conditioning(["unit.temp": "°F", "key.temp": "T"], [])
    let readings = [
      Reading(.quantity("TEMP"), .integer(100), unit: "°C"), Reading(.key("door"), .boolean(true)),
      Reading("other", 3),
    ]
    #expect(
      lines.take(readings, at: at(0)).readings == [
        key("T", .number(212), "°F"), key("door", .boolean(true)), key("shed_other", .number(3)),
      ])
    let plain = try conditioning([:], [])
    #expect(
      plain.take(readings, at: at(0)).readings.map(\.name) == [
        .key("shed_TEMP"), .key("door"), .key("shed_other"),
      ])
  }

  @Test(
    arguments: [
      (["unit": "hPa", "scale.x": "1"], "scale.x"),
      (["unit.temperature": "hPa"], "unit.temperature"),
      (["offset": "1"], "offset"), (["calibrate.humidity": "1:1"], "calibrate.humidity"),
      (["scale.humidity": "2", "calibrate.humidity": "1:1, 2:2"], "calibrate.humidity"),
      (["deadband": "wide"], "deadband"), (["aggregate": "median"], "aggregate"),
      (["window": "5"], "window"), (["key.temperature": "a", "key.humidity": "a"], "key"),
    ] as [([String: String], String)])
  func wrongSettingsNameTheOption(values: [String: String], option: String) {
    let error = #expect(throws: Settings.Invalid.self) { try conditioning(values) }
    #expect(error?.option == option, "\(String(describing: error))")
  }

  @Test func allMistakesAreToldAtOnce() {
    let settings = Settings(
      name: "shed",
      [
        "unit": "°F", "offset.temprature": "3", "deadband": "2 %", "aggregate": "median",
        "unit.pressure": "inHg", "calibrate.humidity": "1:1",
      ], for: SensorOptions.perReading)
    let mistakes = Conditioning.mistakes(settings, quantities: weather)
    #expect(
      mistakes.map(\.option) == [
        "aggregate", "calibrate.humidity", "deadband", "offset.temprature", "unit",
      ])
  }

  @Test func aUnitIsJudgedWithTheCalibrationThatMakesIt() {
    for unit in ["unit", "unit.a0"] {
      let settings = Settings(
        name: "shed", [unit: "bar", "calibrate": "0.5:0, 4.5:10"], for: SensorOptions.perReading)
      #expect(Conditioning.mistakes(settings, quantities: [Quantity("a0", "V")]).isEmpty)
    }
  }

  @Test func whatOnlyIsWrongTogetherIsToldToo() {
    let settings = Settings(
      name: "shed", ["scale": "2", "calibrate": "1:1, 2:2"], for: SensorOptions.perReading)
    #expect(
      Conditioning.mistakes(settings, quantities: [Quantity("v")]).map(\.option) == ["calibrate"])
  }
}
