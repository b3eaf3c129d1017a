package import TelemetryModel

/// Bosch BMP280: temperature and pressure. It is a BME280 without humidity, and that driver takes
/// it too; this one takes nothing else, so that a sensor which must be a BMP280 is known to be one.
///
/// Datasheet: BST-BMP280-DS001.
package struct BMP280: SensorDriver {
  package static let kind = "bmp280"
  package static let summary = "Bosch BMP280 temperature and pressure on I2C."
  package static let wiring = BME280.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("pressure", "hPa")]
  package static let options = BME280.options

  package static let recognizer: Recognizer? =
    BME280.recognizer { BME280.Identifier.bmp280.contains($0) }

  private var sensor: BME280

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    sensor = try BME280(settings, on: hardware, as: .bmp280)
  }

  package var trigger: Trigger { sensor.trigger }
  package var subject: String? { sensor.subject }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try sensor.read(cause)
  }
}
