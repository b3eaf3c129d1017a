import CLinux
import Glibc
import SensorDrivers

/// An I2C bus by way of /dev/i2c-N. Opened by the first transfer, and opened again by the next one
/// after it was lost: an adapter on USB, or an overlay that is loaded later.
///
/// Reference: the kernel's Documentation/i2c/dev-interface.rst, and fault-codes.rst for the errors.
final class LinuxI2CBus: I2CBus {
  private let name: String
  private let adapters: I2CAdapters
  private var open: (descriptor: Descriptor, abilities: clinux_i2c_abilities)?

  /// - Parameter name: as `I2CAdapters.path` knows it.
  init(_ name: String, among adapters: I2CAdapters) {
    self.name = name
    self.adapters = adapters
  }

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
    guard result >= 0 else { throw fault(Errno(-result), at: address, descriptor) }
    return answer
  }

  private static let addressMax: UInt8 = 0x7F
  /// Bytes of one message that i2c-dev takes (its I2C_RDWR refuses more than 8192).
  private static let transferMax = 8192
  /// How long one transfer may take, in steps of 10 ms: 250 ms. One thread reads all sensors, and a
  /// bus that hangs holds it up; the kernel's own second is long for edges that queue meanwhile. A
  /// chip may rightly stretch the clock for 150 ms (SCD30, once a day), so it is not less.
  private static let timeout: UInt16 = 25

  // MARK: Opening

  private func opened() throws(HardwareError) -> (Descriptor, clinux_i2c_abilities) {
    if let open { return (open.descriptor, open.abilities) }
    let path = try adapters.path(of: name)
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
    // Without it the kernel's own limit holds.
    _ = clinux_i2c_limit_time(descriptor.number, Self.timeout)
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

  // MARK: Faults

  private func fault(
    _ errno: Errno, at address: UInt8, _ descriptor: Descriptor
  ) -> HardwareError {
    switch errno.code {
    case EREMOTEIO: return HardwareError(.noAcknowledge, "no acknowledge")
    case ENXIO:
      // Some adapters say so when nobody answers, some when they are gone: opening anew is
      // harmless.
      open = nil
      return HardwareError(.noAcknowledge, "no acknowledge")
    case ETIMEDOUT:
      // An adapter on USB that hung may have come back as another device, without our limit.
      open = nil
      return HardwareError(.timedOut, "timed out; is a wire loose or the bus held low?")
    case EBUSY:
      let number = clinux_i2c_number(descriptor.number)
      return HardwareError(
        .busy, adapters.whoHas(address, onBus: number < 0 ? nil : Int(number)))
    case EAGAIN: return HardwareError(.arbitrationLost, "the bus was busy (arbitration lost)")
    case ENODEV, EBADF, ESHUTDOWN:
      open = nil
      return HardwareError(.absent, "the bus is gone")
    case EOPNOTSUPP:
      return HardwareError(.other, "this adapter cannot do such a transfer")
    default: return HardwareError(.other, errno.text)
    }
  }
}
