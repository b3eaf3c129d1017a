package import SensorDrivers
import Synchronization

/// A machine of scripted lines and inputs and of files in memory. It has no I2C bus.
package final class FakeHardware: Hardware, Sendable {
  private struct State {
    var lines: [Result<FakeLines, HardwareError>] = []
    var inputs: [Result<FakeInput, HardwareError>] = []
    var files: [String: String] = [:]
    var disks: [String: DiskSpace] = [:]
  }
  private let state = Mutex(State())

  package init(files: [String: String] = [:], disks: [String: DiskSpace] = [:]) {
    state.withLock {
      $0.files = files
      $0.disks = disks
    }
  }

  /// What the next calls of `openLines` give, in order.
  package func script(lines: [Result<FakeLines, HardwareError>]) {
    state.withLock { $0.lines += lines }
  }
  package func script(inputs: [Result<FakeInput, HardwareError>]) {
    state.withLock { $0.inputs += inputs }
  }
  package func write(_ text: String?, to path: String) { state.withLock { $0.files[path] = text } }
  /// True when every scripted opening was asked for.
  package var isDone: Bool { state.withLock { $0.lines.isEmpty && $0.inputs.isEmpty } }

  package func i2cAdapters() -> [I2CAdapter] { [] }
  package func namedLines() -> [GPIOLine] { [] }
  package func i2cBus(_ bus: String) -> any I2CBus { NoBus() }

  package func openLines(_ lines: [LineRequest]) throws(HardwareError) -> any OpenLines {
    let next = state.withLock { $0.lines.isEmpty ? nil : $0.lines.removeFirst() }
    guard let next else { throw HardwareError(.other, "the script has no more lines") }
    return try next.get()
  }

  package func openSignal(_ line: LineRequest) throws(HardwareError) -> any SignalLine {
    throw HardwareError(.absent, "there is no GPIO chip")
  }

  package func openInput(_ input: InputRequest) throws(HardwareError) -> any OpenInput {
    let next = state.withLock { $0.inputs.isEmpty ? nil : $0.inputs.removeFirst() }
    guard let next else { throw HardwareError(.other, "the script has no more inputs") }
    return try next.get()
  }

  package func readText(_ path: String) throws(HardwareError) -> String {
    guard let text = state.withLock({ $0.files[path] }) else {
      throw HardwareError(.absent, "open \(path): No such file or directory")
    }
    return text
  }

  package func beginRead(_ path: String, lane: String) -> any PendingText {
    let text: Result<String, HardwareError>
    do throws(HardwareError) {
      text = .success(try readText(path))
    } catch {
      text = .failure(error)
    }
    return ScriptedText(.init(text))
  }

  package func list(_ path: String) throws(HardwareError) -> [String] {
    let prefix = path + "/"
    let names = state.withLock { state in
      Set(
        state.files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
          $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
        })
    }
    guard !names.isEmpty else {
      throw HardwareError(.absent, "open \(path): No such file or directory")
    }
    return names.sorted()
  }

  package func load(_ name: String) throws(HardwareError) -> String? { nil }
  package func save(_ name: String, _ text: String) throws(HardwareError) {}

  package func diskSpace(_ path: String) throws(HardwareError) -> DiskSpace {
    guard let space = state.withLock({ $0.disks[path] }) else {
      throw HardwareError(.absent, "statvfs \(path): No such file or directory")
    }
    return space
  }

  private final class NoBus: I2CBus {
    func transfer(
      to address: UInt8, write: [UInt8], readCount: Int
    ) throws(HardwareError) -> [UInt8] {
      throw HardwareError(.absent, "there is no I2C bus")
    }
  }
}

/// Open lines that give what a test queued.
package final class FakeLines: OpenLines, Sendable {
  private struct State {
    var levels: Result<[Bool], HardwareError>
    var edges: [Result<[LineEdge], HardwareError>] = []
  }
  private let state: Mutex<State>
  package let descriptor: Int32

  package init(_ descriptor: Int32, levels: Result<[Bool], HardwareError>) {
    self.descriptor = descriptor
    state = Mutex(State(levels: levels))
  }

  /// What the next calls of `takeEdges` give, in order; then nothing.
  package func queue(_ edges: [Result<[LineEdge], HardwareError>]) {
    state.withLock { $0.edges += edges }
  }
  package var isDone: Bool { state.withLock { $0.edges.isEmpty } }

  package func levels() throws(HardwareError) -> [Bool] { try state.withLock { $0.levels }.get() }
  package func takeEdges() throws(HardwareError) -> [LineEdge] {
    let next = state.withLock { $0.edges.isEmpty ? nil : $0.edges.removeFirst() }
    return try next?.get() ?? []
  }
}

/// An open input that gives what a test queued, then nothing.
package final class FakeInput: OpenInput, Sendable {
  private struct State {
    var chunks: [Result<InputChunk, HardwareError>]
    var takes = 0
  }
  private let state: Mutex<State>
  package let descriptor: Int32?
  package let canWait: Bool

  package init(
    descriptor: Int32?, canWait: Bool = true, _ chunks: [Result<InputChunk, HardwareError>] = []
  ) {
    self.descriptor = descriptor
    self.canWait = canWait
    state = Mutex(State(chunks: chunks))
  }

  package func queue(_ chunk: InputChunk) { state.withLock { $0.chunks.append(.success(chunk)) } }
  package var isDone: Bool { state.withLock { $0.chunks.isEmpty } }
  /// How often it was asked for bytes.
  package var takes: Int { state.withLock { $0.takes } }

  package func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    let next = state.withLock { state in
      state.takes += 1
      return state.chunks.isEmpty ? nil : state.chunks.removeFirst()
    }
    return try next?.get() ?? .nothing
  }
}
