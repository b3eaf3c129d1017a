import EventBuffer
import SensorDrivers
import TelemetryModel
import Uplinks

/// An isstreamer.ini of Initial State's Python client, used as it is: its sections become one
/// Initial State uplink.
///
/// What the client does with such a file was taken from captures of its version 2.0.0. Where it
/// only ignores something, so do we, with a warning; where we are more lenient, too.
package enum ISStreamerIni {
  /// Where the client looks for its file, in order; the first that exists is used, whole. A file
  /// that was named must exist.
  package static func candidates(explicit: String?, home: String?) -> [String] {
    if let explicit { return [explicit] }
    let atHome = home.map { $0.hasSuffix("/") ? "\($0)isstreamer.ini" : "\($0)/isstreamer.ini" }
    return [atHome, "./isstreamer.ini"].compactMap { $0 }
  }

  /// The name of the uplink, and with it of its folder in the spool.
  package static let uplinkName = "isstreamer"
  /// The kind of that uplink in the catalogue.
  package static let uplinkKind = "initialstate"

  static let client = "isstreamer.client_config"
  static let api = "isstreamer.api_config"

  /// What its keys are called among the uplink's options.
  static let names = [
    client: [
      "access_key": "access_key", "default_bucket": "bucket_name", "bucket_key": "bucket_key",
    ],
    api: ["stream_api_base": "api_base"],
  ]

  /// `%%` is `%`. A `%` alone, which configparser refuses, is itself.
  static func unescaped(_ value: String) -> String { value.replacing("%%", with: "%") }

  /// A key of the bucket that stays the same from start to start. (The client makes a random one
  /// each time, and with it a new bucket.)
  static func bucketKey(device: String, bucket: String) -> String {
    let forbidden: Set<Character> = [":", "\"", "'"]
    let text = "\(device)-\(bucket)".filter { !forbidden.contains($0) && !$0.isNewline }
    return String(text.prefix(bucketKeyLimit))
  }

  /// Characters, by the API's documentation.
  private static let bucketKeyLimit = 250
}

extension ConfigurationReader {
  mutating func readISStreamer(
    _ sections: [IniFile.Section], _ buffer: BufferSettings, into configuration: inout Configuration
  ) {
    let theirs = sections.filter(\.isISStreamer)
    let lines = collectISStreamer(theirs)
    let isOffline = isOffline(lines)
    if var uplink = iSStreamerUplink(lines, buffer, configuration) {
      uplink.isOffline = isOffline
      if isOffline { uplink.durability = .spool }
      configuration.uplinks.append(uplink)
    }
    guard !sections.contains(where: { SectionHead($0).isSensor }) else { return }
    addSystemSensor(to: &configuration)
  }

  /// The entries of both sections by their keys, with `[DEFAULT]` behind them.
  private mutating func collectISStreamer(_ sections: [IniFile.Section]) -> ISStreamerLines {
    var lines = ISStreamerLines(line: sections[0].line)
    var defaults: [IniFile.Entry] = []
    for section in sections {
      guard section.key != "default" else {
        defaults += section.entries
        continue
      }
      guard ISStreamerIni.names[section.key] != nil else {
        ignore(section)
        continue
      }
      if section.key == ISStreamerIni.client { lines.line = section.line }
      if section.name != section.key {
        warn(
          section.line, "[\(shown(section.name))]",
          "is read, though ISStreamer ignores it because of its capital letters")
      }
      for entry in section.entries { take(entry, of: section.key, into: &lines) }
    }
    for entry in defaults {
      for section in [ISStreamerIni.client, ISStreamerIni.api]
      where ISStreamerIni.names[section]?[entry.name] != nil || entry.name == "offline_mode" {
        let isGiven = lines.entries[section]?[entry.name] != nil
        if !isGiven { lines.entries[section, default: [:]][entry.name] = entry }
      }
    }
    return lines
  }

  private mutating func ignore(_ section: IniFile.Section) {
    let place = "[\(shown(section.name))]"
    guard let near = Suggestion.nearest(to: section.key, among: Array(ISStreamerIni.names.keys))
    else { return warn(section.line, place, "is ignored, as ISStreamer does") }
    complain(section.line, place, "is not a section of ISStreamer's (did you mean [\(near)]?)")
  }

  private mutating func take(
    _ entry: IniFile.Entry, of section: String, into lines: inout ISStreamerLines
  ) {
    let place = "\(section).\(shown(entry.name, atMost: keyLimit))"
    switch (section, entry.name) {
    case (ISStreamerIni.client, "offline_file"): break
    case (ISStreamerIni.client, "offline_mode"): break
    case (ISStreamerIni.client, "bucket_key"):
      warn(entry.line, place, "is used, though ISStreamer ignores it here")
    case (ISStreamerIni.client, "buffer_size"):
      warn(entry.line, place, "is ignored, as ISStreamer does; flush_size of [buffer] is its like")
    case (ISStreamerIni.api, "core_api_base"):
      warn(entry.line, place, "is ignored, as ISStreamer 2 does; stream_api_base is used for all")
    default:
      if ISStreamerIni.names[section]?[entry.name] == nil {
        warn(entry.line, place, "is ignored, as ISStreamer does")
      }
    }
    lines.entries[section, default: [:]][entry.name] = entry
  }

  /// ISStreamer is online only for exactly `false`.
  private mutating func isOffline(_ lines: ISStreamerLines) -> Bool {
    guard let entry = lines.entries[ISStreamerIni.client]?["offline_mode"] else { return false }
    let place = "\(ISStreamerIni.client).offline_mode"
    let option = Option("offline_mode", .boolean, .value("false"), "")
    guard let isOffline = Option.boolean(entry.value) else {
      complain(entry.line, place, option.complaint(about: entry.value) ?? option.allowed)
      return true
    }
    if isOffline {
      warn(
        entry.line, place,
        "is on: nothing is sent, all events are kept in the spool (telemetryd spool export "
          + "writes them out); remove the line to send them. offline_file is not written")
    } else if entry.value != "false" {
      warn(
        entry.line, place,
        "is read as false, and events are sent; ISStreamer would stay offline, because only "
          + "exactly 'false' is false to it")
    }
    return isOffline
  }

  private mutating func iSStreamerUplink(
    _ lines: ISStreamerLines, _ buffer: BufferSettings, _ configuration: Configuration
  ) -> Configuration.UplinkSection? {
    let name = ISStreamerIni.uplinkName
    guard let type = context.uplinks.first(where: { $0.kind == ISStreamerIni.uplinkKind }) else {
      complain(lines.line, "[\(ISStreamerIni.client)]", "needs an uplink kind that is not built in")
      return nil
    }
    if configuration.uplinks.contains(where: { $0.name.lowercased() == name }) {
      complain(
        lines.line, "[\(ISStreamerIni.client)]",
        "makes an uplink of the name \(name), and so does [uplink.\(name)]; rename that one")
    }
    var places: [String: String] = [:]
    var section = IniFile.Section(name: ISStreamerIni.client, line: lines.line)
    for (source, names) in ISStreamerIni.names {
      for (theirs, ours) in names {
        places[ours] = "\(source).\(theirs)"
        guard var entry = lines.entries[source]?[theirs] else { continue }
        // To ISStreamer an empty value is none. Without an access key nothing can be sent.
        if entry.value.isEmpty, theirs != "access_key" { continue }
        entry.name = ours
        entry.value = ISStreamerIni.unescaped(entry.value)
        if theirs == "stream_api_base", !Self.isHTTP(entry.value) {
          complain(
            entry.line, "\(source).\(theirs)",
            "is '\(shown(entry.value))'; allowed: an address that begins with http:// or https://")
        }
        section.entries.append(entry)
      }
    }
    let bucket = section["bucket_name"]?.value ?? configuration.device
    let key = ISStreamerIni.bucketKey(device: configuration.device, bucket: bucket)
    for (option, value) in [("bucket_name", bucket), ("bucket_key", key)]
    where section[option] == nil {
      section.entries.append(.init(name: option, value: value, line: lines.line))
    }
    let choice = GeneralOptions.kind([type.kind])
    section.entries.append(.init(name: "kind", value: type.kind, line: lines.line))
    section.entries.sort { ($0.line, $0.name) < ($1.line, $1.name) }
    let options = Self.options(of: type, with: choice)
    section.entries.removeAll { entry in !options.contains { $0.name == entry.name } }
    let checked = check(section, name: name, options: options, places: places, isOurs: false)
    return uplink(checked, type, name, buffer)
  }

  /// ISStreamer's own test, which minds the case.
  private static func isHTTP(_ address: String) -> Bool {
    address.hasPrefix("http://") || address.hasPrefix("https://")
  }

  /// A file of ISStreamer's knows no sensors: its programs brought their own readings. So that the
  /// agent is of use with it at once, it watches the board itself.
  private mutating func addSystemSensor(to configuration: inout Configuration) {
    guard context.purpose.needsSensors,
      let driver = context.drivers.first(where: { $0.kind == "system" })
    else { return }
    let settings = Settings(
      name: "system", ["driver": driver.kind],
      for: [GeneralOptions.driver([driver.kind])] + driver.options)
    configuration.sensors.append(.init(name: "system", driver: driver.kind, settings: settings))
    warnings.append(
      "\(file): the file has no [sensor.NAME], so the board itself is watched (driver = system)")
  }
}

/// The entries of ISStreamer's sections: by section, then by key.
private struct ISStreamerLines {
  /// Where its first section begins.
  var line: Int
  var entries: [String: [String: IniFile.Entry]] = [:]
}
