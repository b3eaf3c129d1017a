/// A hub that was found on a bus: a TCA9548A or PCA9548 with eight channels, or a PCA9546 with
/// four.
struct I2CHub: Equatable {
  let address: UInt8
  let channelCount: Int

  /// A hub has one register: what was written to it is what is read, as often as it is read. It is
  /// left as it was found. nil: there is none.
  init?(at address: UInt8, on bus: any I2CBus) throws(HardwareError) {
    func read(after write: [UInt8]) throws(HardwareError) -> [UInt8] {
      try bus.transfer(to: address, write: write, readCount: 3)
    }
    func echoes(_ byte: UInt8) throws(HardwareError) -> Bool {
      try read(after: [byte]) == [byte, byte, byte]
    }
    do throws(HardwareError) {
      let before = try read(after: [])
      guard let control = before.first, before == [control, control, control],
        try read(after: []) == before, try echoes(0x01), try echoes(0x02)
      else { return nil }
      channelCount = try echoes(0x80) ? 8 : 4
      _ = try bus.transfer(to: address, write: [control], readCount: 0)
    } catch {
      switch error.kind {
      case .noAcknowledge, .busy: return nil
      case .absent, .timedOut, .arbitrationLost, .notPermitted, .other: throw error
      }
    }
    self.address = address
  }

  /// How the ini names a channel.
  func channel(_ number: Int, of bus: String) -> String { "\(bus)/mux@\(hex(address))/\(number)" }
}
