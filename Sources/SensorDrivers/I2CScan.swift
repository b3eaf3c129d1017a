import TelemetryModel

/// Looks for chips on the I2C buses. What it sends to a chip that it does not know is in
/// `Recognizer.Means`; behind hubs it looks too.
package struct I2CScan {
  /// A chip, or what is known of one.
  package struct Finding: Sendable, Equatable {
    package enum Chip: Sendable, Equatable {
      /// One driver knows it for its own.
      case recognized(String)
      /// It may be one of these drivers'.
      case candidates([String])
      /// A hub (TCA9548A, PCA9548).
      case hub
      /// No driver has this address.
      case unknown
      /// A driver of the kernel, or another program, holds the address.
      case held(String)
    }

    /// As the ini names it.
    package var bus: String
    package var address: UInt8
    package var chip: Chip
  }

  /// What was found, bus by bus.
  package private(set) var findings: [Finding] = []
  /// Buses that could not be looked at, and why.
  package private(set) var troubles: [String] = []
  private let hardware: any Hardware
  private let drivers: [any SensorDriver.Type]

  /// The addresses that are no chip's own by the I2C specification (UM10204, section 3.1.12) are
  /// left out.
  private static let addresses: ClosedRange<UInt8> = 0x08...0x77
  private static let hubAddresses: ClosedRange<UInt8> = 0x70...0x77
  private static let hubChannels = 0..<8
  /// Hubs behind hubs that are looked through.
  private static let hubDepthMax = 2
  /// A bus on which this many transfers in a row time out is left alone: each costs time.
  private static let timeoutsMax = 3

  package init(on hardware: any Hardware, drivers: [any SensorDriver.Type]) {
    self.hardware = hardware
    self.drivers = drivers
  }

  package mutating func run() {
    for adapter in hardware.i2cAdapters() { look(at: adapter.bus, above: [], depth: 0) }
  }

  /// - Parameter above: addresses that answer before the hub, and so on each of its channels.
  private mutating func look(at bus: String, above: Set<UInt8>, depth: Int) {
    let handle = hardware.i2cBus(bus)
    var present: [UInt8] = []
    var timeouts = 0
    for address in Self.addresses where !above.contains(address) {
      switch presence(of: address, on: handle) {
      case .absent: timeouts = 0
      case .present:
        timeouts = 0
        present.append(address)
      case .held(let reason):
        findings.append(Finding(bus: bus, address: address, chip: .held(reason)))
      case .failed(let error):
        guard error.kind == .timedOut else {
          troubles.append("I2C bus \(bus): \(error.reason)")
          return
        }
        timeouts += 1
        if timeouts >= Self.timeoutsMax {
          troubles.append("I2C bus \(bus): \(error.reason)")
          return
        }
      }
    }
    for address in present {
      let isHub = Self.hubAddresses.contains(address) && echoes(address, handle)
      let chip = isHub ? .hub : identify(address, on: bus)
      findings.append(Finding(bus: bus, address: address, chip: chip))
      guard isHub, depth < Self.hubDepthMax else { continue }
      for channel in Self.hubChannels {
        let behind = "\(bus)/mux@\(hex(address))/\(channel)"
        look(at: behind, above: above.union(present), depth: depth + 1)
      }
    }
  }

  // MARK: Presence

  private enum Presence {
    case absent
    case present
    case held(String)
    case failed(HardwareError)
  }

  /// Asks twice: some chips (AM2320) only wake at the first time.
  private func presence(of address: UInt8, on bus: any I2CBus) -> Presence {
    var last = Presence.absent
    for _ in 0..<2 {
      do throws(HardwareError) {
        if Self.isMemory(address) {
          _ = try bus.transfer(to: address, write: [], readCount: 1)
        } else {
          _ = try bus.transfer(to: address, write: [], readCount: 0)
        }
        return .present
      } catch {
        switch error.kind {
        case .noAcknowledge: last = .absent
        case .busy: return .held(error.reason)
        case .absent, .timedOut, .arbitrationLost, .notPermitted, .other: return .failed(error)
        }
      }
    }
    return last
  }

  /// An empty write may spoil some write-protected EEPROMs and clock chips, which live here; they
  /// are read instead, as i2cdetect does.
  private static func isMemory(_ address: UInt8) -> Bool {
    (0x30...0x37).contains(address) || (0x50...0x57).contains(address)
  }

  // MARK: Identity

  /// A hub has one register: what was written to it is what is read, as often as it is read. It is
  /// left as it was found.
  private func echoes(_ address: UInt8, _ bus: any I2CBus) -> Bool {
    func read(after write: [UInt8]) -> [UInt8]? {
      try? bus.transfer(to: address, write: write, readCount: 3)
    }
    guard let before = read(after: [])?.first, read(after: []) == [before, before, before] else {
      return false
    }
    let isHub = [0x01, 0x02].allSatisfy { (byte: UInt8) in
      read(after: [byte]) == [byte, byte, byte]
    }
    if isHub { _ = try? bus.transfer(to: address, write: [before], readCount: 0) }
    return isHub
  }

  private func identify(_ address: UInt8, on bus: String) -> Finding.Chip {
    let possible = drivers.filter { driver in
      driver.options.contains { option in
        if case .address(let addresses) = option.kind, option.name == "address" {
          addresses.contains(address)
        } else {
          false
        }
      }
    }
    var candidates: [String] = []
    let ordered = possible.filter { $0.recognizer != nil }.sorted {
      ($0.recognizer?.means ?? .command) < ($1.recognizer?.means ?? .command)
    }
    for driver in ordered {
      let settings = Settings(
        ["bus": bus, "address": hex(address)], for: driver.options)
      guard let recognizer = driver.recognizer,
        let device = try? I2CDevice(driver.kind, settings, on: hardware)
      else { continue }
      switch recognizer.answer(of: device) {
      case .yes: return .recognized(driver.kind)
      case .maybe: candidates.append(driver.kind)
      case .no: break
      }
    }
    candidates += possible.filter { $0.recognizer == nil }.map { $0.kind }
    return candidates.isEmpty ? .unknown : .candidates(candidates)
  }
}
