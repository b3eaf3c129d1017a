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
  /// Ready to be used when one of their drivers is the right one.
  private let candidates: [Sensor]
  private let chips: [I2CScan.Finding]

  package init(chips: [I2CScan.Finding], kernel: [KernelScan.Finding]) {
    self.chips = chips
    var recognized: [Named] = []
    var candidates: [Named] = []
    for finding in chips {
      switch finding.chip {
      case .recognized(let driver): recognized.append(Named(driver, driver, finding))
      case .candidates(let drivers):
        guard let first = drivers.first else { continue }
        candidates.append(Named("chip", first, finding))
      case .hub, .unknown, .held: break
      }
    }
    for finding in kernel {
      let setting = Sensor.Setting(name: finding.option, value: finding.value)
      recognized.append(Named(finding.driver, finding.driver, [setting], finding.value))
    }
    let all = Self.distinct(recognized + candidates)
    sensors = Array(all.prefix(recognized.count))
    self.candidates = Array(all.dropFirst(recognized.count))
  }

  /// The ini with the sensors alone, to try them.
  package var bare: String { sensors.map(\.text).joined(separator: "\n") }

  /// - Parameters:
  ///   - results: what each sensor said when it was read, or why it could not be, by name.
  ///   - lines: the machine's GPIO lines that have names.
  ///   - troubles: what could not be looked at, and why.
  package func text(
    results: [String: Result<String, Trouble>], lines: [GPIOLine], troubles: [String] = []
  ) -> String {
    var blocks = ["; Made by telemetryd scan. Try it: telemetryd test --once -c THIS_FILE"]
    for sensor in sensors {
      switch results[sensor.name] {
      case .success(let readings)?:
        blocks.append(Self.comment("\(sensor.place): \(readings)") + sensor.text)
      case .failure(let trouble)?:
        blocks.append(
          Self.comment("\(sensor.place) could not be read: \(trouble.reason)")
            + Self.hidden(sensor.text))
      case nil: blocks.append(Self.comment(sensor.place) + sensor.text)
      }
    }
    var candidates = self.candidates[...]
    for finding in chips {
      if case .candidates = finding.chip {
        if let next = candidates.popFirst() { blocks.append(Self.remark(finding, next)) }
      } else if let remark = Self.remark(finding) {
        blocks.append(remark)
      }
    }
    blocks += troubles.map { Self.comment("Not looked at: \($0)") }
    if !lines.isEmpty { blocks.append(Self.remark(on: lines)) }
    blocks.append(Self.uplink)
    return blocks.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
  }

  package struct Trouble: Error, Equatable {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
  }

  // MARK: Names

  /// A sensor without a name of its own yet.
  private struct Named {
    /// `bme280`; others may have the same.
    var stem: String
    /// What tells it from those, the most telling first.
    var marks: [String]
    var sensor: Sensor

    init(_ stem: String, _ driver: String, _ settings: [Sensor.Setting], _ place: String) {
      self.stem = stem
      // Of a path its end, which tells most.
      marks = settings.map { ScannedIni.slug($0.value.split(separator: "/").last ?? "") }
      sensor = Sensor(name: stem, driver: driver, options: settings, place: place)
    }

    init(_ stem: String, _ driver: String, _ chip: I2CScan.Finding) {
      self.stem = stem
      let address = ScannedIni.hex(chip.address)
      let parts = chip.parts.map {
        Sensor.Setting(name: $0.option, value: ScannedIni.hex($0.address))
      }
      sensor = Sensor(
        name: stem, driver: driver,
        options: [
          Sensor.Setting(name: "bus", value: chip.bus),
          Sensor.Setting(name: "address", value: address),
        ] + parts,
        place: "\(address) on I2C bus \(chip.bus)")
      marks = [ScannedIni.slug(address), ScannedIni.slug(chip.bus)]
    }
  }

  /// `bme280` where there is one; else `bme280_76`, with the hub's channel where that is not
  /// enough. `chip_48` for what is not known.
  private static func distinct(_ sensors: [Named]) -> [Sensor] {
    let counts = Dictionary(grouping: sensors, by: \.stem).mapValues(\.count)
    var taken: Set<String> = []
    return sensors.map { named in
      var sensor = named.sensor
      if counts[named.stem, default: 0] > 1 || named.stem == "chip" {
        for mark in named.marks {
          sensor.name += "_" + mark
          if !taken.contains(sensor.name) { break }
        }
      }
      let wanted = sensor.name
      var number = 2
      while !taken.insert(sensor.name).inserted {
        sensor.name = "\(wanted)_\(number)"
        number += 1
      }
      return sensor
    }
  }

  /// What a section's name may have of a value.
  private static func slug(_ value: some StringProtocol) -> String {
    let kept = value.lowercased().replacing("0x", with: "").map { character in
      character.isASCII && (character.isLetter || character.isNumber || character == "-")
        ? character : "_"
    }
    return String(kept.suffix(slugMax)).split(separator: "_").joined(separator: "_")
  }
  /// Characters; two of them and a driver's name stay below what a section's name may have.
  private static let slugMax = 24

  private static func hex(_ address: UInt8) -> String {
    "0x" + (address < 16 ? "0" : "") + String(address, radix: 16, uppercase: true)
  }

  // MARK: Remarks

  private static func remark(_ finding: I2CScan.Finding) -> String? {
    let place = "\(hex(finding.address)) on I2C bus \(finding.bus)"
    switch finding.chip {
    case .recognized, .candidates: return nil
    case .hub: return comment("\(place) is a hub: its channels are buses of their own.")
    case .held(let reason): return comment("\(place) is taken: \(reason).")
    case .unknown:
      let usual = usual(finding.address).map { " Often it is \($0)." } ?? ""
      return comment("\(place) is no chip that telemetryd reads.\(usual)")
    }
  }

  private static func remark(_ finding: I2CScan.Finding, _ candidate: Sensor) -> String {
    guard case .candidates(let drivers) = finding.chip else { return "" }
    let list = drivers.joined(separator: ", ")
    let choice =
      drivers.count == 1
      ? "take out the semicolons if it is." : "take out the semicolons and name the right one."
    return comment("\(candidate.place) may be \(list). It does not say: \(choice)")
      + hidden(candidate.text)
  }

  /// What is not a sensor and yet on many a board, by its usual addresses.
  private static func usual(_ address: UInt8) -> String? {
    switch address {
    case 0x20...0x27: "a port expander (MCP23017, PCF8574) or a text display"
    case 0x3C, 0x3D: "an OLED display (SSD1306)"
    case 0x40: "a PWM driver (PCA9685)"
    case 0x50...0x57: "an EEPROM, or at 0x50 a monitor's"
    case 0x60...0x63: "a converter (MCP4725) or at 0x60 a clock generator (Si5351)"
    case 0x68, 0x6F: "a clock (DS1307, MCP7940)"
    case 0x70: "a LED driver (HT16K33), or the PCA9685's common address"
    default: nil
    }
  }

  private static func remark(on lines: [GPIOLine]) -> String {
    let free = lines.filter { $0.consumer == nil }.map(\.name)
    let used = lines.compactMap { line in line.consumer.map { "\(line.name) (\($0))" } }
    var text =
      free.isEmpty ? comment("No GPIO line is free.") : list("GPIO lines that are free:", free)
    if !used.isEmpty { text += list("GPIO lines in use:", used) }
    // Pin 11 of a Raspberry Pi, which has no other task there.
    let example =
      free.first { $0 == "GPIO17" } ?? free.first { $0.hasPrefix("GPIO") } ?? free.first
    guard let example else { return text }
    return text + hidden("[sensor.door]\ndriver = line\nline = \(example)\nbias = pull-up\n")
  }

  /// Names, in lines of a readable length.
  private static func list(_ head: String, _ names: [String]) -> String {
    var lines: [String] = []
    var line = "; " + head
    for name in names {
      if line.count + 1 + name.count > lineMax {
        lines.append(line)
        line = "; "
      }
      line += " " + name
    }
    return (lines + [line]).joined(separator: "\n") + "\n"
  }
  /// Characters.
  private static let lineMax = 100

  private static let uplink =
    "; Where to send it:\n"
    + hidden(
      "[uplink.cloud]\nkind = initialstate\n"
        + "access_key = @/etc/telemetryd/credentials/access_key\n")

  /// One line, whatever the text has.
  private static func comment(_ text: String) -> String {
    "; " + text.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n"
  }

  private static func hidden(_ text: String) -> String {
    text.split(separator: "\n").map { ";\($0)\n" }.joined()
  }
}
