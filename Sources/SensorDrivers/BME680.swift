package import TelemetryModel

/// Bosch BME680 and BME688: temperature, pressure, humidity, and the resistance of a heated metal
/// oxide, which falls as gases come.
///
/// Section numbers refer to BST-BME680-DS001. What a BME688 does differently (BST-BME688-DS000, and
/// Bosch's BME68x SensorAPI) is where its gas result stands, and the formula for it.
package struct BME680: SensorDriver {
  package static let kind = "bme680"
  package static let summary =
    "Bosch BME680 or BME688 temperature, pressure, humidity and gas resistance on I2C."
  package static let wiring = I2CDevice.wiring + " SDO to GND: 0x76, to 3V3: 0x77."
  package static let quantities = [
    Quantity("temperature", "°C"), Quantity("pressure", "hPa"), Quantity("humidity", "%"),
    Quantity("gas", "Ω"),
  ]
  package static let options =
    I2CDevice.options(addresses: [0x76, 0x77], "0x76 with pin SDO low, 0x77 with it high.") + [
      Option(
        "oversampling", .choice(["1", "2", "4", "8", "16"]), .value("1"),
        "Measurements averaged for each reading; more is quieter and slower."),
      Option(
        "heater_temperature", .integer(200...400), .value("320"),
        "Of the gas sensor's plate, in °C. Gases differ in where they show best."),
      Option(
        "heater_duration", .duration(.milliseconds(1)...GasWait.longest), .value("150ms"),
        "How long the plate is heated for each reading. Too short, and there is no gas reading;"
          + " long and often, and the chip's own temperature rises."),
    ]

  package static let recognizer: Recognizer? = BME280.recognizer { $0 == identifier }

  package let trigger: Trigger
  private let device: I2CDevice
  private let oversampling: Oversampling
  /// °C.
  private let heaterTemperature: Int
  private let heaterDuration: GasWait
  /// Known from the first answer on; forgotten after a fault, because the chip may have lost its
  /// power or been changed for another.
  private var chip: Chip?
  /// Looks at a running measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    oversampling = try settings.choice("oversampling")
    heaterTemperature = try settings.integer("heater_temperature")
    heaterDuration = GasWait(atLeast: try settings.duration("heater_duration"))
    let measurement = oversampling.measurementTimeMax + heaterDuration.duration
    guard every > measurement else {
      let shortest = Option.text(.milliseconds(Int(measurement.seconds * 1000) + 1))
      throw Settings.Invalid(
        "every",
        "is shorter than a measurement with this oversampling and heater_duration; allowed: from"
          + " \(shortest)")
    }
    trigger = .every(every)
    device = try I2CDevice("BME680", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, chip) {
      case (.again, let chip?): return try collect(from: chip)
      case (.tick, let known), (.again, let known): return try measure(known)
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      chip = nil
      throw error
    }
  }

  // MARK: Measuring

  /// Starts one measurement, after which the chip sleeps again (forced mode).
  private mutating func measure(_ known: Chip?) throws(DriverError) -> Outcome {
    let chip = if let known { known } else { try identify() }
    self.chip = chip
    looks = 0
    let heater = chip.calibration.heaterResistance(
      celsius: Double(heaterTemperature), ambient: chip.ambient)
    try device.write(Register.heaterResistance, [heater])
    try device.write(Register.gasWait, [heaterDuration.code])
    try device.write(Register.controlGas1, [chip.variant.runGas])
    try device.write(Register.controlHumidity, [oversampling.code])
    try device.write(
      Register.controlMeasurement, [oversampling.code << 5 | oversampling.code << 2 | Mode.forced])
    return .askAgain(after: oversampling.measurementTimeMax + heaterDuration.duration)
  }

  private mutating func collect(from chip: Chip) throws(DriverError) -> Outcome {
    let field = Field(try device.read(Register.field, count: Field.byteCount), chip.variant)
    guard field.isNew else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the measurement does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    let readings = try Self.readings(from: field, chip)
    if case .number(let celsius)? = readings.first?.value { self.chip?.ambient = celsius }
    let withoutGas = field.hasGas ? 0 : chip.withoutGas + 1
    guard withoutGas < Self.withoutGasMax else {
      throw .badData(
        "no valid gas reading in \(withoutGas) measurements: the plate does not stay at"
          + " \(heaterTemperature) °C; a longer heater_duration may help")
    }
    self.chip?.withoutGas = withoutGas
    return .readings(readings)
  }

  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(10)
  /// Measurements in a row whose gas reading was left out before that is called an error. After
  /// power-up a cold plate may need some.
  private static let withoutGasMax = 10

  /// What a field says, measured with this chip. A gas reading that the chip itself calls invalid,
  /// or that was taken before the plate was hot, is left out: the other three, which were measured
  /// before the plate was heated, are right all the same.
  static func readings(from field: Field, _ chip: Chip) throws(DriverError) -> [Reading] {
    try field.check()
    let calibration = chip.calibration
    let fine = calibration.fineTemperature(field.temperature)
    let celsius = fine / 5120
    var readings = [
      try temperatureRange.reading(celsius, parts: 10_000),
      try pressureRange.reading(calibration.pascals(field.pressure, fine) / 100, parts: 10_000),
      try humidityRange.reading(calibration.percent(field.humidity, celsius), parts: 10_000),
    ]
    if field.hasGas {
      let ohms =
        switch chip.variant {
        case .low: calibration.ohms(field.gas, range: field.gasRange)
        case .high: Calibration.ohmsOfHighVariant(field.gas, range: field.gasRange)
        }
      readings.append(Reading("gas", (ohms * 10).rounded() / 10))
    }
    return readings
  }

  /// Section 1: the ranges of operation. Humidity is computed, and held, between none and all.
  private static let temperatureRange = MeasuringRange.temperature(-40...85)
  private static let pressureRange = MeasuringRange.pressure(300...1100)
  private static let humidityRange = MeasuringRange("humidity", "%", 0...100, margin: 0)

  // MARK: Identifying

  struct Chip {
    var variant: Variant
    var calibration: Calibration
    /// °C around it, as it measured last: the plate's heating depends on it a little. Until then
    /// that of a room.
    var ambient = 25.0
    /// Measurements in a row without a gas reading.
    var withoutGas = 0
  }

  private func identify() throws(DriverError) -> Chip {
    let id = try device.read(Register.identifier)
    guard id == Self.identifier else {
      throw .wrongChip(id, expected: "0x61 (BME680, BME688)", known: DriverError.boschChips)
    }
    let number = try device.read(Register.variant)
    guard let variant = Variant(rawValue: number) else {
      throw .badData("variant id \(hex(number)); expected 0x00 (BME680) or 0x01 (BME688)")
    }
    let calibration = try Calibration(
      try device.read(Register.calibration1, count: Calibration.byteCount1),
      try device.read(Register.calibration2, count: Calibration.byteCount2),
      try device.read(Register.calibration3, count: Calibration.byteCount3))
    // Left in another mode by other software, it might not obey, filter what we read, or not heat.
    try device.write(Register.controlMeasurement, [Mode.sleep])
    try device.write(Register.configuration, [0])
    try device.write(Register.controlGas0, [0])
    return Chip(variant: variant, calibration: calibration)
  }

  private static let identifier: UInt8 = 0x61
}
