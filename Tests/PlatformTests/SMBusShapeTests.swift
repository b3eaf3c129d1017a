import CLinux
import SensorDrivers
import Testing

@testable import Platform

@Suite struct SMBusShapeTests {
  /// As the kernel's own i2c-stub has them.
  private let all = clinux_i2c_abilities(
    transfers: false, sends_byte: true, receives_byte: true, quick: true, byte_data: true,
    word_data: true, block_read: true, block_write: true)

  @Test(arguments: [
    (0, 0, SMBusShape.quick), (0, 1, .receiveByte), (1, 0, .sendByte),
    (1, 1, .read(asBlock: false)), (1, 2, .read(asBlock: false)), (1, 3, .read(asBlock: true)),
    (1, 32, .read(asBlock: true)), (2, 0, .write(asBlock: false)), (3, 0, .write(asBlock: false)),
    (4, 0, .write(asBlock: true)), (33, 0, .write(asBlock: true)),
  ])
  func aRegisterTransferHasAShape(written: Int, read: Int, shape: SMBusShape) throws {
    let write = [UInt8](repeating: 0x88, count: written)
    #expect(try SMBusShape(write: write, readCount: read, all, on: "1") == shape)
  }

  @Test(arguments: [(1, 33), (34, 0), (0, 2), (2, 1)])
  func anyOtherTransferIsRefused(written: Int, read: Int) {
    let write = [UInt8](repeating: 0x88, count: written)
    let error = #expect(throws: HardwareError.self) {
      try SMBusShape(write: write, readCount: read, all, on: "1")
    }
    #expect(error?.reason.contains("SMBus only") == true)
  }

  @Test func aBlockStandsInForAWordThatTheAdapterLacks() throws {
    var poor = all
    poor.word_data = false
    #expect(try SMBusShape(write: [1], readCount: 2, poor, on: "1") == .read(asBlock: true))
    poor.block_read = false
    #expect(throws: HardwareError.self) {
      try SMBusShape(write: [1], readCount: 2, poor, on: "1")
    }
  }
}
