import TelemetryModel

/// Says which drivers' the chips of one bus are.
struct ChipNames {
  private typealias Finding = I2CScan.Finding

  private let hardware: any Hardware
  private let drivers: [any SensorDriver.Type]

  init(on hardware: any Hardware, drivers: [any SensorDriver.Type]) {
    self.hardware = hardware
    self.drivers = drivers
  }

  /// - Parameter findings: of one bus; those that are unknown are asked.
  func named(_ findings: [I2CScan.Finding]) -> [I2CScan.Finding] {
    var findings = findings
    var parts: [Part] = []
    for place in findings.indices where findings[place].chip == .unknown {
      let (bus, address) = (findings[place].bus, findings[place].address)
      findings[place].chip = name(address, on: bus)
      if case .recognized = findings[place].chip { continue }
      parts += self.parts(at: address, on: bus)
    }
    join(parts, to: &findings)
    return findings
  }

  // MARK: One chip

  private func name(_ address: UInt8, on bus: String) -> I2CScan.Finding.Chip {
    let possible = drivers.filter { Self.has(address, in: "address", of: $0) }
    var candidates: [String] = []
    // What is written to these could be for ever.
    let isAsked = !I2CPresence.isProtection(address)
    var answersUnasked: Bool?
    for means in [Recognizer.Means.register, .command] where isAsked {
      for driver in possible {
        guard let recognizer = driver.recognizer, recognizer.means == means,
          let device = device(driver, bus, address, "address")
        else { continue }
        if means == .command { answersUnasked = answersUnasked ?? device.answersUnasked }
        switch recognizer.answer(of: device, answersUnasked: answersUnasked) {
        case .yes: return .recognized(driver.kind)
        case .maybe: candidates.append(driver.kind)
        case .no: break
        }
      }
    }
    candidates += possible.filter { $0.recognizer == nil || !isAsked }.map { $0.kind }
    return candidates.isEmpty ? .unknown : .candidates(candidates)
  }

  private func device(
    _ driver: any SensorDriver.Type, _ bus: String, _ address: UInt8, _ option: String
  ) -> I2CDevice? {
    let settings = Settings(["bus": bus, option: hex(address)], for: driver.options)
    return try? I2CDevice(driver.kind, settings, on: hardware, address: option)
  }

  private static func has(
    _ address: UInt8, in option: String, of driver: any SensorDriver.Type
  ) -> Bool {
    driver.options.contains { candidate in
      guard candidate.name == option, case .address(let addresses) = candidate.kind else {
        return false
      }
      return addresses.contains(address)
    }
  }

  // MARK: Chips with several addresses

  private struct Part {
    var driver: String
    var option: String
    var address: UInt8
  }

  private func parts(at address: UInt8, on bus: String) -> [Part] {
    var parts: [Part] = []
    for driver in drivers {
      guard let recognizer = driver.recognizer else { continue }
      for option in driver.options.map(\.name)
      where option != "address" && Self.has(address, in: option, of: driver) {
        if let device = device(driver, bus, address, option),
          recognizer.answer(of: device, as: option) == .yes
        {
          parts.append(Part(driver: driver.kind, option: option, address: address))
        }
      }
    }
    return parts
  }

  /// Each recognized chip takes the first part of each of its options; what is taken is no finding
  /// of its own any more.
  private func join(_ parts: [Part], to findings: inout [I2CScan.Finding]) {
    var free = parts
    for place in findings.indices {
      guard case .recognized(let kind) = findings[place].chip else { continue }
      for part in free where part.driver == kind {
        if findings[place].parts.contains(where: { $0.option == part.option }) { continue }
        findings[place].parts.append(Finding.Part(part.option, part.address))
        free.removeAll { $0.address == part.address }
      }
    }
    let taken = findings.flatMap(\.parts).map(\.address)
    findings.removeAll { finding in
      if case .recognized = finding.chip { false } else { taken.contains(finding.address) }
    }
  }
}
