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
      /// No driver has this address, or all say no.
      case unknown
      /// A driver of the kernel, or another program, holds the address.
      case held(String)
    }

    /// An address more of a recognized chip, and the option that names it.
    package struct Part: Sendable, Equatable {
      package var option: String
      package var address: UInt8

      package init(_ option: String, _ address: UInt8) {
        self.option = option
        self.address = address
      }
    }

    /// As the ini names it.
    package var bus: String
    package var address: UInt8
    package var chip: Chip
    package var parts: [Part]

    package init(bus: String, address: UInt8, chip: Chip, parts: [Part] = []) {
      self.bus = bus
      self.address = address
      self.chip = chip
      self.parts = parts
    }
  }

  /// Why a bus could not be looked at.
  package struct Trouble: Sendable, Equatable {
    package var bus: String
    package var reason: String
    package var isNotPermitted: Bool

    package init(bus: String, reason: String, isNotPermitted: Bool = false) {
      self.bus = bus
      self.reason = reason
      self.isNotPermitted = isNotPermitted
    }

    package var text: String { "I2C bus \(bus): \(reason)" }
  }

  /// What was found, bus by bus, each hub's channels after the bus that it is on.
  package private(set) var findings: [Finding] = []
  package private(set) var troubles: [Trouble] = []
  private let hardware: any Hardware
  private let chips: ChipNames
  private let sys: String

  /// The addresses that are no chip's own by the I2C specification (UM10204, section 3.1.12) are
  /// left out.
  private static let addresses: ClosedRange<UInt8> = 0x08...0x77
  private static let hubAddresses: ClosedRange<UInt8> = 0x70...0x77
  /// Hubs behind hubs that are looked through.
  private static let hubDepthMax = 2
  /// A bus on which this many transfers in a row come to nothing is left alone: each costs time.
  private static let timeoutsMax = 3

  /// - Parameter sys: where the sysfs file system is, which tells the hubs that the kernel drives.
  package init(
    on hardware: any Hardware, drivers: [any SensorDriver.Type], sys: String = "/sys"
  ) {
    self.hardware = hardware
    self.sys = sys
    chips = ChipNames(on: hardware, drivers: drivers)
  }

  package mutating func run() {
    let adapters = hardware.i2cAdapters()
    let roots = adapters.filter { adapter in
      !adapters.contains { $0.bus == adapter.parent }
    }
    for adapter in roots { look(at: adapter, of: adapters, above: []) }
  }

  // MARK: Buses

  /// The channels of a hub that the kernel drives are adapters of their own, on which the chips
  /// before the hub answer again.
  private mutating func look(
    at adapter: I2CAdapter, of adapters: [I2CAdapter], above: Set<UInt8>
  ) {
    let channels = adapters.filter { $0.parent == adapter.bus }
    var known = above
    // Channels without a hub are the same controller on other pins (the Pi's i2c-0 and i2c-10),
    // and it reaches one of them by itself.
    if channels.isEmpty || hasKernelHub(adapter.bus) {
      known = look(at: adapter.bus, above: above, depth: 0)
    }
    for channel in channels { look(at: channel, of: adapters, above: known) }
  }

  private func hasKernelHub(_ bus: String) -> Bool {
    Self.hubAddresses.contains { address in
      let folder = "\(sys)/bus/i2c/devices/\(bus)-00\(String(address, radix: 16))"
      let names = (try? hardware.list(folder)) ?? []
      return names.contains { $0.hasPrefix("channel-") }
    }
  }

  /// - Parameter above: addresses that answer before the hub, and so on each of its channels.
  /// - Returns: these, and those that answer on this bus.
  private mutating func look(at bus: String, above: Set<UInt8>, depth: Int) -> Set<UInt8> {
    let handle = hardware.i2cBus(bus)
    var found: [Finding] = []
    var hubs: [I2CHub] = []
    var nobody = Nobody()
    do throws(HardwareError) {
      for address in Self.hubAddresses where !above.contains(address) {
        let found = try nobody.counting { () throws(HardwareError) in
          try I2CHub(at: address, on: handle)
        }
        guard case .some(.some(let hub)) = found else { continue }
        hubs.append(hub)
        // From now on it is known and closed, so that nothing behind it is taken for this bus's.
        _ = hardware.i2cBus(hub.channel(0, of: bus))
      }
      for address in Self.addresses where !above.contains(address) {
        if hubs.contains(where: { $0.address == address }) {
          found.append(Finding(bus: bus, address: address, chip: .hub))
          continue
        }
        let presence = try nobody.counting { () throws(HardwareError) in
          try I2CPresence(of: address, on: handle)
        }
        switch presence {
        case .absent?, nil: break
        case .present?: found.append(Finding(bus: bus, address: address, chip: .unknown))
        case .held(let reason)?:
          found.append(Finding(bus: bus, address: address, chip: .held(reason)))
        }
      }
    } catch {
      troubles.append(
        Trouble(bus: bus, reason: error.reason, isNotPermitted: error.kind == .notPermitted))
      return above
    }
    let isShort = found.count + above.count >= Self.addresses.count
    if let reason = isShort ? "every address answers; is SDA held low?" : nobody.trouble {
      troubles.append(Trouble(bus: bus, reason: reason))
      return above
    }
    findings += chips.named(found)
    let known = above.union(found.map(\.address))
    guard depth < Self.hubDepthMax else { return known }
    for hub in hubs {
      for channel in 0..<hub.channelCount {
        _ = look(at: hub.channel(channel, of: bus), above: known, depth: depth + 1)
      }
    }
    // Any transfer on this bus closes its hubs: a channel left open would show its chips here.
    if !hubs.isEmpty, let nobody = Self.addresses.first(where: { !known.contains($0) }) {
      _ = try? I2CPresence(of: nobody, on: handle)
    }
    return known
  }

  /// Transfers that came to nothing, for reasons that are not the chip's.
  private struct Nobody {
    private var timeouts = 0
    private var answers = 0
    private var fault: HardwareError?

    /// What ails the bus, when nothing but faults came of all transfers.
    var trouble: String? { answers == 0 ? fault?.reason : nil }

    /// nil: a fault that may be this address's alone.
    mutating func counting<T>(
      _ body: () throws(HardwareError) -> T
    ) throws(HardwareError) -> T? {
      do throws(HardwareError) {
        let result = try body()
        (timeouts, answers) = (0, answers + 1)
        return result
      } catch {
        switch error.kind {
        case .absent, .notPermitted: throw error
        case .timedOut, .arbitrationLost:
          timeouts += 1
          if timeouts >= I2CScan.timeoutsMax { throw error }
        // Some adapters have no other word for an address that nobody has.
        case .noAcknowledge, .busy, .other: fault = error
        }
        return nil
      }
    }
  }
}

extension I2CAdapter {
  /// The adapter that this one is a channel of, as the kernel has always named channels:
  /// `i2c-1-mux (chan_id 3)`.
  var parent: String? {
    let words = name.split(separator: " ")
    guard words.count == 3, words[0].hasPrefix("i2c-"), words[0].hasSuffix("-mux"),
      words[1] == "(chan_id"
    else { return nil }
    return String(words[0].dropFirst(4).dropLast(4))
  }
}
