package import TelemetryModel

/// TI INA219: voltage, current and power of a supply of up to 26 V, by a shunt in its line.
package struct INA219: SensorDriver {
  package static let kind = "ina219"
  package static let summary =
    "TI INA219 voltage, current and power of a supply of up to 26 V, on I2C."
  package static let wiring = INA2xx.wiring
  package static let quantities = INA2xx.quantities
  package static let options = INA2xx.options(.ina219)

  package static let recognizer: Recognizer? = INA2xx.Model.ina219.recognizer

  package let trigger: Trigger
  private var monitor: INA2xx

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    monitor = try INA2xx(.ina219, settings, on: hardware)
  }

  package var subject: String? { monitor.device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try monitor.read(cause)
  }
}
