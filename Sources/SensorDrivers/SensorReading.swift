import TelemetryModel

/// How each kind of source is read, and what its failures come to.
extension SensorRounds {
  // MARK: Ticks

  mutating func readTicking(_ index: Int) {
    let cause = sensors[index].schedule.isAgain ? Cause.again : .tick
    guard let outcome = read(index, cause) else { return }
    if let wait = outcome.askAgain {
      sensors[index].schedule.askedAgain(after: wait, at: stamper.now().boot)
    }
  }

  // MARK: Lines

  mutating func readLines(_ index: Int) {
    guard case .lines(let requests, let open) = sensors[index].source else { return }
    // Now first: an edge that comes while the queue is emptied is no edge before now.
    let now = stamper.now().boot
    let planned = sensors[index].schedule
    let isDue = planned.isDue(at: now)
    do throws(HardwareError) {
      guard let open else {
        let lines = try hardware.openLines(requests)
        let levels = try lines.levels()
        sensors[index].source = .lines(requests, open: lines)
        readOpenLines(index, .opened(levels: levels), keeping: isDue ? nil : planned)
        return
      }
      let isTick = isDue && !planned.isAgain
      let edges = try open.takeEdges()
      guard isDue || !edges.isEmpty else { return }
      // A full take may have left some behind.
      let isWhole = edges.count < LineEdge.takeMax
      let until = isWhole ? now : edges.last?.time ?? now
      let cause = Cause.edges(edges, until: until)
      let isRead = readOpenLines(index, cause, keeping: planned.isAgain ? nil : planned)
      if isRead && isTick { readOpenLines(index, .tick) }
    } catch {
      fail(index, error.reason)
    }
  }

  /// - Parameter planned: what an edge does not put off: the next tick.
  /// - Returns: false when it failed.
  @discardableResult
  private mutating func readOpenLines(
    _ index: Int, _ cause: Cause, keeping planned: SensorSchedule? = nil
  ) -> Bool {
    guard let outcome = read(index, cause) else { return false }
    if let wait = outcome.askAgain {
      sensors[index].schedule.askedAgain(after: wait, at: stamper.now().boot)
    } else if let planned {
      sensors[index].schedule.keepPlan(of: planned)
    }
    return true
  }

  // MARK: Inputs

  mutating func readInput(_ index: Int, isReady: Bool) {
    guard case .input(let request, let opened) = sensors[index].source else { return }
    release(index, evenWithoutRoom: false)
    let now = stamper.now().boot
    if sensors[index].held != nil {
      sensors[index].schedule.next(at: now + Self.roomInterval)
      return
    }
    if sensors[index].isAtEnd {
      end(index)
      return
    }
    do throws(HardwareError) {
      let input = if let opened { opened } else { try hardware.openInput(request) }
      sensors[index].source = .input(request, open: input)
      if input.canWait, outlets.room == 0 {
        sensors[index].schedule.next(at: now + Self.roomInterval)
        return
      }
      let chunk = try input.take(upTo: Self.takeMax)
      recover(index)
      sensors[index].schedule.recovered()
      sensors[index].schedule.next(at: next(after: chunk, of: input, isReady: isReady, at: now))
      handle(index, chunk)
    } catch {
      fail(index, error.reason)
    }
  }

  /// When to look at the input again; nil: when its descriptor calls.
  private func next(
    after chunk: InputChunk, of input: any OpenInput, isReady: Bool, at now: BootTime
  ) -> BootTime? {
    switch chunk {
    case .bytes, .datagram: input.descriptor == nil ? now : nil
    case .end: now
    case .nothing:
      // A descriptor that calls without having anything would call again at once: let it be a
      // while.
      input.descriptor == nil || isReady ? now + Self.pollInterval : nil
    }
  }

  private mutating func handle(_ index: Int, _ chunk: InputChunk) {
    switch chunk {
    case .bytes(let bytes): feed(index, .bytes(bytes[...], isEnd: false, isWhole: false))
    case .datagram(let bytes): feed(index, .bytes(bytes[...], isEnd: false, isWhole: true))
    case .nothing: return
    case .end:
      sensors[index].isAtEnd = true
      feed(index, .bytes([], isEnd: true, isWhole: false))
    }
    release(index, evenWithoutRoom: !canWait(index))
    if sensors[index].held != nil {
      sensors[index].schedule.next(at: stamper.now().boot + Self.roomInterval)
    } else if sensors[index].isAtEnd {
      end(index)
    }
  }

  private func canWait(_ index: Int) -> Bool {
    if case .input(_, let open?) = sensors[index].source { open.canWait } else { false }
  }

  /// Lets the driver read bytes; what it gives is held until `release`.
  mutating func feed(_ index: Int, _ cause: Cause) {
    let now = stamper.now()
    do throws(DriverError) {
      let outcome = try sensors[index].driver.read(cause)
      count(outcome.refusals, of: index)
      let readings = condition(outcome.readings, of: index, at: now.boot).readings
      if !readings.isEmpty {
        sensors[index].held = RunningSensor.Held(readings: readings[...], now: now)
      }
    } catch {
      sensors[index].status.errors += 1
      sensors[index].status.lastError = error.reason
      outlets.report(.sensorFailed(sensor: sensors[index].name, reason: error.reason))
    }
  }

  /// Offers what is held, piece by piece while the sinks have room.
  mutating func release(_ index: Int, evenWithoutRoom: Bool) {
    while var held = sensors[index].held {
      let room = evenWithoutRoom ? .max : outlets.room
      guard room > 0 else { return }
      let piece = held.readings.prefix(min(Self.offerMax, room))
      held.readings = held.readings.dropFirst(piece.count)
      sensors[index].held = held.readings.isEmpty ? nil : held
      give(index, piece, at: held.now)
    }
  }

  private mutating func end(_ index: Int) {
    sensors[index].status.state = .ended
    sensors[index].close()
    sensors[index].schedule.next(at: nil)
    outlets.report(.inputEnded(sensor: sensors[index].name))
  }

  // MARK: All

  /// Reads a sensor and gives away what it said.
  /// - Returns: nil when it failed; then it is planned anew already.
  private mutating func read(_ index: Int, _ cause: Cause) -> Outcome? {
    let now = stamper.now()
    do throws(DriverError) {
      let outcome = try sensors[index].driver.read(cause)
      count(outcome.refusals, of: index)
      if outcome.missedEdges > 0 {
        outlets.report(.edgesMissed(sensor: sensors[index].name, count: outcome.missedEdges))
      }
      let conditioned = condition(outcome.readings, of: index, at: now.boot)
      give(index, conditioned.readings[...], at: now)
      if outcome.askAgain != nil && outcome.readings.isEmpty { return outcome }
      if let complaint = conditioned.complaint ?? outcome.complaint.map({ named($0, index) }) {
        report(index, failure: complaint)
        sensors[index].schedule.disappointed(at: stamper.now())
      } else {
        recover(index)
        if sensors[index].status.state != .stale { sensors[index].status.state = .ok }
        sensors[index].schedule.succeeded(at: stamper.now())
      }
      return outcome
    } catch {
      fail(index, named(error.reason, index))
      return nil
    }
  }

  /// Names the chip, where the driver has a name for it.
  private func named(_ reason: String, _ index: Int) -> String {
    sensors[index].driver.subject.map { "\($0): \(reason)" } ?? reason
  }

  private mutating func give(
    _ index: Int, _ readings: ArraySlice<Reading>, at now: EventStamper.Now
  ) {
    guard !readings.isEmpty else { return }
    let events = stamper.stamp(readings, at: now)
    sensors[index].status.readings += UInt64(events.count)
    sensors[index].status.lastEpoch = events.last?.time
    sensors[index].status.state = .ok
    offer(events)
    outlets.tap?(sensors[index].status, events)
  }

  /// What the ini makes of readings. That any came is the end of a silence, whatever is held back.
  private mutating func condition(
    _ readings: [Reading], of index: Int, at now: BootTime
  ) -> Conditioning.Result {
    guard !readings.isEmpty else { return Conditioning.Result() }
    if let silence = sensors[index].freshness.refreshed(at: now) {
      if sensors[index].status.state == .stale { sensors[index].status.state = .ok }
      outlets.report(.sensorFresh(sensor: sensors[index].name, silence: silence))
    }
    return sensors[index].conditioning.take(readings, at: now)
  }

  /// Sends what windows hold that will not be filled: at the end, and before a gap.
  mutating func finishWindows(_ index: Int) {
    let now = stamper.now()
    give(index, sensors[index].conditioning.finish(at: now.boot)[...], at: now)
  }

  mutating func lookForSilence(_ index: Int, at now: BootTime) {
    guard sensors[index].status.state != .ended,
      let limit = sensors[index].freshness.look(at: now)
    else { return }
    if sensors[index].status.state != .failing { sensors[index].status.state = .stale }
    outlets.report(.sensorStale(sensor: sensors[index].name, limit: limit))
    publish(index)
  }

  private mutating func count(_ refusals: [Outcome.Refusal], of index: Int) {
    for refusal in refusals {
      outlets.report(
        .lineRefused(sensor: sensors[index].name, line: refusal.line, reason: refusal.reason))
    }
    guard let last = refusals.last else { return }
    sensors[index].status.errors += UInt64(refusals.count)
    sensors[index].status.lastError = "line \(last.line): \(last.reason)"
  }

  /// The sensor cannot be read: it is closed, and tried again after a pause.
  private mutating func fail(_ index: Int, _ reason: String) {
    finishWindows(index)
    report(index, failure: reason)
    sensors[index].close()
    sensors[index].schedule.failed(at: stamper.now().boot)
  }

  /// Only the first failure in a row is news; `status` counts them all.
  private mutating func report(_ index: Int, failure reason: String) {
    sensors[index].status.errors += 1
    sensors[index].status.lastError = reason
    sensors[index].status.state = .failing
    guard sensors[index].schedule.failures == 0 else { return }
    outlets.report(.sensorFailed(sensor: sensors[index].name, reason: reason))
  }

  /// Call before the schedule is told.
  private mutating func recover(_ index: Int) {
    let failures = sensors[index].schedule.failures
    guard failures > 0 else { return }
    sensors[index].status.state = sensors[index].status.readings == 0 ? .waiting : .ok
    outlets.report(.sensorRecovered(sensor: sensors[index].name, failures: failures))
  }
}
