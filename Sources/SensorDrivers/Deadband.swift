package import TelemetryModel

/// Holds back values that differ too little from the last one that was let through.
package struct Deadband: Sendable, Equatable {
  package enum Width: Sendable, Equatable {
    /// In the value's unit.
    case absolute(Double)
    /// A part of the last value let through.
    case relative(Double)

    /// `0.5` or `2%`; nil for anything else.
    package init?(_ text: String) {
      let isRelative = text.hasSuffix("%")
      let digits = isRelative ? text.dropLast() : text[...]
      guard let number = Double(digits), number.isFinite, number >= 0 else { return nil }
      self = isRelative ? .relative(number / 100) : .absolute(number)
    }
  }

  private let width: Width
  /// nil: silence may last for ever.
  private let heartbeat: Duration?
  private var last: (value: Double, time: BootTime)?

  package init(_ width: Width, heartbeat: Duration?) {
    self.width = width
    self.heartbeat = heartbeat
  }

  package mutating func letsThrough(_ value: Double, at now: BootTime) -> Bool {
    if let last, !isFar(value, from: last.value), !isLong(since: last.time, now) { return false }
    last = (value, now)
    return true
  }

  private func isFar(_ value: Double, from last: Double) -> Bool {
    switch width {
    case .absolute(let width): abs(value - last) > width
    case .relative(let part): abs(value - last) > abs(last) * part
    }
  }

  private func isLong(since last: BootTime, _ now: BootTime) -> Bool {
    heartbeat.map { now - last >= $0 } ?? false
  }

  package static func == (left: Deadband, right: Deadband) -> Bool {
    left.width == right.width && left.heartbeat == right.heartbeat
      && left.last?.value == right.last?.value && left.last?.time == right.last?.time
  }
}
