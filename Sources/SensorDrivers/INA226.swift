package import TelemetryModel

/// TI INA226: voltage, current and power of a supply of up to 36 V, by a shunt in its line.
package struct INA226: SensorDriver {
  package static let kind = "ina226"
  package static let summary =
    "TI INA226 voltage, current and power of a supply of up to 36 V, on I2C."
  package static let wiring = INA2xx.wiring
  package static let quantities = INA2xx.quantities
  package static let options = INA2xx.options(.ina226)

  package static let recognizer: Recognizer? = INA2xx.Model.ina226.recognizer

  package let trigger: Trigger
  private var monitor: INA2xx

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    monitor = try INA2xx(.ina226, settings, on: hardware)
  }

  package var subject: String? { monitor.device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try monitor.read(cause)
  }
}
