package import TelemetryModel

/// TI ADS1115: voltages at four inputs, one conversion of 16 bits after another.
package struct ADS1115: SensorDriver {
  private static let model = ADS1x15.Model(
    chip: "ADS1115", rates: [8, 16, 32, 64, 128, 250, 475, 860], usualRate: 128, alwaysZero: 0,
    other: "ads1015")

  package static let kind = "ads1115"
  package static let summary =
    "TI ADS1115 analogue-to-digital converter, four inputs of 16 bits, on I2C."
  package static let wiring = ADS1x15.wiring
  package static let quantities = ADS1x15.quantities
  package static let options = ADS1x15.options(model)

  package static let recognizer: Recognizer? = ADS1x15.recognizer(model)

  package let trigger: Trigger
  private var converter: ADS1x15

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    converter = try ADS1x15(Self.model, settings, on: hardware)
  }

  package var subject: String? { converter.device.description }

  package var quantities: [Quantity] {
    converter.channels.map { Quantity($0.rawValue, "V") }
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try converter.read(cause)
  }
}
