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
  /// Reads the backlog from its begin.
  private var oldest: SpoolGroups
  /// Reads what is measured now, where it goes through the spool and before the backlog.
  private var newest: SpoolGroups
  /// The spool's oldest events, while some of them wait for a verdict.
  private var group: SpooledGroup?
  /// The last sending was of what is measured now.
  private var hasSentLive = false
  private var clock: LaneClock

  /// - Parameter serviceTime: shared by all lanes.
  package init(
    buffer: EventBuffer, uplink: any Uplink, waiter: any Waiter, rejected: RejectedFile,
    serviceTime: ServiceTime = ServiceTime(), fileSystem: any FileSystem,
    crc32: @escaping CRC32, fraction: @escaping () -> Double
  ) {
    self.buffer = buffer
    self.uplink = uplink
    self.waiter = waiter
    self.rejected = rejected
    self.fraction = fraction
    time = buffer.time
    report = buffer.report
    oldest = SpoolGroups(on: fileSystem, crc32: crc32)
    newest = SpoolGroups(on: fileSystem, crc32: crc32)
    clock = LaneClock(
      origin: buffer.origin, wait: buffer.settings.clockWait, time: buffer.time,
      service: serviceTime, folder: buffer.folder, on: fileSystem, crc32: crc32)
  }

  /// Until a stop has been carried out.
  package func run() {
    while round() {}
  }

  /// One decision, carried out. False when the lane is finished.
  package func round() -> Bool {
    let now = time.bootTime()
    let (heldUntil, change) = clock.look(now: now)
    let view = buffer.view(
      now: now, notBefore: uplink.notBefore, heldUntil: heldUntil, hasSentLive: hasSentLive)
    tell(change)
    clock.keepOffset(inSpool: view.inSpool, now: now)
    switch buffer.settings.plan.next(view) {
    case .sendSpooled(let end): sendSpooled(end)
    case .sendBuffered(let end): sendBuffered(end)
    case .sendGaps: sendGaps()
    case .spill: buffer.spill(upTo: uplink.limits.events, now: view.now)
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

  private func tell(_ change: LaneClock.Change?) {
    guard let change else { return }
    let notice = change.notice(waiting: buffer.pendingCount)
    report(.uplinkNotice(uplink: buffer.uplink, text: notice))
  }

  private func sendBuffered(_ end: SpillStore.End) {
    hasSentLive = true
    let batch = buffer.takeBuffered(end, upTo: uplink.limits.events)
    let (outcome, verdicts) = send(batch)
    buffer.settleBuffered(outcome, verdicts, now: time.bootTime())
  }

  private func sendSpooled(_ end: SpillStore.End) {
    hasSentLive = end == .newest
    guard var group = topped() ?? readGroup(at: end) else { return }
    var outcome = EventBuffer.Outcome()
    if !group.events.isEmpty {
      let batch = Batch(
        origin: group.origin, destination: group.destination, events: group.events)
      let verdicts: [Verdict]
      (outcome, verdicts) = send(batch)
      group.settle(verdicts)
    }
    self.group = group.events.isEmpty ? nil : group
    buffer.settleSpooled(
      outcome, in: group.segment, through: group.finished ?? 0, done: group.done,
      isFinished: group.finished != nil, now: time.bootTime())
  }

  /// The group in hand, with the events that follow it in place of those that are finished: what
  /// waits in it for its key does not hold up the others.
  private func topped() -> SpooledGroup? {
    guard var group else { return nil }
    let room = min(
      uplink.limits.events - group.events.count, SpooledGroup.doneMax - group.done.count)
    guard room > 0, let end = buffer.spoolEnd(of: group.segment) else { return group }
    do throws(FileError) {
      let segment = group.segment
      let more = try oldest.more(after: group, before: end, limit: room) {
        buffer.markDamaged(segment, reason: $0)
      }
      group.add(more)
    } catch {
      // What is in hand goes first; the disk is asked again behind it.
      oldest.restart()
    }
    return group
  }

  private func readGroup(at end: SpillStore.End) -> SpooledGroup? {
    guard let place = buffer.spoolPlace(at: end) else { return nil }
    do throws(FileError) {
      let group =
        switch end {
        case .oldest: try next(&oldest, at: place)
        case .newest: try next(&newest, at: place)
        }
      if group == nil { buffer.exhaust(place, now: time.bootTime()) }
      return group
    } catch {
      oldest.restart()
      newest.restart()
      if error.kind == .missing {
        buffer.exhaust(place, now: time.bootTime())
      } else {
        buffer.spoolUnreadable(error.reason, now: time.bootTime())
      }
      return nil
    }
  }

  private func next(
    _ groups: inout SpoolGroups, at place: SpillStore.Place
  ) throws(FileError) -> SpooledGroup? {
    try groups.next(at: place, limit: uplink.limits.events, fallback: buffer.origin) {
      buffer.markDamaged(place.segment, reason: $0)
    }
  }

  /// Tells the receiver what will never arrive. What it refuses of that is not told again.
  private func sendGaps() {
    guard let batch = buffer.takeGaps(now: time.bootTime(), wall: clock.wallTime()) else { return }
    let delivery = uplink.send(clock.marked(batch))
    let outcome = outcome(of: delivery, for: batch)
    let isTold = delivery.verdicts.map { !$0.isKept }
    buffer.settleGaps(outcome, isTold: isTold, now: time.bootTime())
  }

  /// Sends what is not too old, judges, sets aside what was rejected, and reports what changed.
  /// What is kept is kept as it was measured: at the next try more may be known of the clock.
  private func send(_ measured: Batch) -> (EventBuffer.Outcome, [Verdict]) {
    let batch = clock.repaired(measured)
    let isExpired = expired(batch)
    guard let isExpired else {
      let delivery = uplink.send(batch)
      let outcome = outcome(of: delivery, for: batch)
      if outcome.rejected != nil { setAside(batch, delivery.verdicts) }
      return (outcome, delivery.verdicts)
    }
    var rest = batch
    rest.events = zip(batch.events, isExpired).filter { !$0.1 }.map(\.0)
    var (outcome, sent) = rest.events.isEmpty ? (.init(), []) : send(rest)
    for (event, isExpired) in zip(batch.events, isExpired) where isExpired {
      EventBuffer.Outcome.count(event, of: batch.origin, in: &outcome.expired)
    }
    // An event that was given up has its verdict too: it is not kept.
    sent.reverse()
    let verdicts = isExpired.map { $0 ? .accepted : sent.removeLast() }
    return (outcome, verdicts)
  }

  /// Which events are older than the uplink wants; nil when none is.
  private func expired(_ batch: Batch) -> [Bool]? {
    guard let limit = buffer.settings.maxAge else { return nil }
    let oldest = clock.wallTime() + (.zero - limit)
    let isExpired = batch.events.map { $0.isClockSynchronised && $0.time < oldest }
    return isExpired.contains(true) ? isExpired : nil
  }

  private func outcome(of delivery: DeliveryReport, for batch: Batch) -> EventBuffer.Outcome {
    var outcome = EventBuffer.Outcome(delivery, of: batch)
    for notice in delivery.notices {
      report(.uplinkNotice(uplink: buffer.uplink, text: notice))
    }
    tell(delivery.clockOffset.flatMap { clock.learn($0) })
    let failuresBefore = backoff.failures
    if outcome.retried > 0 {
      let wait = backoff.failed(
        delivery.pace, retryAfter: delivery.retryAfter, madeProgress: outcome.madeProgress,
        fraction: fraction())
      outcome.blockedUntil = time.bootTime() + wait
    } else {
      if outcome.madeProgress || outcome.deferred == 0 { backoff.succeeded() }
      outcome.blockedUntil = delivery.retryAfter.map { time.bootTime() + $0 }
    }
    clock.sent(outcome, now: time.bootTime())
    tellChange(outcome, failuresBefore: failuresBefore)
    return outcome
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
      rejected.add(event, from: batch.origin, reason: reason, at: clock.wallTime())
      count += 1
      first = first ?? "\(event.key): \(reason)"
    }
    report(.eventsRejected(uplink: buffer.uplink, count: count, reason: first ?? ""))
  }
}
