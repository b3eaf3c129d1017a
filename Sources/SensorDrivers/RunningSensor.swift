import TelemetryModel

/// One sensor at work: its driver, what it is called by, and what came of it so far. Used by the
/// loop's thread only.
struct RunningSensor {
  /// What calls the driver. Lines and inputs that are absent or broken are opened again.
  enum Source {
    case ticks
    case lines([LineRequest], open: (any OpenLines)?)
    case input(InputRequest, open: (any OpenInput)?)
  }

  /// Readings that a source gave while the sinks had no room for them.
  struct Held {
    var readings: ArraySlice<Reading> = []
    var now: EventStamper.Now
  }

  let name: String
  var driver: any SensorDriver
  var conditioning: Conditioning
  var freshness: Freshness
  var source: Source
  var schedule: SensorSchedule
  var status: SensorStatus
  var held: Held?
  /// The input gave its end; `status` says so once nothing is held.
  var isAtEnd = false

  /// - Parameter isTrial: it is read at once, and each reading is wanted.
  init(
    _ sensor: ConfiguredSensor, on hardware: any Hardware, start: EventStamper.Now, isTrial: Bool
  ) throws(Settings.Invalid) {
    name = sensor.name
    driver = try sensor.makeDriver(on: hardware)
    conditioning = try Conditioning(
      sensor.settings, quantities: driver.quantities, isTrial: isTrial)
    let isWatched = try sensor.settings.optionalText("stale_after") != nil
    freshness = Freshness(
      limit: isWatched ? try sensor.settings.duration("stale_after") : nil, from: start.boot)
    status = SensorStatus(name: sensor.name, driver: sensor.driver)
    var timing: SensorTiming?
    switch driver.trigger {
    case .every(let every):
      source = .ticks
      timing =
        isTrial ? SensorTiming(every: every) : try SensorTiming(sensor.settings, every: every)
    case .edges(let requests, let every):
      source = .lines(requests, open: nil)
      if let every {
        timing =
          isTrial ? SensorTiming(every: every) : try SensorTiming(sensor.settings, every: every)
      }
    case .input(let request): source = .input(request, open: nil)
    }
    schedule = SensorSchedule(timing, from: start, seed: Self.seed(name, start))
  }

  /// Another for each sensor and each start, so that no two jitter alike.
  private static func seed(_ name: String, _ start: EventStamper.Now) -> UInt64 {
    name.utf8.reduce(UInt64(bitPattern: start.wall.nanoseconds)) { $0 &* 31 &+ UInt64($1) }
  }

  /// Lines are opened at once, whenever their first tick is: no edge before that may be lost.
  var isToBeOpened: Bool {
    if case .lines(_, nil) = source { schedule.failures == 0 } else { false }
  }

  var isInput: Bool { if case .input = source { true } else { false } }

  /// What to wait on for it now. An input with a moment of its own (held back, or looked at from
  /// time to time) is left alone until then.
  var descriptors: [Int32] {
    switch source {
    case .ticks: []
    case .lines(_, let open): open.map { [$0.descriptor] } ?? []
    case .input(_, let open):
      if schedule.due == nil, !isAtEnd, let descriptor = open?.descriptor {
        [descriptor]
      } else {
        []
      }
    }
  }

  /// Gives lines or an input back to the kernel, to be opened again.
  mutating func close() {
    switch source {
    case .ticks: break
    case .lines(let requests, _): source = .lines(requests, open: nil)
    case .input(let request, _): source = .input(request, open: nil)
    }
  }
}
