package import TelemetryModel

/// A sensor of the configuration, checked: its driver can be made, on whichever hardware.
package struct ConfiguredSensor: Sendable {
  /// `greenhouse` of `[sensor.greenhouse]`.
  package let name: String
  /// The driver's kind.
  package let driver: String
  private let make: @Sendable (any Hardware) throws(Settings.Invalid) -> any SensorDriver

  /// - Parameter make: makes the driver, to be used on the sensor thread.
  package init(
    name: String, driver: String,
    make: @escaping @Sendable (any Hardware) throws(Settings.Invalid) -> any SensorDriver
  ) {
    self.name = name
    self.driver = driver
    self.make = make
  }

  package init(_ driver: any SensorDriver.Type, _ settings: Settings) {
    self.init(name: settings.name, driver: driver.kind) { hardware throws(Settings.Invalid) in
      try driver.init(settings, on: hardware)
    }
  }

  package func makeDriver(on hardware: any Hardware) throws(Settings.Invalid) -> any SensorDriver {
    try make(hardware)
  }
}
