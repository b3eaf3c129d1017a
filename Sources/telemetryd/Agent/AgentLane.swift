import Configuration
import EventBuffer
import Platform
import TelemetryModel
import Uplinks

/// One uplink of the running agent: its buffer, its transport, and the thread of its lane.
final class AgentLane {
  let name: String
  let kind: String
  let buffer: EventBuffer
  private let transports: UplinkTransports
  private let thread: AgentThread
  private let finished: Flag

  /// A lane before its thread: the spool is opened, the settings are read.
  struct Prepared {
    let section: Configuration.UplinkSection
    let type: any ConfiguredUplink.Type
    let settings: Settings
    let transports: UplinkTransports
    let store: SpillStore
    let origin: Origin
    let destination: Destination
    let plan: FlushPlan
    let syncInterval: Duration
    let clockWait: Duration
    /// Outlives a kill; nil where the machine has no memory to share.
    let live: SharedRecord?
    /// Events that the uplink takes at once.
    let batch: Int

    var highestSequence: UInt64 { store.highestSequence }

    init(
      _ section: Configuration.UplinkSection, _ configuration: Configuration, _ origin: Origin,
      log: DiagnosticLog
    ) throws(AgentFailure) {
      guard let type = UplinkCatalog.all.first(where: { $0.kind == section.kind }) else {
        throw AgentFailure(ExitStatus.software, "no uplink of kind \(section.kind)")
      }
      self.section = section
      self.type = type
      self.origin = origin
      let state = configuration.stateDirectory
      var settings = section.settings
      if type.kind == InitialState.kind && !settings.isGiven("bucket_key") {
        let key = InventedBucketKey.load(
          state: state, uplink: section.name, device: origin.device, report: log.report)
        settings = settings.adding("bucket_key", key)
      }
      self.settings = settings
      transports = UplinkTransports(section.transportSettings)
      do throws(Settings.Invalid) {
        let uplink = try UplinkMaker.make(type, settings, over: transports)
        destination = uplink.destination
        batch = uplink.limits.events
      } catch {
        throw AgentFailure(
          ExitStatus.configuration, "uplink \(section.name): \(error.option) \(error.complaint)")
      }
      var store = SpillStore(
        folder: "\(state)/spool/\(section.name)",
        header: SpoolFormat.Header(
          uplink: section.name, kind: section.kind, origin: origin, destination: destination),
        limits: SpillStore.Limits(
          total: configuration.spool.limit, segment: configuration.spool.segment,
          whenFull: section.whenFull),
        on: DiskFileSystem(), crc32: Zlib.crc32)
      let findings = store.open()
      if store.pending > 0 {
        log.report(.spoolFound(uplink: section.name, events: store.pending))
      }
      for finding in findings { log.report(finding.diagnostic(uplink: section.name)) }
      self.store = store
      plan = FlushPlan(
        flushSize: section.flushSize, flushInterval: section.flushInterval,
        durability: section.durability, drain: section.drain)
      syncInterval = configuration.spool.sync
      clockWait = configuration.clockWait
      live = SharedRecord(
        controlSocket: configuration.controlSocket, stateDirectory: state, name: section.name)
    }
  }

  /// Starts the lane.
  /// - Parameters:
  ///   - mainWaiter: woken when the lane has finished.
  ///   - diskWaiter: woken when the disk's thread has something to do.
  ///   - serviceTime: shared by all lanes.
  ///   - roomSignal: called when a source that waited for room may go on.
  init(
    _ prepared: Prepared, mainWaiter: any Waiter, diskWaiter: any Waiter,
    serviceTime: ServiceTime, roomSignal: @escaping @Sendable () -> Void, log: DiagnosticLog
  ) throws(AgentFailure) {
    let section = prepared.section
    name = section.name
    kind = section.kind
    transports = prepared.transports
    let finished = Flag()
    self.finished = finished
    do {
      let waiter = try Poller()
      let buffer = EventBuffer(
        uplink: section.name,
        settings: EventBuffer.Settings(
          capacity: section.capacity, plan: prepared.plan, batch: prepared.batch,
          syncInterval: prepared.syncInterval, maxAge: section.maxAge,
          clockWait: prepared.clockWait),
        store: prepared.store, origin: prepared.origin, destination: prepared.destination,
        time: SystemClock(), signals: .init(lane: waiter, disk: diskWaiter, room: roomSignal),
        live: prepared.live, report: log.report)
      self.buffer = buffer
      let report = log.report
      thread = try AgentThread("lane-\(section.name)") {
        do throws(Settings.Invalid) {
          let configured = try UplinkMaker.make(
            prepared.type, prepared.settings, over: prepared.transports)
          let uplink: any Uplink =
            section.isOffline
            ? OfflineUplink(limits: configured.limits, destination: configured.destination)
            : configured
          let rejected = RejectedFile(
            folder: prepared.store.folder, uplink: section.name, on: DiskFileSystem(),
            report: report)
          UplinkLane(
            buffer: buffer, uplink: uplink, waiter: waiter, rejected: rejected,
            serviceTime: serviceTime, fileSystem: DiskFileSystem(), crc32: Zlib.crc32,
            fraction: { Double.random(in: 0...1) }
          ).run()
        } catch {
          // The same settings made this uplink a moment ago.
          report(.uplinkNotice(uplink: section.name, text: "\(error.option) \(error.complaint)"))
        }
        finished.raise()
        mainWaiter.wake()
      }
    } catch { throw AgentFailure(ExitStatus.software, "uplink \(section.name): \(error)") }
  }

  var isFinished: Bool { finished.isRaised }

  /// Ends the transfers under way, so that a stop is kept to its grace.
  func abort() { transports.abort() }

  func join() { thread.join() }

  /// The fate of the run's events, for the log's last line.
  var summary: String {
    let ledger = buffer.status().ledger
    let dropped = ledger.dropped.values.reduce(0, +)
    return "\(name): \(ledger.accepted) accepted, \(ledger.rejected) rejected, "
      + "\(dropped) dropped, \(ledger.inSpool) in the spool"
  }
}

extension [AgentLane] {
  func abort() {
    for lane in self { lane.abort() }
  }

  func joinFinished() {
    for lane in self where lane.isFinished { lane.join() }
  }
}
