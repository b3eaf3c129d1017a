package import SensorDrivers

/// An ini made of what `scan` found: what is certain stands ready, what may be something is
/// commented out.
package struct ScannedIni {
  /// A section that can be used as it is.
  package struct Sensor: Sendable, Equatable {
    package var name: String
    package var driver: String
    package var options: [Setting]
    /// Where it is, for people: `0x76 on I2C bus 1`.
    package var place: String

    package struct Setting: Sendable, Equatable {
      package var name: String
      package var value: String
    }

    var text: String {
      let lines = options.map { "\($0.name) = \($0.value)" }
      return (["[sensor.\(name)]", "driver = \(driver)"] + lines).joined(separator: "\n") + "\n"
    }
  }

  package let sensors: [Sensor]
  private let chips: [I2CScan.Finding]

  package init(chips: [I2CScan.Finding], kernel: [KernelScan.Finding]) {
    self.chips = chips
    var sensors: [Sensor] = []
    for finding in chips {
      guard case .recognized(let driver) = finding.chip else { continue }
      sensors.append(
        Sensor(
          name: driver, driver: driver,
          options: Self.settings(finding),
          place: "\(Self.hex(finding.address)) on I2C bus \(finding.bus)"))
    }
    for finding in kernel {
      sensors.append(
        Sensor(
          name: finding.driver, driver: finding.driver,
          options: [Sensor.Setting(name: finding.option, value: finding.value)],
          place: finding.value))
    }
    self.sensors = Self.distinct(sensors)
  }

  /// The ini with the sensors alone, to try them.
  package var bare: String { sensors.map(\.text).joined(separator: "\n") }

  /// - Parameters:
  ///   - results: what each sensor said when it was read, or why it could not be, by name.
  ///   - lines: the machine's GPIO lines that have names.
  package func text(results: [String: Result<String, Trouble>], lines: [GPIOLine]) -> String {
    var blocks: [String] = [
      "; Made by telemetryd scan. Try it: telemetryd test --once -c THIS_FILE"
    ]
    for sensor in sensors {
      switch results[sensor.name] {
      case .success(let readings)?: blocks.append("; \(sensor.place): \(readings)\n" + sensor.text)
      case .failure(let trouble)?:
        blocks.append(
          "; \(sensor.place) could not be read: \(trouble.reason)\n" + Self.hidden(sensor.text))
      case nil: blocks.append("; \(sensor.place)\n" + sensor.text)
      }
    }
    blocks += chips.compactMap(Self.remark)
    if !lines.isEmpty { blocks.append(Self.remark(on: lines)) }
    blocks.append(Self.uplink)
    return blocks.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
  }

  package struct Trouble: Error, Equatable {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
  }

  // MARK: Names

  /// `bme280` where there is one; else `bme280_76`, with the hub's channel where that is not
  /// enough.
  private static func distinct(_ sensors: [Sensor]) -> [Sensor] {
    let counts = Dictionary(grouping: sensors, by: \.name).mapValues(\.count)
    var taken: Set<String> = []
    return sensors.map { sensor in
      guard counts[sensor.name, default: 0] > 1 else { return sensor }
      var sensor = sensor
      let parts = sensor.options.reversed().map { Self.slug($0.value) }
      var name = sensor.name
      for part in parts {
        name += "_" + part
        if !taken.contains(name) { break }
      }
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(sensor.name)_\(number)"
        number += 1
      }
      sensor.name = name
      return sensor
    }
  }

  /// What a section's name may have of a value.
  private static func slug(_ value: String) -> String {
    let kept = value.replacing("0x", with: "").map { character in
      character.isASCII && (character.isLetter || character.isNumber || character == "-")
        ? character : "_"
    }
    return String(kept.suffix(24)).split(separator: "_").joined(separator: "_")
  }

  private static func settings(_ finding: I2CScan.Finding) -> [Sensor.Setting] {
    [
      Sensor.Setting(name: "bus", value: finding.bus),
      Sensor.Setting(name: "address", value: hex(finding.address)),
    ]
  }

  private static func hex(_ address: UInt8) -> String {
    "0x" + (address < 16 ? "0" : "") + String(address, radix: 16, uppercase: true)
  }

  // MARK: Remarks

  private static func remark(_ finding: I2CScan.Finding) -> String? {
    let place = "; \(hex(finding.address)) on I2C bus \(finding.bus)"
    switch finding.chip {
    case .recognized: return nil
    case .hub: return "\(place) is a hub: its channels are buses of their own."
    case .held(let reason): return "\(place) is taken: \(reason)."
    case .unknown:
      let usual = usual(finding.address).map { " Often it is \($0)." } ?? ""
      return "\(place) is no chip that telemetryd reads.\(usual)"
    case .candidates(let drivers):
      let section = Sensor(
        name: "chip_" + slug(hex(finding.address)), driver: drivers[0],
        options: settings(finding), place: "")
      return "\(place) may be " + drivers.joined(separator: ", ")
        + ". Nothing tells; take out the semicolons for the one that is there.\n"
        + hidden(section.text)
    }
  }

  /// What is not a sensor and yet on many a board, by its usual addresses.
  private static func usual(_ address: UInt8) -> String? {
    switch address {
    case 0x20...0x27: "a port expander (MCP23017, PCF8574) or a text display"
    case 0x3C, 0x3D: "an OLED display (SSD1306)"
    case 0x50...0x57: "an EEPROM"
    case 0x60: "a converter (MCP4725) or a Si5351"
    case 0x68, 0x6F: "a clock (DS1307, MCP7940)"
    case 0x70: "a LED driver (HT16K33)"
    default: nil
    }
  }

  private static func remark(on lines: [GPIOLine]) -> String {
    let free = lines.filter { $0.consumer == nil }.map(\.name).joined(separator: " ")
    let used = lines.compactMap { line in line.consumer.map { "\(line.name) (\($0))" } }
    var text = "; GPIO lines that are free: " + (free.isEmpty ? "none" : free)
    if !used.isEmpty { text += "\n; and in use: " + used.joined(separator: " ") }
    return text + "\n"
      + hidden("[sensor.door]\ndriver = line\nline = \(lines[0].name)\nbias = pull-up\n")
  }

  private static let uplink =
    "; Where to send it:\n"
    + hidden("[uplink.cloud]\nkind = initialstate\naccess_key = @/etc/telemetryd/access_key\n")

  private static func hidden(_ text: String) -> String {
    text.split(separator: "\n").map { ";\($0)\n" }.joined()
  }
}
