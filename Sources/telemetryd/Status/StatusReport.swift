import EventBuffer
import SensorDrivers
import TelemetryModel

/// The agent's state at one instant, as `status --json` gives it.
struct StatusReport {
  struct Uplink {
    var name: String
    var kind: String
    var lane: LaneStatus

    init(_ name: String, _ kind: String, _ lane: LaneStatus) {
      self.name = name
      self.kind = kind
      self.lane = lane
    }
  }

  struct Clock {
    var isSynchronised: Bool
    /// How far the clock proved wrong that the agent began with: it was set by this since, or a
    /// service told that it is so much behind; negative where it was ahead.
    var offset: Duration
    /// Events wait for it to be set.
    var isHeld: Bool
  }

  var device: String
  var boot: String
  var uptime: Duration
  var clock: Clock
  var now: BootTime
  var sensors: [SensorStatus]
  var uplinks: [Uplink]

  /// One line.
  var json: [UInt8] {
    var json = JSONWriter(capacity: 2048)
    json.raw(#"{"device":"#)
    json.string(device)
    json.raw(#","boot":"#)
    json.string(boot)
    json.raw(#","uptime_s":"#)
    json.milliseconds(uptime)
    json.raw(#","clock":{"synchronised":"#)
    json.boolean(clock.isSynchronised)
    json.raw(#","offset_s":"#)
    json.milliseconds(clock.offset)
    json.raw(#","held":"#)
    json.boolean(clock.isHeld)
    json.raw(#"},"sensors":["#)
    for (index, sensor) in sensors.enumerated() {
      if index > 0 { json.raw(",") }
      append(sensor, to: &json)
    }
    json.raw(#"],"uplinks":["#)
    for (index, uplink) in uplinks.enumerated() {
      if index > 0 { json.raw(",") }
      append(uplink, to: &json)
    }
    json.raw("]}\n")
    return json.bytes
  }

  private func append(_ sensor: SensorStatus, to json: inout JSONWriter) {
    json.raw(#"{"name":"#)
    json.string(sensor.name)
    json.raw(#","driver":"#)
    json.string(sensor.driver)
    json.raw(#","state":"#)
    json.string(sensor.state.rawValue)
    json.raw(#","readings":"#)
    json.integer(sensor.readings)
    json.raw(#","errors":"#)
    json.integer(sensor.errors)
    json.raw(#","last_error":"#)
    json.optional(sensor.lastError)
    json.raw(#","last_epoch":"#)
    if let epoch = sensor.lastEpoch { json.epoch(epoch) } else { json.raw("null") }
    json.raw("}")
  }

  private func append(_ uplink: Uplink, to json: inout JSONWriter) {
    let ledger = uplink.lane.ledger
    json.raw(#"{"name":"#)
    json.string(uplink.name)
    json.raw(#","kind":"#)
    json.string(uplink.kind)
    json.raw(#","state":"#)
    json.string(uplink.lane.state.rawValue)
    json.member("offered", ledger.offered)
    json.member("accepted", ledger.accepted)
    json.member("rejected", ledger.rejected)
    json.raw(#","dropped":{"#)
    let causes = ledger.dropped.sorted { $0.key.rawValue < $1.key.rawValue }
    for (index, (cause, count)) in causes.enumerated() {
      if index > 0 { json.raw(",") }
      json.string(cause.rawValue)
      json.raw(":")
      json.integer(count)
    }
    json.raw("}")
    json.member("in_memory", ledger.inMemory)
    json.member("in_spool", ledger.inSpool)
    json.member("spool_bytes", uplink.lane.spoolBytes)
    json.member("bytes_written", uplink.lane.bytesWritten)
    json.member("bytes_written_24h", uplink.lane.bytesWrittenLastDay)
    json.member("retries", uplink.lane.retries)
    json.raw(#","last_error":"#)
    json.optional(uplink.lane.lastError)
    json.raw(#","backoff_s":"#)
    json.milliseconds(uplink.lane.blockedUntil.map { max(.zero, $0 - now) } ?? .zero)
    json.raw("}")
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ text: String?) {
    if let text { string(text) } else { raw("null") }
  }

  fileprivate mutating func member(_ name: String, _ count: Int) {
    raw(",")
    string(name)
    raw(":")
    integer(count)
  }

  /// Seconds, to the millisecond.
  fileprivate mutating func milliseconds(_ duration: Duration) {
    decimal(duration.nanoseconds / 1_000_000 * 1_000_000)
  }
}
