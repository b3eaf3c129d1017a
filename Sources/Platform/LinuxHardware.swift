package import SensorDrivers

/// The machine that the agent runs on.
package final class LinuxHardware: Hardware {
  private var buses: [String: LinuxI2CBus] = [:]

  private let places: String?

  /// - Parameter places: a folder in which the places reached in followed files are kept over
  ///   restarts; nil to keep none.
  package init(keepingPlacesIn places: String? = nil) { self.places = places }

  package func i2cBus(_ bus: String) -> any I2CBus {
    if let known = buses[bus] { return known }
    let new = LinuxI2CBus(bus)
    buses[bus] = new
    return new
  }

  package func openLines(_ lines: [LineRequest]) throws(HardwareError) -> any OpenLines {
    try LinuxLines(lines)
  }

  package func openInput(_ input: InputRequest) throws(HardwareError) -> any OpenInput {
    try LinuxInput.open(input, places: places)
  }

  package func readText(_ path: String) throws(HardwareError) -> String {
    try LinuxFiles.readText(path)
  }

  package func list(_ path: String) throws(HardwareError) -> [String] { try LinuxFiles.list(path) }

  package func diskSpace(_ path: String) throws(HardwareError) -> DiskSpace {
    try LinuxFiles.diskSpace(path)
  }
}
