package import TelemetryModel

/// A sensor of the configuration, checked: its driver can be made, on whichever hardware.
package struct ConfiguredSensor: Sendable {
  /// `greenhouse` of `[sensor.greenhouse]`.
  package let name: String
  /// The driver's kind.
  package let driver: String
  /// With the options that every sensor takes.
  package let settings: Settings
  private let make: @Sendable (any Hardware) throws(Settings.Invalid) -> any SensorDriver

  /// - Parameters:
  ///   - settings: what is set of the options that every sensor takes.
  ///   - make: makes the driver, to be used on the sensor thread.
  package init(
    name: String, driver: String, settings: [String: String] = [:],
    make: @escaping @Sendable (any Hardware) throws(Settings.Invalid) -> any SensorDriver
  ) {
    self.name = name
    self.driver = driver
    self.settings = Settings(name: name, settings, for: SensorOptions.everything)
    self.make = make
  }

  package init(_ driver: any SensorDriver.Type, _ settings: Settings) {
    name = settings.name
    self.driver = driver.kind
    let settings = settings.declaring(SensorOptions.all(for: driver))
    self.settings = settings
    make = { hardware throws(Settings.Invalid) in try driver.init(settings, on: hardware) }
  }

  /// Whether it is a source of bytes.
  package func isInput(on hardware: any Hardware) throws(Settings.Invalid) -> Bool {
    if case .input = try makeDriver(on: hardware).trigger { true } else { false }
  }

  /// Whether the settings can stand: the driver's own, and those of every sensor. Touches no
  /// hardware.
  package func check(on hardware: any Hardware) throws(Settings.Invalid) {
    let driver = try makeDriver(on: hardware)
    _ = try Conditioning(settings, quantities: driver.quantities)
    if case .every(let every) = driver.trigger { _ = try SensorTiming(settings, every: every) }
  }

  package func makeDriver(on hardware: any Hardware) throws(Settings.Invalid) -> any SensorDriver {
    try make(hardware)
  }
}
