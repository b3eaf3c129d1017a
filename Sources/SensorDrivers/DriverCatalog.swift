/// All drivers, in the order of the reference. A new one is a line here.
package enum DriverCatalog {
  package static let all: [any SensorDriver.Type] = [
    System.self,
    Line.self,
    BME280.self,
    Lines.self,
    Simulated.self,
  ]

  /// - Parameter kind: as in `driver = bme280`.
  package static func driver(_ kind: String) -> (any SensorDriver.Type)? {
    all.first { $0.kind == kind }
  }
}
