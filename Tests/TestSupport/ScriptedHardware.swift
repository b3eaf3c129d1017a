package import SensorDrivers

/// A machine made of what a test puts into it. What is not there is absent, as on a real one.
package final class ScriptedHardware: Hardware {
  /// By the name that the ini gives them.
  package var buses: [String: any I2CBus] = [:]
  /// What the next requests for lines give, in order; the last one stays.
  package var lines: [Result<ScriptedLines, HardwareError>] = []
  /// Lines that were asked for, oldest first.
  package private(set) var requestedLines: [[LineRequest]] = []
  /// By path.
  package var inputs: [String: ScriptedInput] = [:]
  /// The text of files by path; folders follow from the paths.
  package var files: [String: String] = [:]
  package var disks: [String: DiskSpace] = [:]

  package init() {}

  package convenience init(bus: String, _ script: any I2CBus) {
    self.init()
    buses[bus] = script
  }

  /// What the kernel calls a bus, by the bus; `bus 1` without.
  package var adapterNames: [String: String] = [:]
  private var muxed: [String: MuxedI2CBus] = [:]

  /// One for each bus; a name stands for a number.
  package func i2cAdapters() -> [I2CAdapter] {
    buses.keys.filter { !$0.contains("/") }.sorted().map {
      I2CAdapter(bus: $0, name: adapterNames[$0] ?? "bus \($0)")
    }
  }

  package func namedLines() -> [GPIOLine] { [] }

  /// A bus as it was put in; with its hubs, once a channel of one was asked for.
  package func i2cBus(_ bus: String) -> any I2CBus {
    if let whole = buses[bus] { return HubAwareBus(whole, muxed: { self.muxed[bus] }) }
    guard let path = try? I2CBusPath(bus), let wire = buses[path.root] else {
      return AbsentBus(name: bus)
    }
    let known = muxed[path.root] ?? MuxedI2CBus(wire, named: path.root)
    muxed[path.root] = known
    return known.bus(behind: path.channels)
  }

  package func openLines(_ request: [LineRequest]) throws(HardwareError) -> any OpenLines {
    requestedLines.append(request)
    guard let next = lines.first else { throw HardwareError(.absent, "no such line") }
    if lines.count > 1 { lines.removeFirst() }
    return try next.get()
  }

  /// What the next requests for a signal line give, in order; the last one stays.
  package var signals: [Result<ScriptedSignal, HardwareError>] = []
  /// Signal lines that were asked for, oldest first.
  package private(set) var requestedSignals: [LineRequest] = []

  package func openSignal(_ line: LineRequest) throws(HardwareError) -> any SignalLine {
    requestedSignals.append(line)
    guard let next = signals.first else { throw HardwareError(.absent, "no such line") }
    if signals.count > 1 { signals.removeFirst() }
    return try next.get()
  }

  package func openInput(_ input: InputRequest) throws(HardwareError) -> any OpenInput {
    guard let found = inputs[input.path] else { throw absent(input.path) }
    return found
  }

  package func readText(_ path: String) throws(HardwareError) -> String {
    guard let text = files[path] else { throw absent(path) }
    return text
  }

  /// What the next background reads of a path give, in order; without any, what `files` has.
  package var answers: [String: [ScriptedText.Answer]] = [:]
  /// Background reads that were begun, oldest first.
  package private(set) var begun: [(path: String, lane: String)] = []
  private var underWay: [String: ScriptedText] = [:]

  package func beginRead(_ path: String, lane: String) -> any PendingText {
    if let same = underWay[path], !same.isFinished { return same }
    begun.append((path, lane))
    let text: ScriptedText
    if let next = answers[path]?.first {
      answers[path]?.removeFirst()
      text = ScriptedText(next)
    } else {
      text = ScriptedText(.init(files[path].map { .success($0) } ?? .failure(absent(path))))
    }
    underWay[path] = text
    return text
  }

  package func list(_ path: String) throws(HardwareError) -> [String] {
    let folder = path.hasSuffix("/") ? path : path + "/"
    let inside = files.keys.filter { $0.hasPrefix(folder) }
    guard !inside.isEmpty else { throw absent(path) }
    let names = inside.compactMap { $0.dropFirst(folder.count).split(separator: "/").first }
    return Set(names.map(String.init)).sorted()
  }

  /// What drivers saved, by name.
  package var kept: [String: String] = [:]

  package func load(_ name: String) throws(HardwareError) -> String? { kept[name] }
  /// Why nothing can be saved; nil while it can.
  package var saveFault: HardwareError?
  package private(set) var saves = 0

  package func save(_ name: String, _ text: String) throws(HardwareError) {
    if let saveFault { throw saveFault }
    saves += 1
    kept[name] = text
  }

  package func diskSpace(_ path: String) throws(HardwareError) -> DiskSpace {
    guard let space = disks[path] else { throw absent(path) }
    return space
  }

  private func absent(_ path: String) -> HardwareError {
    HardwareError(.absent, "\(path): no such file or directory")
  }
}

/// Goes past the hubs from the moment on that any are known, as the machine's buses do.
private final class HubAwareBus: I2CBus {
  private let wire: any I2CBus
  private let muxed: () -> MuxedI2CBus?

  init(_ wire: any I2CBus, muxed: @escaping () -> MuxedI2CBus?) {
    self.wire = wire
    self.muxed = muxed
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    let bus = muxed()?.bus(behind: []) ?? wire
    return try bus.transfer(to: address, write: write, readCount: readCount)
  }
}

private final class AbsentBus: I2CBus {
  private let name: String
  init(name: String) { self.name = name }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    throw HardwareError(.absent, "there is no I2C bus \(name)")
  }
}

/// A background read that answers after as many looks as a test wishes.
package final class ScriptedText: PendingText {
  package struct Answer {
    package var text: Result<String, HardwareError>
    /// Looks that find the read in its lane's queue.
    package var queued: Int
    /// Looks after that which find the kernel still at it; `.max` for a file that is stuck.
    package var running: Int

    package init(_ text: Result<String, HardwareError>, queued: Int = 0, running: Int = 0) {
      self.text = text
      self.queued = queued
      self.running = running
    }
    package static func text(_ text: String, running: Int = 0) -> Answer {
      Answer(.success(text), running: running)
    }
    package static let stuck = Answer(.success(""), running: .max)
  }

  private var answer: Answer

  package init(_ answer: Answer) { self.answer = answer }

  package var isFinished: Bool { answer.queued == 0 && answer.running == 0 }
  package var hasBegun: Bool { answer.queued == 0 }

  package func take() throws(HardwareError) -> String? {
    if answer.queued > 0 {
      answer.queued -= 1
      return nil
    }
    if answer.running > 0 {
      if answer.running < .max { answer.running -= 1 }
      return nil
    }
    return try answer.text.get()
  }
}

/// Lines whose levels and edges a test sets as it goes.
package final class ScriptedLines: OpenLines {
  package var descriptor: Int32
  package var now: [Bool]
  /// Each take gives one of these; then none.
  package var edges: [Result<[LineEdge], HardwareError>] = []

  package init(_ levels: [Bool], descriptor: Int32 = 0) {
    now = levels
    self.descriptor = descriptor
  }

  package func levels() throws(HardwareError) -> [Bool] { now }

  package func takeEdges() throws(HardwareError) -> [LineEdge] {
    edges.isEmpty ? [] : try edges.removeFirst().get()
  }
}

/// A signal line that remembers what it was told, and lets a chip answer as a test says.
package final class ScriptedSignal: SignalLine {
  package enum Call: Sendable, Equatable {
    case drive(Bool)
    case listen
  }

  package private(set) var calls: [Call] = []
  /// Each take gives one of these; then none.
  package var edges: [Result<[LineEdge], HardwareError>] = []
  /// The next call of any kind fails with this.
  package var fault: HardwareError?

  package init(_ edges: [[LineEdge]] = []) { self.edges = edges.map { .success($0) } }

  package func drive(_ level: Bool) throws(HardwareError) { try note(.drive(level)) }
  package func listen() throws(HardwareError) { try note(.listen) }

  package func takeEdges() throws(HardwareError) -> [LineEdge] {
    edges.isEmpty ? [] : try edges.removeFirst().get()
  }

  private func note(_ call: Call) throws(HardwareError) {
    calls.append(call)
    guard let fault else { return }
    self.fault = nil
    throw fault
  }
}

/// Bytes that come piece by piece, as a test gives them.
package final class ScriptedInput: OpenInput {
  package var descriptor: Int32?
  package var canWait: Bool
  /// Each take gives one, cut to what was asked for; then nothing.
  package var chunks: [InputChunk]

  package init(_ chunks: [InputChunk] = [], descriptor: Int32? = nil, canWait: Bool = true) {
    self.chunks = chunks
    self.descriptor = descriptor
    self.canWait = canWait
  }

  package func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    guard !chunks.isEmpty else { return .nothing }
    let next = chunks.removeFirst()
    guard case .bytes(let bytes) = next, bytes.count > count else { return next }
    chunks.insert(.bytes(Array(bytes[count...])), at: 0)
    return .bytes(Array(bytes[..<count]))
  }
}
