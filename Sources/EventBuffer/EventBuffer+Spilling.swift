import TelemetryModel

/// Inside the lock: what moves events between memory and spool, and what gives them up.
extension EventBuffer {
  /// The first of `events` that make one batch on disk.
  static func spillPart(of events: ArraySlice<SensorEvent>) -> ArraySlice<SensorEvent> {
    var footprint = 0
    let fitting = events.prefix { event in
      footprint += event.footprint
      return footprint <= spillFootprintMax
    }
    return events.prefix(max(fitting.count, 1))
  }

  /// Appends to the spool; false when it is full, or the disk refused, which is then left alone for
  /// a while.
  /// - Parameter mayMakeRoom: on a full disk older events are given up for these, which have
  ///   nowhere else to go.
  func append(
    _ events: [SensorEvent], mayMakeRoom: Bool = false, _ state: inout State, _ now: BootTime,
    _ effects: inout Effects
  ) -> Bool {
    while true {
      do throws(FileError) {
        let wasEmpty = state.store.pending == 0
        let appended = try state.store.append(events, to: state.destination)
        return stored(appended, wasEmpty: wasEmpty, &state, now, &effects)
      } catch {
        // A full disk is a limit too, and the same events give way to it.
        if mayMakeRoom, error.kind == .full, case .made(let loss) = state.store.makeRoom() {
          if let loss { drop(loss, .spoolFull, &state, now, &effects) }
          continue
        }
        diskFailed(error, &state, now, &effects)
        return false
      }
    }
  }

  private func stored(
    _ appended: SpillStore.Appended, wasEmpty: Bool, _ state: inout State, _ now: BootTime,
    _ effects: inout Effects
  ) -> Bool {
    guard case .stored(let dropped) = appended else { return false }
    for loss in dropped { drop(loss, .spoolFull, &state, now, &effects) }
    if wasEmpty { state.spoolWaitsSince = now }
    if state.unsyncedSince == nil {
      state.unsyncedSince = now
      effects.wakesDisk = true
    }
    wantLedger(wasEmpty ? settings.syncInterval : Self.ledgerInterval, &state, now, &effects)
    state.isDiskFull = false
    if state.diskBlockedUntil != nil {
      state.diskBlockedUntil = nil
      effects.diagnostics.append(.spoolRecovered(uplink: uplink))
    }
    return true
  }

  /// Into memory; what does not fit there goes to the disk, oldest first, and is given up only when
  /// the disk refuses too.
  func enqueue(
    _ events: [SensorEvent], _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    var rest = events[...]
    while !rest.isEmpty {
      let part = rest.prefix(max(settings.capacity / 2, 1))
      while state.queue.room < part.count, state.mayTakeRoom(now),
        spillOldest(upTo: settings.batch, mayMakeRoom: true, &state, now, &effects)
      {}
      if state.queue.room < part.count, state.mayTakeRoom(now), !state.queue.isEmpty,
        state.queue.spillable(upTo: 1).isEmpty
      {
        // All of memory is on its way: what comes meanwhile is younger.
        let past = Array(Self.spillPart(of: rest.prefix(settings.batch)))
        if append(past, mayMakeRoom: true, &state, now, &effects) {
          state.queue.becomeLead()
          rest = rest.dropFirst(past.count)
          continue
        }
      }
      rest = rest.dropFirst(part.count)
      overflow(state.queue.append(Array(part)), &state, now, &effects)
    }
  }

  /// Events that memory could not hold, because the disk would not or, to keep what it has, may not
  /// take them.
  func overflow(
    _ events: [SensorEvent], _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    guard let loss = Loss(events, of: origin) else { return }
    drop(loss, state.store.isFull ? .spoolFull : .bufferFull, &state, now, &effects)
  }

  /// Moves the oldest events that may move to the spool's end; false when none did.
  func spillOldest(
    upTo limit: Int, mayMakeRoom: Bool = false, _ state: inout State, _ now: BootTime,
    _ effects: inout Effects
  ) -> Bool {
    let events = Array(Self.spillPart(of: state.queue.spillable(upTo: limit)))
    guard !events.isEmpty,
      append(events, mayMakeRoom: mayMakeRoom, &state, now, &effects)
    else { return false }
    state.queue.removeSpilled(events.count)
    return true
  }

  /// Puts memory's lead before the spool's events, which are younger.
  func spillLead(_ state: inout State, _ now: BootTime, _ effects: inout Effects) {
    let events = state.queue.take(upTo: .max)
    _ = state.queue.settle { _ in true }
    do throws(FileError) {
      let wasEmpty = state.store.pending == 0
      let appended = try state.store.prepend(events, to: state.destination)
      if stored(appended, wasEmpty: wasEmpty, &state, now, &effects) { state.queue.removeLead() }
    } catch {
      diskFailed(error, &state, now, &effects)
    }
  }

  private func diskFailed(
    _ error: FileError, _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    if state.diskBlockedUntil == nil {
      effects.diagnostics.append(.spoolFailed(uplink: uplink, reason: error.reason))
    }
    state.diskBlockedUntil = now + Self.diskRetry
    state.isDiskFull = error.kind == .full
  }

  /// Counts what is given up; the receiver will be told.
  func drop(
    _ loss: Loss, _ cause: DropCause, _ state: inout State, _ now: BootTime,
    _ effects: inout Effects
  ) {
    guard loss.count > 0 else { return }
    state.status.ledger.drop(loss.count, cause)
    state.gaps.add(loss, cause: cause.rawValue)
    wantLedger(Self.ledgerInterval, &state, now, &effects)
    effects.diagnostics.append(
      .eventsDropped(uplink: uplink, count: loss.count, cause: cause))
  }
}
