package import TelemetryModel

/// A sensor of the configuration, checked: its driver can be made, on whichever hardware.
package struct ConfiguredSensor: Sendable {
  /// `greenhouse` of `[sensor.greenhouse]`.
  package let name: String
  /// The driver's kind.
  package let driver: String
  /// With the options that every sensor takes.
  package let settings: Settings
  /// All that a sensor of the kind may give.
  private let quantities: [Quantity]
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
    quantities = []
    self.make = make
  }

  package init(_ driver: any SensorDriver.Type, _ settings: Settings) {
    name = settings.name
    self.driver = driver.kind
    quantities = driver.quantities
    let settings = settings.declaring(SensorOptions.all(for: driver))
    self.settings = settings
    make = { hardware throws(Settings.Invalid) in try driver.init(settings, on: hardware) }
  }

  /// Whether it is a source of bytes.
  package func isInput(on hardware: any Hardware) throws(Settings.Invalid) -> Bool {
    if case .input = try makeDriver(on: hardware).trigger { true } else { false }
  }

  /// All that keeps the settings from standing: the driver's own, and those of every sensor.
  /// Touches no hardware.
  package func mistakes(on hardware: any Hardware) -> [Settings.Invalid] {
    var mistakes: [Settings.Invalid] = []
    var quantities = quantities
    do throws(Settings.Invalid) {
      let driver = try makeDriver(on: hardware)
      quantities = driver.quantities
      if let every = driver.trigger.every { _ = try SensorTiming(settings, every: every) }
    } catch {
      mistakes.append(error)
    }
    return mistakes + Conditioning.mistakes(settings, quantities: quantities)
  }

  package func makeDriver(on hardware: any Hardware) throws(Settings.Invalid) -> any SensorDriver {
    try make(hardware)
  }
}
