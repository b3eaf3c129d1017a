package import SensorDrivers

/// The machine that the agent runs on.
package final class LinuxHardware: Hardware {
  /// By name as the ini has it, and by the path that the name meant at first.
  private var buses: [String: MuxedI2CBus] = [:]
  private let adapters: I2CAdapters
  private let reads = BackgroundReads()
  private let stateDirectory: String?

  /// - Parameters:
  ///   - stateDirectory: where the places reached in followed files and what sensors keep outlive
  ///     the process; nil to keep nothing.
  ///   - sysfs: where the kernel tells of its I2C adapters.
  package init(stateDirectory: String? = nil, sysfs: String = "/sys") {
    self.stateDirectory = stateDirectory
    adapters = I2CAdapters(sysfs: sysfs)
  }

  package func i2cBus(_ bus: String) -> any I2CBus {
    do throws(I2CBusPath.Malformed) {
      let path = try I2CBusPath(bus)
      return root(path.root).bus(behind: path.channels)
    } catch {
      return NoI2CBus(reason: "bus \(error.complaint)")
    }
  }

  /// One for all names of a bus: it has to know all the hubs on it.
  private func root(_ name: String) -> MuxedI2CBus {
    if let known = buses[name] { return known }
    let path = (try? adapters.path(of: name)) ?? name
    let bus =
      buses[path]
      ?? MuxedI2CBus(RetryingI2CBus(LinuxI2CBus(name, among: adapters)), named: name)
    buses[name] = bus
    buses[path] = bus
    return bus
  }

  package func i2cAdapters() -> [I2CAdapter] {
    adapters.all().map { device, name in
      I2CAdapter(bus: device.hasPrefix("i2c-") ? String(device.dropFirst(4)) : device, name: name)
    }
  }

  package func namedLines() -> [GPIOLine] { GPIOChips.named() }

  package func openLines(_ lines: [LineRequest]) throws(HardwareError) -> any OpenLines {
    try LinuxLines(lines)
  }

  package func openSignal(_ line: LineRequest) throws(HardwareError) -> any SignalLine {
    try LinuxSignal(line)
  }

  package func openInput(_ input: InputRequest) throws(HardwareError) -> any OpenInput {
    try LinuxInput.open(input, places: stateDirectory.map { $0 + "/inputs" })
  }

  package func readText(_ path: String) throws(HardwareError) -> String {
    try LinuxFiles.readText(path)
  }

  package func beginRead(_ path: String, lane: String) -> any PendingText {
    reads.begin(path, lane: lane)
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

/// What a name that means no bus stands for.
private final class NoI2CBus: I2CBus {
  private let reason: String
  init(reason: String) { self.reason = reason }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    throw HardwareError(.other, reason)
  }
}
