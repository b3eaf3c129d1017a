/// An I2C bus with hubs on it (TCA9548A, PCA9548), whose channels are buses of their own, so that
/// chips of one address can stand side by side. Section numbers refer to the TCA9548A's datasheet,
/// SCPS207H.
///
/// Each transfer sets up its way first: the hubs it goes through are told their channel, every
/// time, because a hub forgets it in a brown-out, and another program may have changed it. The
/// other hubs that are known on the way are switched off, unless this bus left them so.
///
/// The price is one message of one byte for each hub on the way: 20 clocks, 0.2 ms at 100 kHz, on
/// top of the 0.5 to 2 ms of a usual transfer. It cannot be part of the transfer itself, because a
/// hub connects a channel only after a stop condition (section 7.5.4).
///
/// A hub hides what is behind its other channels, never what is before it: a chip there that has
/// the address, too, would answer together with the one that is meant, and the bits of both would
/// be mixed. So the first transfer to a chip behind a hub looks whether the address is free before.
package final class MuxedI2CBus {
  private typealias Channel = I2CBusPath.Channel

  private struct Place: Hashable {
    var channels: [Channel]
    var address: UInt8
  }

  private struct Hub {
    /// All its channels are closed, by this bus's own word.
    var isOff = false
    /// It gave back what it was told: it is a hub indeed.
    var isProven = false
  }

  private let wire: any I2CBus
  /// Of the bus that the processor drives, as the ini names it.
  private let name: String
  /// By the channels that lead to it, and by its address.
  private var hubs: [[Channel]: [UInt8: Hub]] = [:]
  private var ends: [[Channel]: MuxedEnd] = [:]
  /// Chips that are alone with their address on their way.
  private var isAlone: Set<Place> = []

  /// - Parameter wire: the bus that the processor drives.
  package init(_ wire: any I2CBus, named name: String) {
    self.wire = wire
    self.name = name
  }

  /// The bus behind these channels, or the processor's own. From now on the hubs are known.
  package func bus(behind channels: [I2CBusPath.Channel]) -> any I2CBus {
    if let known = ends[channels] { return known }
    for (depth, channel) in channels.enumerated() {
      let level = Array(channels[..<depth])
      if hubs[level]?[channel.hub] == nil { hubs[level, default: [:]][channel.hub] = Hub() }
    }
    let end = MuxedEnd(of: self, behind: channels)
    ends[channels] = end
    return end
  }

  fileprivate func transfer(
    behind channels: [I2CBusPath.Channel], to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    for depth in 0...channels.count {
      let level = Array(channels[..<depth])
      guard hubs[level]?[address] == nil else {
        throw HardwareError(.other, "\(text(address, level)) has this address itself")
      }
    }
    let place = Place(channels: channels, address: address)
    do throws(HardwareError) {
      for depth in 0...channels.count {
        let level = Array(channels[..<depth])
        let next = depth < channels.count ? channels[depth] : nil
        for hub in (hubs[level] ?? [:]).keys.sorted() where hub != next?.hub {
          try switchOff(hub, at: level)
        }
        guard let next else { continue }
        if !isAlone.contains(place) { try expectNobody(at: address, before: next, level) }
        try open(next, at: level)
      }
      let answer = try wire.transfer(to: address, write: write, readCount: readCount)
      isAlone.insert(place)
      return answer
    } catch {
      // What is plugged may be another chip, or elsewhere, by the next time.
      isAlone.remove(place)
      throw error
    }
  }

  private func expectNobody(
    at address: UInt8, before channel: Channel, _ level: [Channel]
  ) throws(HardwareError) {
    try switchOff(channel.hub, at: level)
    do throws(HardwareError) {
      _ = try wire.transfer(to: address, write: [], readCount: 1)
    } catch {
      if error.kind == .noAcknowledge { return }
      throw error
    }
    let bus = I2CBusPath(root: name, channels: level).text
    throw HardwareError(
      .other,
      "a chip on I2C bus \(bus) has this address, too, and would answer together with the one"
        + " behind the hub at \(hex(channel.hub)); one of them needs another address or channel")
  }

  // MARK: One hub

  /// The control register has a bit for each channel: section 7.5.4.
  private func open(_ channel: Channel, at level: [Channel]) throws(HardwareError) {
    let control: UInt8 = 1 << channel.number
    hubs[level]?[channel.hub]?.isOff = false
    do throws(HardwareError) {
      _ = try wire.transfer(to: channel.hub, write: [control], readCount: 0)
      guard hubs[level]?[channel.hub]?.isProven != true else { return }
      // Another chip at a hub's address takes a byte, too, and then lets nothing through.
      let answer = try wire.transfer(to: channel.hub, write: [], readCount: 1)
      guard answer == [control] else {
        let bytes = answer.map(hex).joined(separator: ", ")
        throw HardwareError(
          .other, "it was told \(hex(control)) and answers \(bytes): is it a TCA9548A?")
      }
      hubs[level]?[channel.hub]?.isProven = true
    } catch {
      hubs[level]?[channel.hub]?.isProven = false
      throw fault(error, "open channel \(channel.number) of", channel.hub, at: level)
    }
  }

  private func switchOff(_ hub: UInt8, at level: [Channel]) throws(HardwareError) {
    guard hubs[level]?[hub]?.isOff == false else { return }
    do throws(HardwareError) {
      _ = try wire.transfer(to: hub, write: [0], readCount: 0)
    } catch {
      // One that is not there lets nothing through, and wakes up with its channels closed.
      if error.kind != .noAcknowledge { throw fault(error, "switch off", hub, at: level) }
    }
    hubs[level]?[hub]?.isOff = true
  }

  private func fault(
    _ error: HardwareError, _ doing: String, _ hub: UInt8, at level: [Channel]
  ) -> HardwareError {
    let reason = "\(doing) \(text(hub, level)): \(error.reason)"
    return switch error.kind {
    // The bus itself.
    case .absent, .notPermitted: error
    // The hub is missing; of the chip behind it, drivers may allow that it does not answer.
    case .noAcknowledge: HardwareError(.absent, reason)
    case .timedOut, .arbitrationLost, .busy, .other: HardwareError(error.kind, reason)
    }
  }

  private func text(_ hub: UInt8, _ level: [Channel]) -> String {
    "the hub at \(hex(hub)) on I2C bus \(I2CBusPath(root: name, channels: level).text)"
  }
}

/// The handle on one channel, or on the processor's own bus.
private final class MuxedEnd: I2CBus {
  private let whole: MuxedI2CBus
  private let channels: [I2CBusPath.Channel]

  init(of whole: MuxedI2CBus, behind channels: [I2CBusPath.Channel]) {
    self.whole = whole
    self.channels = channels
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    try whole.transfer(behind: channels, to: address, write: write, readCount: readCount)
  }
}
