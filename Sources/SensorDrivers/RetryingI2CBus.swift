/// Tries a transfer again where that is likely to help, and tells a chip that is silent from a bus
/// that is stuck.
///
/// A byte lost to a disturbance shows as a missing acknowledge, and the same transfer succeeds at
/// once. One that timed out is not tried again: it has held up all sensors long enough.
package final class RetryingI2CBus: I2CBus {
  /// Tries after the first that nobody acknowledged. Each costs 0.1 ms at 100 kHz; chips that are
  /// busy or gone cost them in vain.
  private static let noAcknowledgeRetriesMax = 2
  /// Tries after the first that lost the bus. The adapter waits for the bus to be free again.
  private static let arbitrationRetriesMax = 3
  /// Failures in a row, at more than one address, from which on the bus itself is the suspect.
  private static let stuckAfter = 3
  /// Addresses that a message about it lists.
  private static let listedMax = 8

  private let bus: any I2CBus
  /// Failures since the last transfer in which the bus moved, and where they happened.
  private var failures = 0
  private var addresses: [UInt8] = []

  package init(_ bus: any I2CBus) { self.bus = bus }

  package func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    var noAcknowledges = 0
    var losses = 0
    while true {
      do throws(HardwareError) {
        let answer = try bus.transfer(to: address, write: write, readCount: readCount)
        forgetFailures()
        return answer
      } catch {
        switch error.kind {
        case .noAcknowledge where noAcknowledges < Self.noAcknowledgeRetriesMax:
          noAcknowledges += 1
        case .arbitrationLost where losses < Self.arbitrationRetriesMax:
          losses += 1
        case .timedOut, .arbitrationLost:
          throw failure(error, at: address)
        default:
          // Where an acknowledge can be missed, the lines can be moved.
          if error.kind == .noAcknowledge { forgetFailures() }
          throw error
        }
      }
    }
  }

  private func forgetFailures() {
    failures = 0
    addresses = []
  }

  /// On a line held low, all chips time out; some adapters (the Pi 5's) see a lost arbitration.
  private func failure(_ error: HardwareError, at address: UInt8) -> HardwareError {
    failures = min(failures + 1, Self.stuckAfter)
    if !addresses.contains(address), addresses.count < Self.listedMax { addresses.append(address) }
    guard failures >= Self.stuckAfter, addresses.count > 1 else { return error }
    let list = addresses.sorted().map(hex).joined(separator: ", ")
    let what = error.kind == .timedOut ? "timed out" : "arbitration lost"
    return HardwareError(
      error.kind,
      "\(what), and so at all of \(list): the whole bus seems stuck, with SDA or SCL held low. Look"
        + " for a short, a loose wire, a chip without power, missing pull-up resistors; a chip that"
        + " hangs in the middle of an answer lets go when its power was off")
  }
}
