import EventBuffer
package import TelemetryModel
import Uplinks

/// The options that are not a driver's or an uplink's own.
package enum GeneralOptions {
  package static let telemetryd = [
    Option(
      "device", .text, .absent,
      "Names this board in each record. The host name where not set."),
    Option(
      "state_directory", .text, .value(Configuration.defaultStateDirectory),
      "Folder of the spool and of what else outlives a restart."),
    Option(
      "control_socket", .text, .absent,
      "Path of the socket that status, top, tap and log talk to. Where not set it is "
        + "\(Configuration.defaultControlSocket) with the default state_directory, and "
        + "control.sock in any other."),
    Option(
      "grace", .duration(.zero ... .seconds(300)), .value("5s"),
      "Time to send what is buffered when the agent is stopped; the rest goes to the spool."),
    Option(
      "clock_wait", .duration(.zero ... .seconds(86_400)), .value("15m"),
      "While a time service runs but has not set the clock yet, events wait so long for it after "
        + "the start or a failed sending; then they are sent as they are, marked as unsynced. An "
        + "epoch before 2026 is never sent: there the wait has no end."),
  ]

  package static let buffer = [
    Option(
      "capacity", .integer(100...1_000_000), .value("10000"),
      "Events that each uplink keeps in memory."),
    Option(
      "flush_size", .integer(1...1_000_000), .value("10"),
      "So many events are sent at once (ISStreamer's buffer_size). At most capacity."),
    Option(
      "flush_interval", .duration(.milliseconds(100) ... .seconds(3600)), .value("10s"),
      "An event waits no longer than this for others to be sent with."),
    Option(
      "durability", .choice(Durability.allCases.map(\.rawValue)), .value("memory"),
      "memory: events go to disk only when the uplink is down, the buffer nearly full, or the "
        + "agent stops. spool: each event is on disk before it counts as read."),
  ]

  package static let spool =
    [
      Option(
        "limit", .size(128 << 10...1 << 40), .value("256M"),
        "Disk space for the events of one uplink; past it the oldest go first. At least two "
          + "segments."),
      Option(
        "segment", .size(64 << 10...1 << 30), .value("1M"),
        "Size at which a file of the spool is closed and the next one begun."),
      Option(
        "sync", .duration(.zero ... .seconds(3600)), .value("5s"),
        "Longest time until what was written is forced to the medium; 0 forces each batch, and "
          + "wears SD cards."),
    ] + backlog

  /// Of [spool], and of an uplink over it.
  private static let backlog = [
    Option(
      "when_full", .choice(WhenFull.allCases.map(\.rawValue)), .value("drop_oldest"),
      "What gives way when memory and the spool are full: the oldest events, or what is measured "
        + "next. Each is counted, and the receiver is told."),
    Option(
      "drain", .choice(Drain.allCases.map(\.rawValue)), .value("oldest_first"),
      "What goes first after an outage. oldest_first: all in its order. newest_first: what is "
        + "measured now, by turns with the backlog."),
  ]

  /// What every uplink takes besides its own options.
  package static let uplink =
    UplinkCatalog.commonOptions
    + [
      Option(
        "max_age", .duration(.seconds(1) ... .seconds(315_360_000)), .absent,
        "Events older than this are given up, and counted, instead of sent. All are sent where "
          + "not set.")
    ]
    + backlog.map {
      Option($0.name, $0.kind, .absent, "As in [spool], for this uplink alone.")
    }
    + buffer.map {
      Option($0.name, $0.kind, .absent, "As in [buffer], for this uplink alone.")
    }

  /// `driver`, with the names of a catalogue.
  package static func driver(_ names: [String]) -> Option {
    Option("driver", .choice(names), .required, "What kind of sensor it is.")
  }

  /// `kind`, with the names of a catalogue.
  package static func kind(_ names: [String]) -> Option {
    Option("kind", .choice(names), .required, "What service it sends to.")
  }
}
