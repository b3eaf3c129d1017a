package import TelemetryModel

/// Sends a file's events through an uplink, in order, at least once: what the service does not say
/// it has is sent again, at the same pace as the agent's own, until all is settled or a person
/// stops it. After each group `FILE.sent` says how far it came.
///
/// What the service will never take goes to `FILE.rejected.jsonl`, and what cannot be read as an
/// event is told with its line.
package struct FileReplay {
  package enum News: Sendable, Equatable {
    case refused(ForeignFile.Refusal)
    case rejected(key: String, reason: String)
    case notice(String)
    /// Nothing goes through any more; told once.
    case failing(String)
    case recovered(failures: Int)
    /// The file's bytes that are settled.
    case settled(Int)
  }

  package static let rejectedSuffix = ".rejected.jsonl"

  package struct Options: Sendable {
    package var path: String
    /// The events' place where the file names none, or is not to be heeded.
    package var destination: Destination
    package var heedsDestinations: Bool
    package var takesUnproven: Bool
    /// Reads all and sends nothing.
    package var isDryRun: Bool

    package init(
      path: String, destination: Destination, heedsDestinations: Bool = true,
      takesUnproven: Bool = false, isDryRun: Bool = false
    ) {
      self.path = path
      self.destination = destination
      self.heedsDestinations = heedsDestinations
      self.takesUnproven = takesUnproven
      self.isDryRun = isDryRun
    }
  }

  /// What a run came to.
  package struct Counts: Sendable, Equatable {
    package var accepted = 0
    package var rejected = 0
    /// Not readable as events.
    package var refused = 0
    /// Read, in a dry run.
    package var readable = 0
  }

  /// An event with the place to go on from when it and all before it are settled.
  private struct Pending {
    var event: SensorEvent
    var origin: Origin
    var destination: Destination
    var place: Place
  }

  private struct Place {
    var offset: Int
    var line: Int
    var skip: Int
    var refused: Int
    var counts: [String: UInt64]
  }

  private let options: Options
  private let fileSystem: any FileSystem
  private var file: ForeignFile
  private var identity: ForeignIdentity
  private var fingerprint = FileFingerprint()
  private var pending: [Pending] = []
  /// Behind all that was read.
  private var end: Place
  private var skip: Int
  private var hasEnded = false
  package private(set) var mark: SentMark
  package private(set) var counts = Counts()

  /// - Parameter mark: where to begin.
  package init(
    _ options: Options, from mark: SentMark, device: String, on fileSystem: any FileSystem,
    crc32: @escaping CRC32
  ) throws(FileError) {
    self.options = options
    self.mark = mark
    self.fileSystem = fileSystem
    file = try ForeignFile(
      options.path, from: mark.offset, line: mark.line, takesUnproven: options.takesUnproven,
      on: fileSystem, crc32: crc32)
    identity = ForeignIdentity(device: device, boot: mark.boot, counts: mark.counts)
    end = Place(
      offset: mark.offset, line: mark.line, skip: mark.skip, refused: mark.refused,
      counts: mark.counts)
    skip = mark.skip
    try fingerprint.extend(options.path, to: mark.offset, on: fileSystem)
  }

  /// The way out and what it needs.
  package struct Route {
    package var uplink: any Uplink
    package var time: any TimeSource
    package var waiter: any Waiter
    /// A random number in 0...1, for the backoff.
    package var fraction: () -> Double
    var backoff = Backoff()

    package init(
      uplink: any Uplink, time: any TimeSource, waiter: any Waiter, fraction: @escaping () -> Double
    ) {
      self.uplink = uplink
      self.time = time
      self.waiter = waiter
      self.fraction = fraction
    }
  }

  /// Sends until all is settled; false when it was stopped before.
  package mutating func run(
    on route: inout Route, isStopped: () -> Bool, tell: (News) -> Void
  ) throws(FileError) -> Bool {
    // Whether the mark can be kept shows before anything is sent.
    if !options.isDryRun { try save(durable: true) }
    while !isStopped() {
      try fill(upTo: route.uplink.limits.events, tell)
      let group = nextGroup(upTo: route.uplink.limits.events)
      if group.isEmpty {
        try settle(end, durable: true, tell)
        return true
      }
      if options.isDryRun {
        counts.readable += group.count
        try settle(group.last?.place ?? end, durable: false, tell)
        pending.removeFirst(group.count)
        continue
      }
      guard try send(group, on: &route, isStopped, tell) else { return false }
    }
    return false
  }

  // MARK: Reading

  private mutating func fill(upTo limit: Int, _ tell: (News) -> Void) throws(FileError) {
    while pending.count < limit, !hasEnded {
      guard let unit = try file.next() else {
        hasEnded = true
        return
      }
      for refusal in unit.refusals { tell(.refused(refusal)) }
      let refused = unit.refusals.reduce(0) { $0 + $1.count }
      counts.refused += refused
      let before = end
      for (index, foreign) in unit.events.enumerated() where index >= skip {
        guard let (event, origin) = identity.name(foreign) else {
          tell(.refused(.init(line: unit.line, reason: ForeignIdentity.tooManyDevices)))
          counts.refused += 1
          continue
        }
        let own = options.heedsDestinations ? foreign.destination : nil
        pending.append(
          Pending(
            event: event, origin: origin, destination: own ?? options.destination,
            place: Place(
              offset: unit.start, line: unit.line, skip: index + 1, refused: before.refused,
              counts: identity.counts)))
      }
      skip = 0
      end = Place(
        offset: unit.end, line: unit.line + unit.lines, skip: 0,
        refused: before.refused + refused, counts: identity.counts)
      if !unit.events.isEmpty, let last = pending.indices.last { pending[last].place = end }
    }
  }

  /// The first events that have one origin and one destination.
  private func nextGroup(upTo limit: Int) -> [Pending] {
    guard let first = pending.first else { return [] }
    return Array(
      pending.prefix(limit).prefix {
        $0.origin == first.origin && $0.destination == first.destination
      })
  }

  // MARK: Sending

  /// Sends one group until each of its events has its verdict; false when it was stopped before.
  private mutating func send(
    _ group: [Pending], on route: inout Route, _ isStopped: () -> Bool, _ tell: (News) -> Void
  ) throws(FileError) -> Bool {
    guard let first = group.first, let last = group.last else { return true }
    var batch = Batch(
      origin: first.origin, destination: first.destination, events: group.map(\.event))
    while !batch.events.isEmpty {
      if isStopped() { return false }
      if let moment = route.uplink.notBefore, moment > route.time.bootTime() {
        route.waiter.wait(until: moment)
        continue
      }
      let report = route.uplink.send(batch)
      for notice in report.notices { tell(.notice(notice)) }
      if let text = report.clockOffset.flatMap(LaneClock.Change.replayNotice) {
        tell(.notice(text))
      }
      let rejected = try keepRejected(batch, report.verdicts, at: route.time.wallTime(), tell)
      let before = batch.events.count
      var reason: String?
      batch.events = zip(batch.events, report.verdicts).compactMap { event, verdict in
        if case .retry(let why) = verdict { reason = reason ?? why }
        return verdict.isKept ? event : nil
      }
      let accepted = before - batch.events.count - rejected
      counts.accepted += accepted
      counts.rejected += rejected
      mark.accepted += accepted
      mark.rejected += rejected
      let failures = route.backoff.failures
      if batch.events.isEmpty {
        route.backoff.succeeded()
        if failures > 0 { tell(.recovered(failures: failures)) }
      } else if reason == nil {
        if !isStopped() {
          route.waiter.wait(until: route.time.bootTime() + (report.retryAfter ?? .zero))
        }
      } else {
        let wait = route.backoff.failed(
          report.pace, retryAfter: report.retryAfter, madeProgress: accepted + rejected > 0,
          fraction: route.fraction())
        if failures == 0 { tell(.failing(reason ?? "no reason given")) }
        if !isStopped() { route.waiter.wait(until: route.time.bootTime() + wait) }
      }
    }
    pending.removeFirst(group.count)
    try settle(last.place, durable: false, tell)
    return true
  }

  /// Writes what was rejected beside the file, durably; gives how many.
  private func keepRejected(
    _ batch: Batch, _ verdicts: [Verdict], at time: Timestamp, _ tell: (News) -> Void
  ) throws(FileError) -> Int {
    var lines: [UInt8] = []
    var count = 0
    for (event, verdict) in zip(batch.events, verdicts) {
      guard case .rejected(let reason) = verdict else { continue }
      lines += RejectedFile.line(event, from: batch.origin, reason: reason, at: time)
      tell(.rejected(key: event.key, reason: reason))
      count += 1
    }
    guard count > 0 else { return 0 }
    let kept = try fileSystem.append(to: options.path + Self.rejectedSuffix)
    try kept.write(lines)
    try kept.sync()
    return count
  }

  // MARK: The mark

  private mutating func settle(
    _ place: Place, durable: Bool, _ tell: (News) -> Void
  ) throws(FileError) {
    tell(.settled(place.offset))
    guard !options.isDryRun else { return }
    mark.offset = place.offset
    mark.line = place.line
    mark.skip = place.skip
    mark.refused = place.refused
    mark.counts = place.counts
    try fingerprint.extend(options.path, to: place.offset, on: fileSystem)
    mark.fingerprint = fingerprint.text
    try save(durable: durable)
  }

  private func save(durable: Bool) throws(FileError) {
    try fileSystem.replace(
      options.path + SentMark.suffix, with: mark.bytes, durable: durable)
  }
}
