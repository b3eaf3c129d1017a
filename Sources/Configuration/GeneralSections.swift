import EventBuffer
import TelemetryModel

/// `[buffer]`, or an uplink's own values over it.
struct BufferSettings {
  var capacity: Int
  var flushSize: Int
  var flushInterval: Duration
  var durability: Durability
  /// Of [spool].
  var whenFull = WhenFull.dropOldest
  /// Of [spool].
  var drain = Drain.oldestFirst

  init(_ settings: Settings) throws(Settings.Invalid) {
    capacity = try settings.integer("capacity")
    flushSize = try settings.integer("flush_size")
    flushInterval = try settings.duration("flush_interval")
    durability = try settings.choice("durability")
  }

  func overridden(by settings: Settings) throws(Settings.Invalid) -> BufferSettings {
    var result = self
    // An uplink may declare one of these itself, with a fallback of its own, hence not `isGiven`.
    if try settings.optionalText("capacity") != nil {
      result.capacity = try settings.integer("capacity")
    }
    if try settings.optionalText("flush_size") != nil {
      result.flushSize = try settings.integer("flush_size")
    }
    if try settings.optionalText("flush_interval") != nil {
      result.flushInterval = try settings.duration("flush_interval")
    }
    if try settings.optionalText("durability") != nil {
      result.durability = try settings.choice("durability")
    }
    if try settings.optionalText("when_full") != nil {
      result.whenFull = try settings.choice("when_full")
    }
    if try settings.optionalText("drain") != nil { result.drain = try settings.choice("drain") }
    return result
  }
}

extension ConfigurationReader {
  /// All but the uplinks and sensors.
  mutating func general(_ sections: [IniFile.Section]) -> Configuration {
    let agent = checked("telemetryd", GeneralOptions.telemetryd, sections)
    let spool = checked("spool", GeneralOptions.spool, sections)
    let host = context.hostName
    let configuration = value(of: agent) { settings throws(Settings.Invalid) in
      let state = try settings.text("state_directory")
      return Configuration(
        device: try settings.optionalText("device") ?? host,
        stateDirectory: state,
        controlSocket: try settings.optionalText("control_socket")
          ?? Self.controlSocket(stateDirectory: state),
        grace: try settings.duration("grace"), clockWait: try settings.duration("clock_wait"),
        spool: .init(limit: 0, segment: 0, sync: .zero),
        uplinks: [], sensors: [], warnings: [],
        isISStreamer: false)
    }
    let disk = value(of: spool) { settings throws(Settings.Invalid) in
      Configuration.Spool(
        limit: try settings.size("limit"), segment: try settings.size("segment"),
        sync: try settings.duration("sync"), whenFull: try settings.choice("when_full"),
        drain: try settings.choice("drain"))
    }
    // The tables' own fallbacks are right (a test sees to it), so neither is ever nil.
    guard var configuration, let disk else { return .init(failedFor: context.hostName) }
    configuration.spool = disk
    if disk.limit < 2 * disk.segment {
      let option = spool.settings.isGiven("limit") ? "limit" : "segment"
      complain(
        spool.line(of: option), spool.place(of: option),
        "limit is \(Option.sizeText(disk.limit)) and segment \(Option.sizeText(disk.segment)); "
          + "allowed: a limit of at least two segments")
    }
    checkSocket(configuration.controlSocket, agent)
    return configuration
  }

  mutating func buffer(_ sections: [IniFile.Section]) -> BufferSettings {
    let checked = checked("buffer", GeneralOptions.buffer, sections)
    guard let buffer = value(of: checked, BufferSettings.init) else { return BufferSettings() }
    checkFlush(buffer.flushSize, buffer.capacity, checked)
    return buffer
  }

  mutating func checkFlush(_ flushSize: Int, _ capacity: Int, _ checked: CheckedSection) {
    guard flushSize > capacity else { return }
    let option = checked.settings.isGiven("flush_size") ? "flush_size" : "capacity"
    complain(
      checked.line(of: option), checked.place(of: option),
      "flush_size is \(flushSize) and capacity \(capacity); "
        + "allowed: a flush_size that is at most the capacity")
  }

  /// The section of that name, or an empty one; a second one is checked for its own mistakes.
  private mutating func checked(
    _ name: String, _ options: [Option], _ sections: [IniFile.Section]
  ) -> CheckedSection {
    let found = sections.filter { $0.key == name }
    for duplicate in found.dropFirst() { _ = check(duplicate, options: options) }
    return check(found.first ?? IniFile.Section(name: name, line: 1), options: options)
  }

  /// Where the agent listens when the ini does not say.
  package static func controlSocket(stateDirectory: String) -> String {
    if stateDirectory == Configuration.defaultStateDirectory {
      return Configuration.defaultControlSocket
    }
    return stateDirectory.hasSuffix("/")
      ? stateDirectory + "control.sock" : stateDirectory + "/control.sock"
  }

  private mutating func checkSocket(_ path: String, _ agent: CheckedSection) {
    guard path.utf8.count > Self.socketPathLimit else { return }
    if agent.settings.isGiven("control_socket") {
      complain(
        agent.line(of: "control_socket"), agent.place(of: "control_socket"),
        "has \(path.utf8.count) bytes; allowed: at most \(Self.socketPathLimit)")
    } else {
      warn(
        agent.line(of: "state_directory"), agent.place(of: "state_directory"),
        "is too long for a socket in it (\(path.utf8.count) bytes of "
          + "\(Self.socketPathLimit)): status, top, tap and log will not find the agent; set "
          + "control_socket to a shorter path")
    }
  }

  /// Bytes: sun_path of unix(7) has 108, and its last one is zero.
  static let socketPathLimit = 107
}

extension BufferSettings {
  /// Stands in for what could not be read; never leaves the reader.
  fileprivate init() {
    (capacity, flushSize) = (.max, 1)
    (flushInterval, durability) = (.seconds(1), .memory)
  }
}

extension Configuration {
  /// Stands in for what could not be read; never leaves the reader.
  fileprivate init(failedFor device: String) {
    self.init(
      device: device, stateDirectory: Configuration.defaultStateDirectory,
      controlSocket: Configuration.defaultControlSocket, grace: .zero, clockWait: .zero,
      spool: .init(limit: 0, segment: 0, sync: .zero), uplinks: [], sensors: [], warnings: [],
      isISStreamer: false)
  }
}
