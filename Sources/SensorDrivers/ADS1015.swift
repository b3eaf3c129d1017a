package import TelemetryModel

/// TI ADS1015: voltages at four inputs, one conversion of 12 bits after another.
package struct ADS1015: SensorDriver {
  private static let model = ADS1x15.Model(
    chip: "ADS1015", rates: [128, 250, 490, 920, 1600, 2400, 3300], usualRate: 1600,
    alwaysZero: 0b1111,
    other: "ads1115")

  package static let kind = "ads1015"
  package static let summary =
    "TI ADS1015 analogue-to-digital converter, four inputs of 12 bits, on I2C."
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
