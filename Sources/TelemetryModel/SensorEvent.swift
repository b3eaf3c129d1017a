/// One reading, named, timed and numbered: the unit that is buffered, spooled, sent and counted.
///
/// The device and the boot are the batch's (`Batch.origin`): they are equal for all events of a
/// run.
package struct SensorEvent: Sendable, Equatable {
  /// `door`, or `greenhouse_temperature` for a sensor with several readings.
  package var key: String
  package var value: Value
  /// `°C`, `hPa`, ...; nil where a number has none.
  package var unit: String?
  /// When it was measured, as the wall clock said then.
  package var time: Timestamp
  /// When it was measured on the boot's clock; an edge has the kernel's own stamp.
  package var bootTime: BootTime
  /// Counts the events of one run of the agent without a gap.
  package var sequence: UInt64
  /// A time service had set the wall clock when it was measured, or `time` is the source's own.
  /// Where false, `bootTime` is kept on all ways, and `time` is put right by it when the event is
  /// sent; what an uplink is given with false is sent with a mark that its time is only a bound.
  package var isClockSynchronised: Bool

  package init(
    key: String, value: Value, unit: String? = nil, time: Timestamp, bootTime: BootTime,
    sequence: UInt64, isClockSynchronised: Bool = true
  ) {
    self.key = key
    self.value = value
    self.unit = unit
    self.time = time
    self.bootTime = bootTime
    self.sequence = sequence
    self.isClockSynchronised = isClockSynchronised
  }

  /// About what the event holds of memory, in bytes: its own fields and its strings.
  package var footprint: Int {
    var bytes = Self.fixedFootprint + key.utf8.count + (unit?.utf8.count ?? 0)
    if case .text(let text) = value { bytes += text.utf8.count }
    return bytes
  }

  /// Bytes of an event without its strings, rounded up.
  private static let fixedFootprint = 112
}

/// Takes events from the sensor loop. Never waits for a network.
package protocol EventSink: Sendable {
  func offer(_ events: [SensorEvent])
  /// Events that a source that can wait (a pipe, a file) may bring now. 0: it should wait, because
  /// the uplink is healthy, but slower; it is told when it may go on.
  var room: Int { get }
}
