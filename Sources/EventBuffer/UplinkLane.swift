package import TelemetryModel

/// One uplink's lane: it asks the plan what to do, and does it, on a thread of its own.
package final class UplinkLane {
  private let buffer: EventBuffer
  private var uplink: any Uplink
  private let waiter: any Waiter
  private let time: any TimeSource
  private let rejected: RejectedFile
  private let report: Report
  /// A random number in 0...1, for the backoff.
  private let fraction: () -> Double
  private var backoff = Backoff()
  private var groups: SpoolGroups
  /// The spool's oldest events, while some of them wait for a verdict.
  private var group: SpooledGroup?

  package init(
    buffer: EventBuffer, uplink: any Uplink, waiter: any Waiter, rejected: RejectedFile,
    fileSystem: any FileSystem, crc32: @escaping CRC32, fraction: @escaping () -> Double
  ) {
    self.buffer = buffer
    self.uplink = uplink
    self.waiter = waiter
    self.rejected = rejected
    self.fraction = fraction
    time = buffer.time
    report = buffer.report
    groups = SpoolGroups(on: fileSystem, crc32: crc32)
  }

  /// Until a stop has been carried out.
  package func run() {
    while round() {}
  }

  /// One decision, carried out. False when the lane is finished.
  package func round() -> Bool {
    let view = buffer.view(now: time.bootTime(), notBefore: uplink.notBefore)
    switch buffer.settings.plan.next(view) {
    case .sendSpooled: sendSpooled()
    case .sendBuffered: sendBuffered()
    case .spill: buffer.spill(upTo: uplink.limits.events, now: view.now)
    case .sync: buffer.sync()
    case .sleep(let moment):
      buffer.setWaiting(true)
      waiter.wait(until: moment)
      buffer.setWaiting(false)
    case .finish:
      buffer.close()
      return false
    }
    return true
  }

  private func sendBuffered() {
    let batch = buffer.takeBuffered(upTo: uplink.limits.events)
    let (outcome, verdicts) = send(batch)
    buffer.settleBuffered(outcome, verdicts, now: time.bootTime())
  }

  private func sendSpooled() {
    guard var group = group ?? readGroup() else { return }
    let batch = Batch(
      origin: group.origin, destination: group.destination, events: group.events)
    guard !batch.events.isEmpty else {
      self.group = nil
      finish(group, nothing: batch)
      return
    }
    let (outcome, verdicts) = send(batch)
    var kept: [SensorEvent] = []
    for (event, verdict) in zip(batch.events, verdicts) {
      if case .retry = verdict { kept.append(event) } else { group.done.append(event.sequence) }
    }
    group.events = kept
    if kept.isEmpty { group.done = group.doneBehind }
    self.group = kept.isEmpty ? nil : group
    buffer.settleSpooled(
      outcome, in: group.segment, through: group.end, done: group.done,
      isFinished: kept.isEmpty, now: time.bootTime())
  }

  /// A group of which all was finished before.
  private func finish(_ group: SpooledGroup, nothing batch: Batch) {
    let outcome = EventBuffer.Outcome(DeliveryReport(for: batch) { _ in .accepted })
    buffer.settleSpooled(
      outcome, in: group.segment, through: group.end, done: group.doneBehind, isFinished: true,
      now: time.bootTime())
  }

  private func readGroup() -> SpooledGroup? {
    guard let place = buffer.spoolPlace() else { return nil }
    do throws(FileError) {
      let group = try groups.next(
        at: place, limit: uplink.limits.events, fallback: buffer.origin
      ) { buffer.markDamaged(place.segment, reason: $0) }
      if group == nil { buffer.exhaust(place) }
      return group
    } catch {
      groups.restart()
      if error.kind == .missing {
        buffer.exhaust(place)
      } else {
        buffer.spoolUnreadable(error.reason, now: time.bootTime())
      }
      return nil
    }
  }

  /// Sends, judges, sets aside what was rejected, and reports what changed.
  private func send(_ batch: Batch) -> (EventBuffer.Outcome, [Verdict]) {
    let delivery = uplink.send(batch)
    var outcome = EventBuffer.Outcome(delivery)
    for notice in delivery.notices {
      report(.uplinkNotice(uplink: buffer.uplink, text: notice))
    }
    if outcome.rejected > 0 { setAside(batch, delivery.verdicts) }
    let failuresBefore = backoff.failures
    if outcome.retried == 0 {
      backoff.succeeded()
    } else {
      let wait = backoff.failed(
        delivery.pace, retryAfter: delivery.retryAfter, madeProgress: outcome.madeProgress,
        fraction: fraction())
      outcome.blockedUntil = time.bootTime() + wait
    }
    tellChange(outcome, failuresBefore: failuresBefore)
    return (outcome, delivery.verdicts)
  }

  private var isToldFailing = false

  /// One line when the uplink begins to fail, one when it delivers again.
  private func tellChange(_ outcome: EventBuffer.Outcome, failuresBefore: Int) {
    let isFailing = outcome.retried > 0 && !outcome.madeProgress
    if isFailing && !isToldFailing {
      report(
        .uplinkFailed(
          uplink: buffer.uplink, reason: outcome.reason ?? "no reason given",
          pace: outcome.pace))
    } else if !isFailing && isToldFailing {
      report(.uplinkRecovered(uplink: buffer.uplink, failures: failuresBefore))
    }
    isToldFailing = isFailing
  }

  private func setAside(_ batch: Batch, _ verdicts: [Verdict]) {
    var count = 0
    var first: String?
    for (event, verdict) in zip(batch.events, verdicts) {
      guard case .rejected(let reason) = verdict else { continue }
      rejected.add(event, from: batch.origin, reason: reason, at: time.wallTime())
      count += 1
      first = first ?? "\(event.key): \(reason)"
    }
    report(.eventsRejected(uplink: buffer.uplink, count: count, reason: first ?? ""))
  }
}
