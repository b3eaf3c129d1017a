package import SensorDrivers

/// The machine that the agent runs on.
package final class LinuxHardware: Hardware {
  private var buses: [String: LinuxI2CBus] = [:]

  private let stateDirectory: String?

  /// - Parameter stateDirectory: where the places reached in followed files and what sensors keep
  ///   outlive the process; nil to keep nothing.
  package init(stateDirectory: String? = nil) { self.stateDirectory = stateDirectory }

  package func i2cBus(_ bus: String) -> any I2CBus {
    if let known = buses[bus] { return known }
    let new = LinuxI2CBus(bus)
    buses[bus] = new
    return new
  }

  package func i2cAdapters() -> [I2CAdapter] {
    LinuxI2CBus.adapters().map { device, name in
      I2CAdapter(bus: device.hasPrefix("i2c-") ? String(device.dropFirst(4)) : device, name: name)
    }
  }

  package func namedLines() -> [GPIOLine] { GPIOChips.named() }

  package func openLines(_ lines: [LineRequest]) throws(HardwareError) -> any OpenLines {
    try LinuxLines(lines)
  }

  package func openInput(_ input: InputRequest) throws(HardwareError) -> any OpenInput {
    try LinuxInput.open(input, places: stateDirectory.map { $0 + "/inputs" })
  }

  package func readText(_ path: String) throws(HardwareError) -> String {
    try LinuxFiles.readText(path)
  }

  package func list(_ path: String) throws(HardwareError) -> [String] { try LinuxFiles.list(path) }

  package func load(_ name: String) throws(HardwareError) -> String? {
    guard let stateDirectory else { return nil }
    return try KeptText(name, in: stateDirectory + "/sensors").load()
  }

  package func save(_ name: String, _ text: String) throws(HardwareError) {
    guard let stateDirectory else { return }
    try KeptText(name, in: stateDirectory + "/sensors").save(text)
  }

  package func diskSpace(_ path: String) throws(HardwareError) -> DiskSpace {
    try LinuxFiles.diskSpace(path)
  }
}
