import SensorDrivers
import TestSupport
import Testing

@Suite struct RetryingI2CBusTests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func failing(
    _ kind: HardwareError.Kind, _ count: Int, at address: UInt8 = 0x76
  ) -> [Transfer] {
    Array(
      repeating: Transfer(
        to: address, write: [0xD0], readCount: 1, error: HardwareError(kind, "it failed")),
      count: count)
  }

  private func good(at address: UInt8 = 0x76) -> [Transfer] {
    [Transfer(to: address, write: [0xD0], reply: [0x60])]
  }

  private func read(_ bus: any I2CBus, at address: UInt8 = 0x76) throws -> [UInt8] {
    try bus.transfer(to: address, write: [0xD0], readCount: 1)
  }

  @Test(arguments: [
    (HardwareError.Kind.noAcknowledge, 1), (.noAcknowledge, 2), (.arbitrationLost, 3),
  ])
  func aPassingFaultIsNotSeen(kind: HardwareError.Kind, times: Int) throws {
    let script = ScriptedI2CBus(failing(kind, times) + good())
    #expect(try read(RetryingI2CBus(script)) == [0x60])
    #expect(script.isDone)
  }

  @Test(arguments: [
    (HardwareError.Kind.noAcknowledge, 3), (.arbitrationLost, 4), (.timedOut, 1), (.busy, 1),
    (.absent, 1), (.notPermitted, 1), (.other, 1),
  ])
  func aLastingFaultIsGivenUpAfterItsTries(kind: HardwareError.Kind, tries: Int) throws {
    let script = ScriptedI2CBus(failing(kind, tries))
    let bus = RetryingI2CBus(script)
    #expect(throws: HardwareError(kind, "it failed")) { try read(bus) }
    #expect(script.isDone)
  }

  @Test func eachFaultHasItsOwnTries() throws {
    let script = ScriptedI2CBus(
      failing(.arbitrationLost, 2) + failing(.noAcknowledge, 2) + failing(.arbitrationLost, 1)
        + good())
    #expect(try read(RetryingI2CBus(script)) == [0x60])
    #expect(script.isDone)
  }

  // MARK: A bus that is stuck

  /// Reads at these addresses, one after another, and gives the last one's error.
  private func lastError(_ bus: RetryingI2CBus, at addresses: [UInt8]) -> String? {
    var last: String?
    for address in addresses {
      do {
        _ = try read(bus, at: address)
        last = nil
      } catch {
        last = (error as? HardwareError)?.reason
      }
    }
    return last
  }

  @Test func oneSilentChipIsNoStuckBus() {
    let script = ScriptedI2CBus(failing(.timedOut, 9))
    let bus = RetryingI2CBus(script)
    #expect(lastError(bus, at: Array(repeating: 0x76, count: 9)) == "it failed")
    #expect(script.isDone)
  }

  @Test func twoTimeoutsAreNoStuckBus() {
    let script = ScriptedI2CBus(failing(.timedOut, 1, at: 0x44) + failing(.timedOut, 1))
    #expect(lastError(RetryingI2CBus(script), at: [0x44, 0x76]) == "it failed")
  }

  @Test func timeoutsOfSeveralChipsInARowAreAStuckBus() {
    let script = ScriptedI2CBus(
      failing(.timedOut, 1, at: 0x44) + failing(.timedOut, 1) + failing(.timedOut, 1, at: 0x44))
    let reason = lastError(RetryingI2CBus(script), at: [0x44, 0x76, 0x44])
    #expect(reason?.hasPrefix("timed out, and so at all of 0x44, 0x76: the whole bus") == true)
    #expect(reason?.contains("SDA or SCL held low") == true)
    #expect(reason?.contains("pull-up") == true)
  }

  @Test func anArbitrationLostOverAndOverCountsAsWell() {
    // The adapter of the Raspberry Pi 5 sees a data line held low as another master.
    let script = ScriptedI2CBus(
      failing(.arbitrationLost, 4, at: 0x44) + failing(.arbitrationLost, 4)
        + failing(.timedOut, 1, at: 0x40))
    let reason = lastError(RetryingI2CBus(script), at: [0x44, 0x76, 0x40])
    #expect(reason?.contains("the whole bus seems stuck") == true)
    #expect(script.isDone)
  }

  @Test func theFirstTransferThatGoesThroughEndsIt() {
    let stuck = failing(.timedOut, 1, at: 0x44) + failing(.timedOut, 1) + failing(.timedOut, 1)
    let script = ScriptedI2CBus(stuck + good() + failing(.timedOut, 1))
    let bus = RetryingI2CBus(script)
    #expect(lastError(bus, at: [0x44, 0x76, 0x76])?.contains("stuck") == true)
    #expect(lastError(bus, at: [0x76, 0x76]) == "it failed")
    #expect(script.isDone)
  }

  @Test func aMissingAcknowledgeShowsThatTheLinesMove() {
    let script = ScriptedI2CBus(
      failing(.timedOut, 1, at: 0x44) + failing(.timedOut, 1)
        + failing(.noAcknowledge, 3, at: 0x40) + failing(.timedOut, 1))
    #expect(lastError(RetryingI2CBus(script), at: [0x44, 0x76, 0x40, 0x76]) == "it failed")
    #expect(script.isDone)
  }
}
