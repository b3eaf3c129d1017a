import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct I2CPresenceTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func presence(at address: UInt8, _ script: [ScriptedI2CBus.Transfer]) throws
    -> I2CPresence
  {
    let bus = ScriptedI2CBus(script)
    let presence = try I2CPresence(of: address, on: bus)
    #expect(bus.isDone)
    return presence
  }

  @Test func aChipIsAddressedAndNothingElse() throws {
    #expect(try presence(at: 0x76, [Transfer(to: 0x76, write: [])]) == .present)
  }

  @Test func anAddressWithoutAnswerIsAskedTwice() throws {
    let none = Transfer(to: 0x76, write: [], error: silence)
    #expect(try presence(at: 0x76, [none, none]) == .absent)
    #expect(try presence(at: 0x76, [none, Transfer(to: 0x76, write: [])]) == .present)
  }

  @Test func anAM2320IsAskedUntilItIsAwake() throws {
    let none = Transfer(to: 0x5C, write: [], error: silence)
    let script = Array(repeating: none, count: 9) + [Transfer(to: 0x5C, write: [])]
    #expect(try presence(at: 0x5C, script) == .present)
  }

  @Test(arguments: [UInt8(0x30), 0x37, 0x50, 0x57])
  func aMemoryIsReadAndNotWritten(address: UInt8) throws {
    #expect(try presence(at: address, [Transfer(to: address, write: [], reply: [0])]) == .present)
  }

  @Test func anAdapterThatCannotSendAnAddressAloneReads() throws {
    let cannot = Transfer(to: 0x76, write: [], error: HardwareError(.other, "cannot"))
    #expect(
      try presence(at: 0x76, [cannot, Transfer(to: 0x76, write: [], reply: [0])]) == .present)
  }

  @Test func whoHasAnAddressIsTold() throws {
    let held = Transfer(to: 0x76, write: [], error: HardwareError(.busy, "bmp280 has it"))
    #expect(try presence(at: 0x76, [held]) == .held("bmp280 has it"))
  }

  @Test(arguments: [HardwareError.Kind.absent, .timedOut, .arbitrationLost, .notPermitted])
  func aBusThatFailsIsAnError(kind: HardwareError.Kind) {
    let fault = HardwareError(kind, "fault")
    #expect(throws: fault) {
      try presence(at: 0x76, [Transfer(to: 0x76, write: [], error: fault)])
    }
  }
}
