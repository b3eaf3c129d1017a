import Configuration
import EventBuffer
import Platform
import SensorDrivers
import TelemetryModel
import Uplinks

/// The running agent: what main holds together. It builds the parts, then waits for signals,
/// clients and the lanes' end; readings flow between the other threads without it.
final class Agent {
  /// A stop was asked for by a person or systemd, or the inputs have ended.
  private enum Phase: Equatable {
    case running
    /// No more is read; lanes flush until the deadline, then spill.
    case stopping(until: BootTime)
    /// The inputs have ended; lanes deliver all, as long as their uplinks take.
    case draining
  }

  /// After the deadline a lane may still need this long to spill and sync before it is left alone.
  private static let spillTimeMax = Duration.seconds(20)

  private let configuration: Configuration
  private let log: DiagnosticLog
  private let clock = SystemClock()
  private let signals: SignalWatch
  private let waiter: Poller
  private let notifier: ServiceNotifier
  private let origin: Origin
  private let startedAt: BootTime
  /// How far the wall clock was ahead of the boot's when the agent began.
  private let startOffset: Duration
  private let serviceTime = ServiceTime()
  private var lanes: [AgentLane] = []
  private var loop: SensorLoop?
  private var sensorThread: AgentThread?
  private var diskLoop: DiskLoop?
  private var diskThread: AgentThread?
  private let inputsEnded = Flag()
  private var stateLock: StateLock?
  private var control: ControlSocket?
  private var phase = Phase.running
  private var watchdog: Watchdog

  /// Opens everything that `READY` promises: the spools, the control socket, the threads.
  init(_ configuration: Configuration, log: DiagnosticLog) throws(AgentFailure) {
    self.configuration = configuration
    self.log = log
    do {
      signals = try SignalWatch()
      waiter = try Poller()
    } catch { throw AgentFailure(ExitStatus.software, "\(error)") }
    notifier = ServiceNotifier(environment: Machine.environment)
    let reading = ClockReading(of: clock)
    startedAt = reading.boot
    startOffset = reading.offset
    origin = Origin(
      device: configuration.device, kernelBoot: KernelBoot.id() ?? Origin.unknownKernelBoot,
      start: startedAt)
    watchdog = Watchdog(interval: notifier.watchdogInterval, start: startedAt)
    try claimStateDirectory()
    try listen()
    try start()
  }

  // MARK: Building

  /// Makes the state directory ours, before anything else in it is touched. What a person has to
  /// change ends the agent; a disk that refuses does not, for it may come back.
  private func claimStateDirectory() throws(AgentFailure) {
    let state = configuration.stateDirectory
    var problem: String?
    do throws(FileError) { try DiskFileSystem().makeFolder(state) } catch {
      problem = "the state directory cannot be used, so nothing can be spooled: \(error.reason)"
    }
    do throws(StateLock.Failed) { stateLock = try StateLock(stateDirectory: state) } catch {
      let sentence = error.sentence(state)
      if case .held = error { throw AgentFailure(ExitStatus.unavailable, sentence) }
      problem = problem ?? sentence + "; a second agent in it would not be noticed"
    }
    let folders =
      [state, "\(state)/spool"] + configuration.uplinks.map { "\(state)/spool/\($0.name)" }
    if let obstacle = StateOwnership.obstacle(among: folders) {
      throw AgentFailure(ExitStatus.notPermitted, obstacle.sentence)
    }
    if let problem { log.warn(problem) }
  }

  private func listen() throws(AgentFailure) {
    let path = configuration.controlSocket
    // Where it cannot be made, the socket's own error says enough.
    try? DiskFileSystem().makeFolder(DiskFileSystem.parent(of: path))
    do throws(ControlSocket.Failed) { control = try ControlSocket(path: path) } catch {
      if error.isInUse {
        throw AgentFailure(
          ExitStatus.unavailable,
          "another telemetryd, with another state directory, answers at \(path): give this one a "
            + "control_socket of its own")
      }
      log.warn("no control socket, so `status` will not work: \(error.reason)")
    }
  }

  private func start() throws(AgentFailure) {
    var firstSequence: UInt64 = 1
    var prepared: [AgentLane.Prepared] = []
    let sensorWaiter: Poller
    let diskWaiter: Poller
    do throws(Poller.Failed) {
      sensorWaiter = try Poller()
      diskWaiter = try Poller()
    } catch {
      throw AgentFailure(ExitStatus.software, error.reason)
    }
    for section in configuration.uplinks {
      let lane = try AgentLane.Prepared(section, configuration, origin, log: log)
      firstSequence = max(firstSequence, lane.highestSequence + 1)
      prepared.append(lane)
    }
    for lane in prepared {
      lanes.append(
        try AgentLane(
          lane, mainWaiter: waiter, diskWaiter: diskWaiter, serviceTime: serviceTime,
          roomSignal: { sensorWaiter.wake() }, log: log))
    }
    let disk = DiskLoop(lanes.map(\.buffer), waiter: diskWaiter, time: clock)
    do throws(AgentThread.Failed) {
      diskThread = try AgentThread("disk") { disk.run() }
    } catch { throw AgentFailure(ExitStatus.software, error.reason) }
    diskLoop = disk
    let flag = inputsEnded
    let main = waiter
    let sensors = SensorLoop(
      configuration.sensors.compactMap { section in
        DriverCatalog.driver(section.driver).map { ConfiguredSensor($0, section.settings) }
      },
      on: LinuxHardware(stateDirectory: configuration.stateDirectory),
      clock: clock, waiter: sensorWaiter, sinks: lanes.map(\.buffer),
      firstSequence: firstSequence, report: log.report,
      onAllInputsEnded: {
        flag.raise()
        main.wake()
      })
    do throws(AgentThread.Failed) {
      sensorThread = try AgentThread("sensors") { sensors.run() }
    } catch { throw AgentFailure(ExitStatus.software, error.reason) }
    loop = sensors
  }

  // MARK: Running

  /// Until all lanes have finished after a stop.
  func run() {
    notifier.ready()
    log.info(
      "\(Version.userAgent): \(configuration.sensors.count) sensors, "
        + "\(configuration.uplinks.count) uplinks, spool in \(configuration.stateDirectory)/spool")
    while !isFinished {
      let descriptors = [signals.descriptor] + (control.map { [$0.descriptor] } ?? [])
      let ready = waiter.wait(on: descriptors, until: nextLook)
      while let signal = signals.next() { handle(signal) }
      if let control, ready.contains(control.descriptor) { control.serve(answer) }
      if inputsEnded.isRaised && phase == .running { drain() }
      if case .stopping(let deadline) = phase, deadline <= clock.bootTime() { lanes.abort() }
      feedWatchdog()
    }
    loop?.stop()
    sensorThread?.join()
    lanes.joinFinished()
    diskLoop?.stop()
    diskThread?.join()
    control = nil
    log.tellRest()
    log.info("stopped; " + lanes.map(\.summary).joined(separator: "; "))
  }

  private var isFinished: Bool {
    if lanes.allSatisfy(\.isFinished) && phase != .running { return true }
    if case .stopping(let deadline) = phase {
      return deadline + Self.spillTimeMax <= clock.bootTime()
    }
    return false
  }

  private var nextLook: BootTime? {
    var moments = [watchdog.nextLook].compactMap { $0 }
    if case .stopping(let deadline) = phase {
      moments.append(
        deadline <= clock.bootTime() ? clock.bootTime() + .milliseconds(100) : deadline)
    }
    return moments.min()
  }

  private func handle(_ signal: SignalWatch.Signal) {
    switch (signal, phase) {
    case (.reload, _):
      log.warn("SIGHUP: this version reads its ini at start only; restart it instead")
    case (.stop, .running), (.stop, .draining):
      stop(at: clock.bootTime() + configuration.grace)
    case (.stop, .stopping):
      log.info("stopping at once")
      stop(at: clock.bootTime())
    }
  }

  private func stop(at deadline: BootTime) {
    notifier.stopping()
    phase = .stopping(until: deadline)
    loop?.stop()
    sensorThread?.join()
    for lane in lanes { lane.buffer.stop(.by(deadline)) }
  }

  private func drain() {
    log.info("all inputs have ended: delivering what is left")
    phase = .draining
    for lane in lanes { lane.buffer.stop(.drain(grace: configuration.grace)) }
  }

  private func feedWatchdog() {
    var parts = lanes.map { lane in
      let status = lane.buffer.status()
      return Watchdog.Part(
        progress: status.rounds, isWaiting: status.isWaiting || lane.isFinished)
    }
    // After its end there is only the wait for the lanes.
    parts.append(Watchdog.Part(progress: loop?.progress ?? 0, isWaiting: phase != .running))
    if watchdog.mayFeed(now: clock.bootTime(), parts: parts) { notifier.watchdog() }
  }

  // MARK: Answering

  private func answer(_ request: String) -> [UInt8] {
    guard request == "status" else {
      return Array(#"{"error":"this version answers only: status"}"#.utf8) + [0x0A]
    }
    let now = clock.bootTime()
    let uplinks = lanes.map { StatusReport.Uplink($0.name, $0.kind, $0.buffer.status()) }
    return StatusReport(
      device: origin.device, boot: origin.boot, uptime: now - startedAt,
      clock: StatusReport.Clock(
        isSynchronised: clock.isSynchronised(),
        offset: (serviceTime.offset ?? ClockReading(of: clock).offset) - startOffset,
        isHeld: uplinks.contains { $0.lane.isHeld }),
      now: now,
      sensors: loop?.status() ?? [],
      uplinks: uplinks
    ).json
  }
}

/// Why the agent cannot run.
struct AgentFailure: Error {
  let exit: ExitStatus.Code
  let sentence: String

  init(_ exit: ExitStatus.Code, _ sentence: String) {
    self.exit = exit
    self.sentence = sentence
  }
}
