import CLinux
import Glibc
import SensorDrivers

/// An I2C bus by way of /dev/i2c-N. Opened by the first transfer, and opened again by the next one
/// after it was lost: an adapter on USB, or an overlay that is loaded later.
///
/// Reference: the kernel's Documentation/i2c/dev-interface.rst, and fault-codes.rst for the errors.
final class LinuxI2CBus: I2CBus {
  private let name: String
  private var open: (descriptor: Descriptor, abilities: clinux_i2c_abilities)?

  /// - Parameter name: a number, a /dev path, or an adapter's name.
  init(_ name: String) { self.name = name }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    guard address <= Self.addressMax else {
      throw HardwareError(.other, "an I2C address has seven bits")
    }
    guard write.count <= Self.transferMax, (0...Self.transferMax).contains(readCount) else {
      throw HardwareError(.other, "one I2C transfer has at most \(Self.transferMax) bytes")
    }
    let (descriptor, abilities) = try opened()
    var answer = [UInt8](repeating: 0, count: readCount)
    var result = clinux_i2c_claim(descriptor.number, address)
    if result == 0 {
      if abilities.transfers {
        result = clinux_i2c_transfer(
          descriptor.number, address, write, UInt16(write.count), &answer, UInt16(readCount))
      } else {
        let shape = try SMBusShape(write: write, readCount: readCount, abilities, on: name)
        result = shape.carryOut(descriptor.number, write, &answer)
      }
    }
    guard result >= 0 else { throw fault(Errno(-result)) }
    return answer
  }

  private static let addressMax: UInt8 = 0x7F
  /// Bytes of one message that i2c-dev takes (its I2C_RDWR refuses more than 8192).
  private static let transferMax = 8192

  // MARK: Opening

  private func opened() throws(HardwareError) -> (Descriptor, clinux_i2c_abilities) {
    if let open { return (open.descriptor, open.abilities) }
    let path = try path()
    let descriptor: Descriptor
    switch Descriptor.open(path, O_RDWR) {
    case .success(let opened): descriptor = opened
    case .failure(let errno): throw Self.unopened(path, name, errno)
    }
    var abilities = clinux_i2c_abilities()
    let result = clinux_i2c_look(descriptor.number, &abilities)
    guard result >= 0 else {
      throw HardwareError(.other, "\(path) is no I2C bus: \(Errno(-result).text)")
    }
    open = (descriptor, abilities)
    return (descriptor, abilities)
  }

  private static func unopened(_ path: String, _ name: String, _ errno: Errno) -> HardwareError {
    switch errno.code {
    case ENOENT, ENXIO, ENODEV:
      HardwareError(
        .absent,
        "there is no I2C bus \(name) (\(path)); is I2C enabled?"
          + " (Raspberry Pi: dtparam=i2c_arm=on, and the module i2c-dev)")
    case EACCES, EPERM:
      HardwareError(.notPermitted, "open \(path): \(errno.text); is the user in group i2c?")
    default: HardwareError(errno, "open \(path)")
    }
  }

  private func path() throws(HardwareError) -> String {
    if name.hasPrefix("/") { return name }
    if let number = Int(name), number >= 0 { return "/dev/i2c-\(number)" }
    if name.hasPrefix("i2c-"), Int(name.dropFirst(4)) != nil { return "/dev/" + name }
    let adapters = Self.adapters()
    let matches = adapters.filter { $0.name == name }
    if let match = matches.first, matches.count == 1 { return "/dev/" + match.device }
    if matches.count > 1 {
      let devices = matches.map(\.device).joined(separator: ", ")
      throw HardwareError(.other, "several I2C adapters are named '\(name)': \(devices)")
    }
    let known = adapters.map { "'\($0.name)' (\($0.device))" }.joined(separator: ", ")
    let others = known.isEmpty ? "there is none" : "there are \(known)"
    throw HardwareError(.absent, "no I2C adapter is named '\(name)'; \(others)")
  }

  /// The adapters that have a device file, e.g. ("i2c-1", "bcm2835 (i2c@7e804000)"), by number.
  static func adapters() -> [(device: String, name: String)] {
    let folder = "/sys/class/i2c-dev"
    let devices = (try? LinuxFiles.list(folder)) ?? []
    return
      devices
      .sorted { ($0.count, $0) < ($1.count, $1) }
      .compactMap { device in
        guard let text = try? LinuxFiles.readText("\(folder)/\(device)/name") else { return nil }
        return (device, text.last == "\n" ? String(text.dropLast()) : text)
      }
  }

  // MARK: Faults

  private func fault(_ errno: Errno) -> HardwareError {
    switch errno.code {
    case EREMOTEIO: return HardwareError(.noAcknowledge, "no acknowledge")
    case ENXIO:
      // Some adapters say so when nobody answers, some when they are gone: opening anew is
      // harmless.
      open = nil
      return HardwareError(.noAcknowledge, "no acknowledge")
    case ETIMEDOUT:
      return HardwareError(.timedOut, "timed out; is a wire loose or the bus held low?")
    case EBUSY: return HardwareError(.busy, "a kernel driver has this address")
    case EAGAIN: return HardwareError(.busy, "the bus was busy (arbitration lost)")
    case ENODEV, EBADF, ESHUTDOWN:
      open = nil
      return HardwareError(.absent, "the bus is gone")
    case EOPNOTSUPP:
      return HardwareError(.other, "this adapter cannot do such a transfer")
    default: return HardwareError(.other, errno.text)
    }
  }
}
