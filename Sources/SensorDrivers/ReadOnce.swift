package import TelemetryModel

/// What one sensor said when it was asked once.
package struct SensorTrial {
  package let sensor: String
  /// As in `driver = bme280`.
  package let driver: String
  package var events: [SensorEvent] = []
  package var refusals: [Outcome.Refusal] = []
  /// Why it could not be read; nil when it could.
  package var failure: String?
}

/// Reads sensors once each, for `test --once`: a chip is measured, lines give their levels, an
/// input gives what is there.
package struct ReadOnce {
  private let hardware: any Hardware
  private let clock: any TimeSource
  private let waiter: any Waiter
  private var stamper: EventStamper

  /// How long an input that can be waited on may be silent before it counts as read.
  package static let silenceMax = Duration.seconds(1)
  /// How often a conversion may be asked for again: the slowest chips need a few.
  package static let askAgainMax = 100

  package init(on hardware: any Hardware, clock: any TimeSource, waiter: any Waiter) {
    self.hardware = hardware
    self.clock = clock
    self.waiter = waiter
    stamper = EventStamper(clock: clock, firstSequence: 1)
  }

  package mutating func read(_ sensor: ConfiguredSensor) -> SensorTrial {
    var trial = SensorTrial(sensor: sensor.name, driver: sensor.driver)
    do throws(Settings.Invalid) {
      var driver = try sensor.makeDriver(on: hardware)
      trial.failure = read(&driver, into: &trial)
    } catch {
      trial.failure = "\(error.option) \(error.complaint)"
    }
    return trial
  }

  private mutating func read(
    _ driver: inout any SensorDriver, into trial: inout SensorTrial
  ) -> String? {
    do throws(HardwareError) {
      switch driver.trigger {
      case .every:
        return ask(&driver, .tick, into: &trial)
      case .edges(let requests):
        let lines = try hardware.openLines(requests)
        return ask(&driver, .opened(levels: try lines.levels()), into: &trial)
      case .input(let request):
        let input = try hardware.openInput(request)
        return try drain(input, by: &driver, into: &trial)
      }
    } catch {
      return error.reason
    }
  }

  /// Asks, and asks again as often as the driver wishes.
  private mutating func ask(
    _ driver: inout any SensorDriver, _ cause: Cause, into trial: inout SensorTrial
  ) -> String? {
    var cause = cause
    for _ in 0..<Self.askAgainMax {
      let now = stamper.now()
      do throws(DriverError) {
        let outcome = try driver.read(cause)
        trial.refusals += outcome.refusals
        let usable = outcome.readings.filter(\.value.isFinite)
        trial.events += stamper.stamp(
          usable, sensor: trial.sensor, quantities: driver.quantities, at: now)
        guard usable.count == outcome.readings.count else { return "gave no finite number" }
        guard let wait = outcome.askAgain else { return nil }
        rest(for: max(wait, SensorSchedule.askAgainMin))
        cause = .again
      } catch {
        return driver.subject.map { "\($0): \(error.reason)" } ?? error.reason
      }
    }
    return "is still not ready after \(Self.askAgainMax) waits"
  }

  private func rest(for wait: Duration) {
    let end = clock.bootTime() + wait
    while clock.bootTime() < end { waiter.wait(until: end) }
  }

  private mutating func drain(
    _ input: any OpenInput, by driver: inout any SensorDriver, into trial: inout SensorTrial
  ) throws(HardwareError) -> String? {
    while true {
      let cause: Cause
      switch try input.take(upTo: SensorRounds.takeMax) {
      case .bytes(let bytes): cause = .bytes(bytes[...], isEnd: false, isWhole: false)
      case .datagram(let bytes): cause = .bytes(bytes[...], isEnd: false, isWhole: true)
      case .end: return ask(&driver, .bytes([], isEnd: true, isWhole: false), into: &trial)
      case .nothing:
        guard let descriptor = input.descriptor,
          !waiter.wait(on: [descriptor], until: clock.bootTime() + Self.silenceMax).isEmpty
        else { return ask(&driver, .bytes([], isEnd: true, isWhole: false), into: &trial) }
        continue
      }
      if let failure = ask(&driver, cause, into: &trial) { return failure }
    }
  }
}
