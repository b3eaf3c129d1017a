import TelemetryModel

/// What one lane knows of the clock: whether its events wait for it, and which epochs they get.
struct LaneClock {
  /// What is to be told, once each time.
  enum Change: Equatable {
    /// Events begin to wait for a clock that says this.
    case held(Timestamp, isServiceAtWork: Bool)
    /// They wait no longer; how far the clock was set meanwhile.
    case released(ClockGate.Standing, by: Duration)
  }

  private var gate: ClockGate
  private var boots: EarlierBoots
  private let origin: Origin
  private let time: any TimeSource
  private let folder: String
  private let fileSystem: any FileSystem
  /// The wall clock's lead when events began to wait.
  private var heldAt: Duration?
  /// Events of this run may be in the spool that were measured before the clock was set.
  private var hasSeenUnset = false
  private var notesOffsetFrom = BootTime.distantPast

  /// A disk that refused the offset is not asked again for so long.
  private static let noteInterval = Duration.seconds(60)

  /// - Parameter folder: the spool's.
  init(
    origin: Origin, wait: Duration, time: any TimeSource, folder: String,
    on fileSystem: any FileSystem, crc32: @escaping CRC32
  ) {
    gate = ClockGate(start: time.bootTime(), wait: wait)
    boots = EarlierBoots(folder: folder, on: fileSystem, crc32: crc32)
    self.origin = origin
    self.time = time
    self.folder = folder
    self.fileSystem = fileSystem
  }

  /// When to look again, while events wait; nil when they may be sent.
  mutating func look(now: BootTime) -> (heldUntil: BootTime?, change: Change?) {
    let decision = gate.decide(by: time, at: now)
    hasSeenUnset = hasSeenUnset || gate.standing != .synchronised
    switch decision {
    case .held(let end):
      let next = now + ClockGate.askInterval
      let heldUntil = end.map { min($0, next) } ?? next
      guard heldAt == nil else { return (heldUntil, nil) }
      heldAt = gate.offset
      let wall = Timestamp(nanoseconds: now.nanoseconds) + gate.offset
      return (heldUntil, .held(wall, isServiceAtWork: end != nil))
    case .open:
      guard let before = heldAt else { return (nil, nil) }
      heldAt = nil
      return (nil, .released(gate.standing, by: gate.offset - before))
    }
  }

  mutating func sent(_ outcome: EventBuffer.Outcome, now: BootTime) {
    guard outcome.wasSent else { return }
    if outcome.retried == 0 || outcome.madeProgress {
      gate.sendingSucceeded()
    } else {
      gate.sendingFailed(outcome.pace, at: now)
    }
  }

  /// The batch as it is to be sent: each event with its epoch, or marked.
  mutating func repaired(_ batch: Batch) -> Batch {
    guard batch.events.contains(where: { !$0.isClockSynchronised }) else { return batch }
    gate.refresh(by: time)
    let repair = EpochRepair(origin: origin, standing: gate.standing, offset: gate.offset)
    let boot: EarlierBoot =
      repair.isOfThisBoot(batch.origin) ? .unknown : boots.clock(of: batch.origin)
    var batch = batch
    batch.events = batch.events.map { repair.repaired($0, of: batch.origin, boot: boot) }
    return batch
  }

  /// The agent's own events, made now: marked where the clock may be wrong.
  func marked(_ batch: Batch) -> Batch {
    guard gate.standing == .awaited else { return batch }
    var batch = batch
    for index in batch.events.indices { batch.events[index].isClockSynchronised = false }
    return batch
  }

  /// Once in a run: how far the clock was set, for the events in the spool that were measured
  /// before, should the power go now.
  mutating func keepOffset(inSpool: Int, now: BootTime) {
    guard hasSeenUnset, inSpool > 0, gate.standing == .synchronised, notesOffsetFrom <= now
    else { return }
    notesOffsetFrom = now + Self.noteInterval
    var known = KnownOffsets(in: folder, on: fileSystem)
    do throws(FileError) {
      if known.note(gate.offset, of: origin.kernelBoot) {
        try known.save(in: folder, on: fileSystem)
      }
      hasSeenUnset = false
    } catch {}
  }
}

extension LaneClock.Change {
  /// - Parameter waiting: events in memory and in the spool.
  func notice(waiting: Int) -> String {
    switch self {
    case .held(let wall, let isServiceAtWork):
      "events wait for the clock to be set: "
        + (isServiceAtWork ? "the time service has not set it yet" : "no time service has set it")
        + ", and it says \(wall.day)"
    case .released(.synchronised, let step), .released(.trusted, let step),
      .released(.implausible, let step):
      "the clock is set, by \(Int64(step.seconds.rounded())) s: \(waiting) events waited for it"
    case .released(.awaited, _):
      "no time service has set the clock in time: \(waiting) events that waited for it are sent "
        + "with the mark that it was not set"
    }
  }
}
