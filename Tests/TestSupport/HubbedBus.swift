package import SensorDrivers

/// A bus with a hub on it (TCA9548A): what is behind a channel answers while the channel is open.
package final class HubbedBus: I2CBus {
  private let near: any I2CBus
  private let hub: UInt8
  private let channels: [Int: any I2CBus]
  /// Bits that the hub has: a PCA9546 has four channels.
  private let mask: UInt8
  /// Which channels are open.
  package private(set) var control: UInt8
  /// Addresses at which two chips answered at once.
  package private(set) var collisions: [UInt8] = []

  /// - Parameter control: as some program left it.
  package init(
    _ near: any I2CBus, hub: UInt8, channels: [Int: any I2CBus], mask: UInt8 = 0xFF,
    control: UInt8 = 0
  ) {
    self.near = near
    self.hub = hub
    self.channels = channels
    self.mask = mask
    self.control = control
  }

  package func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    if address == hub {
      if let last = write.last { control = last & mask }
      return Array(repeating: control, count: readCount)
    }
    let open = channels.sorted { $0.key < $1.key }
      .filter { control & 1 << UInt8($0.key) != 0 }.map(\.value)
    var answers: [[UInt8]] = []
    for bus in [near] + open {
      do throws(HardwareError) {
        answers.append(
          try bus.transfer(to: address, write: write, readCount: readCount))
      } catch { if error.kind != .noAcknowledge { throw error } }
    }
    if answers.count > 1 { collisions.append(address) }
    guard let answer = answers.first else {
      throw HardwareError(.noAcknowledge, "no acknowledge")
    }
    return answer
  }
}
