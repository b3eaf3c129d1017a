import TelemetryModel

/// What one lane knows of the clock: whether its events wait for it, and which epochs they get.
struct LaneClock {
  /// What is to be told, once each time.
  enum Change: Equatable {
    /// Events begin to wait for a clock that says this.
    case held(Timestamp, isServiceAtWork: Bool)
    /// They wait no longer; how far the clock was set meanwhile.
    case released(ClockGate.Standing, by: Duration)
    /// A service told the time, and the clock is ahead of it by this.
    case corrected(Duration)
    /// A service refused the time of a clock that is kept by a time service.
    case serviceDiffers(Duration)
    /// What a service told is no longer used.
    case correctionEnded(ClockGate.Standing)
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
  private var notedOffset: Duration?

  /// A disk that refused the offset is not asked again for so long.
  private static let noteInterval = Duration.seconds(60)

  /// - Parameters:
  ///   - service: shared by all lanes.
  ///   - folder: the spool's.
  init(
    origin: Origin, wait: Duration, time: any TimeSource, service: ServiceTime, folder: String,
    on fileSystem: any FileSystem, crc32: @escaping CRC32
  ) {
    gate = ClockGate(start: time.bootTime(), wait: wait, service: service)
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
      let hasEnded = gate.takeEnd()
      guard let before = heldAt else {
        return (nil, hasEnded ? .correctionEnded(gate.standing) : nil)
      }
      heldAt = nil
      return (nil, .released(gate.standing, by: gate.offset - before))
    }
  }

  mutating func sent(_ outcome: EventBuffer.Outcome, now: BootTime) {
    // Events that are only put off say nothing of the network.
    guard outcome.wasSent, outcome.settled + outcome.retried > 0 else { return }
    if outcome.retried == 0 || outcome.madeProgress {
      gate.sendingSucceeded()
    } else {
      gate.sendingFailed(outcome.pace, at: now)
    }
  }

  /// A service answered that its clock is ahead of ours by this, below zero where it is behind.
  mutating func learn(_ clockOffset: Duration) -> Change? {
    let noted = KnownOffsets(in: folder, on: fileSystem).offset(of: origin.kernelBoot)
    let lesson = gate.learn(clockOffset, noted: noted, by: time)
    hasSeenUnset = hasSeenUnset || gate.standing != .synchronised
    switch lesson {
    case .corrected: return .corrected(.zero - clockOffset)
    case .serviceDiffers: return .serviceDiffers(clockOffset)
    case .known, .useless: return nil
    }
  }

  /// Takes what a run before noted of this boot, where no time service minds the clock.
  mutating func recall() {
    let known = KnownOffsets(in: folder, on: fileSystem)
    if let noted = known.offset(of: origin.kernelBoot) { gate.recall(noted, by: time) }
  }

  /// What the time is now, as far as it is known.
  func wallTime() -> Timestamp {
    guard gate.standing == .corrected else { return time.wallTime() }
    return Timestamp(nanoseconds: time.bootTime().nanoseconds) + gate.offset
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

  /// Once the clock was set, or a service told the time: how far it is off, for the events in the
  /// spool that were measured before, should the power go now.
  mutating func keepOffset(inSpool: Int, now: BootTime) {
    guard hasSeenUnset, inSpool > 0, notesOffsetFrom <= now else { return }
    let isFinal = gate.standing == .synchronised
    guard isFinal || gate.standing == .corrected && gate.offset != notedOffset else { return }
    notesOffsetFrom = now + Self.noteInterval
    var known = KnownOffsets(in: folder, on: fileSystem)
    do throws(FileError) {
      if known.note(gate.offset, of: origin.kernelBoot) {
        try known.save(in: folder, on: fileSystem)
      }
      notedOffset = gate.offset
      hasSeenUnset = !isFinal
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
    case .released(.corrected, _):
      "a service told the time: \(waiting) events that waited for the clock get it"
    case .corrected(let ahead):
      "the clock is \(Self.span(ahead, "ahead of", "behind")) the service's: events get the "
        + "service's time, to a second, until the clock is set"
    case .serviceDiffers(let ahead):
      "the service's clock is \(Self.span(ahead, "ahead of", "behind")) this one, which a time "
        + "service keeps: requests are signed by the service's, and events keep theirs"
    case .correctionEnded(.synchronised):
      "a time service has set the clock: events get its time again"
    case .correctionEnded:
      "the clock was set to the service's time: events get its time again"
    }
  }

  /// A file's events have their times already.
  /// - Parameter ahead: the service's clock less ours.
  static func replayNotice(_ ahead: Duration) -> String? {
    guard ClockGate.isWorthCorrecting(ahead) else { return nil }
    return "the service's clock is \(span(ahead, "ahead of", "behind")) this one: requests are "
      + "signed by the service's, and the file's times stay"
  }

  private static func span(_ lead: Duration, _ ahead: String, _ behind: String) -> String {
    let seconds = lead.seconds.rounded()
    return "\(Int64(abs(seconds))) s \(seconds < 0 ? behind : ahead)"
  }
}
