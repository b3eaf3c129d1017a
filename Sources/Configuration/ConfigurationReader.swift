import SensorDrivers
import TelemetryModel
import Uplinks

/// Turns an ini into a `Configuration`, collecting all that is wrong on the way.
struct ConfigurationReader {
  let file: String
  let context: ConfigurationContext
  var mistakes: [Mistake] = []
  var warnings: [String] = []

  /// The ini's own folder with its slash, or nothing for the current one.
  let folder: String

  init(file: String, context: ConfigurationContext) {
    self.file = file
    self.context = context
    folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
  }

  mutating func read(_ bytes: [UInt8]) throws(Mistakes) -> Configuration {
    let parsed = IniFile.parse(bytes, name: file)
    mistakes = parsed.mistakes
    let sections = parsed.file.sections
    var configuration = general(sections)
    configuration.isISStreamer = parsed.file.isISStreamer
    var buffer = self.buffer(sections)
    (buffer.whenFull, buffer.drain) = (configuration.spool.whenFull, configuration.spool.drain)
    for section in sections {
      switch SectionHead(section) {
      case .general: continue
      case .isStreamer: if !configuration.isISStreamer { complainOfUnknown(section) }
      case .uplink(let name):
        guard isName(name, of: section), let uplink = uplink(section, name, buffer) else {
          continue
        }
        configuration.uplinks.append(uplink)
      case .sensor(let name):
        guard isName(name, of: section), let sensor = sensor(section, name) else { continue }
        configuration.sensors.append(sensor)
      case .unknown: complainOfUnknown(section)
      }
    }
    if configuration.isISStreamer {
      // It stands for an uplink, and brings a sensor where the file has none.
      readISStreamer(sections, buffer, into: &configuration)
    } else {
      demand(sections)
    }
    guard mistakes.isEmpty else { throw Mistakes(mistakes) }
    configuration.warnings = warnings
    return configuration
  }

  mutating func complain(_ line: Int, _ place: String, _ complaint: String) {
    mistakes.append(Mistake(file: file, line: line, place: place, complaint))
  }

  mutating func warn(_ line: Int, _ place: String, _ text: String) {
    warnings.append(Mistake(file: file, line: line, place: place, text).description)
  }

  /// A setting, or nil with a mistake at its line.
  mutating func value<T>(
    of checked: CheckedSection, _ read: (Settings) throws(Settings.Invalid) -> T
  ) -> T? {
    do throws(Settings.Invalid) {
      return try read(checked.settings)
    } catch {
      complain(checked.line(of: error.option), checked.place(of: error.option), error.complaint)
      return nil
    }
  }

  /// What the purpose needs.
  private mutating func demand(_ sections: [IniFile.Section]) {
    let heads = sections.map { SectionHead($0) }
    if context.purpose.needsSensors, !heads.contains(where: \.isSensor) {
      complain(1, "", "the file has no sensor; at least one [sensor.NAME] is needed")
    }
    if context.purpose.needsUplinks, !heads.contains(where: \.isUplink) {
      complain(1, "", "the file has no uplink; at least one [uplink.NAME] is needed")
    }
  }
}

// MARK: - Sections with a name of their own

extension ConfigurationReader {
  private mutating func isName(_ name: String, of section: IniFile.Section) -> Bool {
    let isValid =
      (1...Self.nameLimit).contains(name.utf8.count)
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
          || $0 == "_" || $0 == "-"
      }
    if !isValid {
      complain(
        section.line, "[\(shown(section.name))]",
        "cannot have this name; allowed: 1 to \(Self.nameLimit) letters (a-z), digits, _ and -")
    }
    return isValid
  }

  private mutating func sensor(
    _ section: IniFile.Section, _ name: String
  ) -> Configuration.SensorSection? {
    let choice = GeneralOptions.driver(context.drivers.map { $0.kind })
    guard let kind = catalogued(choice, section),
      let driver = context.drivers.first(where: { $0.kind == kind })
    else { return nil }
    let checked = check(
      section, name: name, options: [choice] + SensorOptions.all(for: driver),
      perReading: Set(SensorOptions.perReading.map(\.name)))
    let more =
      checked.isComplete
      ? context.tryDriver(driver, checked.settings)
      : Conditioning.mistakes(checked.settings, quantities: driver.quantities)
    for mistake in more {
      complain(
        checked.line(of: mistake.option), checked.place(of: mistake.option), mistake.complaint)
    }
    return .init(name: name, driver: kind, settings: checked.settings)
  }

  private mutating func uplink(
    _ section: IniFile.Section, _ name: String, _ buffer: BufferSettings
  ) -> Configuration.UplinkSection? {
    let choice = GeneralOptions.kind(context.uplinks.map { $0.kind })
    guard let kind = catalogued(choice, section),
      let type = context.uplinks.first(where: { $0.kind == kind })
    else { return nil }
    let checked = check(section, name: name, options: Self.options(of: type, with: choice))
    return uplink(checked, type, name, buffer)
  }

  /// An uplink's own options, and the common ones that it does not declare itself.
  static func options(of type: any ConfiguredUplink.Type, with choice: Option) -> [Option] {
    let own = type.options
    let common = GeneralOptions.uplink.filter { option in
      !own.contains { $0.name == option.name }
    }
    return [choice] + own + common
  }

  mutating func uplink(
    _ checked: CheckedSection, _ type: any ConfiguredUplink.Type, _ name: String,
    _ general: BufferSettings
  ) -> Configuration.UplinkSection? {
    if checked.isComplete {
      let attempt = context.tryUplink
      _ = value(of: checked) { settings throws(Settings.Invalid) in try attempt(type, settings) }
    }
    let section = value(of: checked) { settings throws(Settings.Invalid) in
      let buffer = try general.overridden(by: settings)
      let transport = try TransportSettings(settings)
      return Configuration.UplinkSection(
        name: name, kind: type.kind, settings: settings, flushSize: buffer.flushSize,
        flushInterval: buffer.flushInterval, capacity: buffer.capacity,
        durability: buffer.durability, whenFull: buffer.whenFull, drain: buffer.drain,
        maxAge: try settings.optionalText("max_age") == nil
          ? nil : try settings.duration("max_age"), caFile: transport.caFile,
        timeout: transport.timeout, proxy: transport.proxy)
    }
    let isOwn = checked.settings.isGiven("flush_size") || checked.settings.isGiven("capacity")
    if let section, isOwn { checkFlush(section.flushSize, section.capacity, checked) }
    return section
  }

  /// The catalogue's entry that `driver` or `kind` names. When it cannot be told, the section's
  /// other keys cannot be judged either.
  private mutating func catalogued(_ choice: Option, _ section: IniFile.Section) -> String? {
    var head = section
    head.entries = section.entries.filter { $0.name == choice.name }
    let before = mistakes.count
    let checked = check(head, options: [choice])
    return mistakes.count == before ? value(of: checked) { try? $0.text(choice.name) } ?? nil : nil
  }

  /// Characters; a name becomes a folder of the spool and part of each event's key.
  static let nameLimit = 64
}
