import TelemetryModel

/// One chip on an I2C bus. Adds to a bus fault what was being done, so that a message reads
/// "write [0xF4, 0x25] at 0x76: no acknowledge".
package struct I2CDevice {
  private let bus: any I2CBus
  /// Seven bits.
  package let address: UInt8

  package init(_ bus: any I2CBus, address: UInt8) {
    self.bus = bus
    self.address = address
  }

  /// Reads `count` bytes, the first from `register`, which chips with registers count up
  /// themselves.
  package func read(_ register: UInt8, count: Int) throws(DriverError) -> [UInt8] {
    let what = "read \(count) \(count == 1 ? "byte" : "bytes") from \(hex(register))"
    return try transfer(what, write: [register], readCount: count)
  }

  /// Writes `bytes` to `register` and, where the chip counts up, those after it.
  package func write(_ register: UInt8, _ bytes: [UInt8]) throws(DriverError) {
    try write([register] + bytes)
  }

  /// Sends bytes as they are: a command.
  package func write(_ bytes: [UInt8]) throws(DriverError) {
    let list = bytes.map(hex).joined(separator: ", ")
    _ = try transfer("write [\(list)]", write: bytes, readCount: 0)
  }

  /// Reads without naming a register: the answer to a command.
  package func read(count: Int) throws(DriverError) -> [UInt8] {
    try transfer("read \(count) bytes", write: [], readCount: count)
  }

  private func transfer(
    _ what: String, write: [UInt8], readCount: Int
  ) throws(DriverError) -> [UInt8] {
    let answer: [UInt8]
    do throws(HardwareError) {
      answer = try bus.transfer(to: address, write: write, readCount: readCount)
    } catch {
      throw .hardware("\(what) at \(hex(address)): \(error.reason)")
    }
    guard answer.count == readCount else {
      throw .hardware("\(what) at \(hex(address)): \(answer.count) bytes came")
    }
    return answer
  }
}

/// As datasheets write a byte: `0x0A`.
func hex(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return byte < 0x10 ? "0x0\(digits)" : "0x\(digits)"
}
