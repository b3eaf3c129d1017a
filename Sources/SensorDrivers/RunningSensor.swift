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
  let quantities: [Quantity]
  var driver: any SensorDriver
  var source: Source
  var schedule: SensorSchedule
  var status: SensorStatus
  var held: Held?
  /// The input gave its end; `status` says so once nothing is held.
  var isAtEnd = false

  init(_ sensor: ConfiguredSensor, driver: any SensorDriver, start: BootTime) {
    name = sensor.name
    quantities = driver.quantities
    self.driver = driver
    status = SensorStatus(name: sensor.name, driver: sensor.driver)
    switch driver.trigger {
    case .every(let every):
      source = .ticks
      schedule = SensorSchedule(every: every, from: start)
    case .edges(let requests):
      source = .lines(requests, open: nil)
      schedule = SensorSchedule(every: nil, from: start)
    case .input(let request):
      source = .input(request, open: nil)
      schedule = SensorSchedule(every: nil, from: start)
    }
  }

  var isInput: Bool { if case .input = source { true } else { false } }

  /// What to wait on for it now. An input with a moment of its own (held back, or looked at from
  /// time to time) is left alone until then.
  var descriptors: [Int32] {
    switch source {
    case .ticks: []
    case .lines(_, let open): open?.descriptors ?? []
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
