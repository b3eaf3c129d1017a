import CLinux
import SensorDrivers

/// What is left to an adapter that speaks SMBus only: transfers of a few fixed shapes. A chip sees
/// the same bytes on the wire.
enum SMBusShape: Equatable {
  case quick, sendByte, receiveByte
  case read(asBlock: Bool)
  case write(asBlock: Bool)

  init(
    write: [UInt8], readCount: Int, _ abilities: clinux_i2c_abilities, on bus: String
  ) throws(HardwareError) {
    let blockMax = Int(CLINUX_SMBUS_BLOCK_MAX)
    switch (write.count, readCount) {
    case (0, 0) where abilities.quick: self = .quick
    case (0, 1) where abilities.receives_byte: self = .receiveByte
    case (1, 0) where abilities.sends_byte: self = .sendByte
    case (1, 1) where abilities.byte_data, (1, 2) where abilities.word_data:
      self = .read(asBlock: false)
    case (1, 1...blockMax) where abilities.block_read: self = .read(asBlock: true)
    case (2, 0) where abilities.byte_data, (3, 0) where abilities.word_data:
      self = .write(asBlock: false)
    case (2...blockMax + 1, 0) where abilities.block_write: self = .write(asBlock: true)
    default:
      throw HardwareError(
        .other,
        "bus \(bus) speaks SMBus only, which has no transfer that writes \(write.count) and reads"
          + " \(readCount) bytes")
    }
  }

  /// 0, or a negative errno.
  func carryOut(_ descriptor: Int32, _ write: [UInt8], _ answer: inout [UInt8]) -> Int32 {
    let command = write.first ?? 0
    switch self {
    case .quick: return clinux_smbus_quick(descriptor)
    case .sendByte: return clinux_smbus_send_byte(descriptor, command)
    case .receiveByte: return clinux_smbus_receive_byte(descriptor, &answer)
    case .read(let asBlock):
      return clinux_smbus_read(descriptor, command, &answer, UInt8(answer.count), asBlock)
    case .write(let asBlock):
      let bytes = Array(write.dropFirst())
      return clinux_smbus_write(descriptor, command, bytes, UInt8(bytes.count), asBlock)
    }
  }
}
