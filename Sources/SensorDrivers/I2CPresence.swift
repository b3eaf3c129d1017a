/// Whether a chip answers at an address.
enum I2CPresence: Equatable {
  case absent
  case present
  /// Why nobody else may use the address.
  case held(String)

  /// Asked as often as it takes a sleeping chip to wake up (AM2320: 0.8 ms; each transfer takes
  /// more than 0.1 ms).
  private static let asksMax = 2
  private static let sleepers: Set<UInt8> = [0x5C]
  private static let sleeperAsksMax = 12

  init(of address: UInt8, on bus: any I2CBus) throws(HardwareError) {
    let asksMax = Self.sleepers.contains(address) ? Self.sleeperAsksMax : Self.asksMax
    for _ in 0..<asksMax {
      do throws(HardwareError) {
        try Self.ask(address, bus)
        self = .present
        return
      } catch {
        switch error.kind {
        case .noAcknowledge: break
        case .busy:
          self = .held(error.reason)
          return
        case .absent, .timedOut, .arbitrationLost, .notPermitted, .other: throw error
        }
      }
    }
    self = .absent
  }

  private static func ask(_ address: UInt8, _ bus: any I2CBus) throws(HardwareError) {
    if !isMemory(address) {
      do throws(HardwareError) {
        _ = try bus.transfer(to: address, write: [], readCount: 0)
        return
      } catch {
        // Not all adapters can send an address alone.
        if error.kind != .other { throw error }
      }
    }
    _ = try bus.transfer(to: address, write: [], readCount: 1)
  }

  /// An empty write may spoil some write-protected EEPROMs, which live here; they are read instead,
  /// as i2cdetect does.
  private static func isMemory(_ address: UInt8) -> Bool {
    isProtection(address) || (0x50...0x57).contains(address)
  }

  /// Here memory modules of PCs take a write for the wish to be protected from writing, for ever.
  static func isProtection(_ address: UInt8) -> Bool { (0x30...0x37).contains(address) }
}
