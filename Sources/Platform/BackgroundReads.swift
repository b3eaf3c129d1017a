import SensorDrivers
import Synchronization

/// Reads files that the kernel is slow to answer on threads of its own: a conversion of a DS18B20
/// takes 750 ms, and one thread reads all sensors.
///
/// A thread begins with the first read that finds none free, takes one read after the other, never
/// two of one lane at a time, and ends when there is none left. One that the kernel never answers
/// keeps its thread, so there is a limit.
final class BackgroundReads: Sendable {
  /// Threads at work: boards have one or two 1-Wire buses and few slow chips.
  static let threadsMax = 4
  /// Bytes of stack: reading a file needs a few kilobytes.
  static let stackSize = 256 << 10

  private struct State {
    /// Not begun, oldest first.
    var queue: [BackgroundRead] = []
    /// Queued or begun, by path.
    var underWay: [String: BackgroundRead] = [:]
    var busyLanes: Set<String> = []
    /// Threads that have not said that they end.
    var working = 0
    /// Threads not joined, by number.
    var threads: [Int: AgentThread] = [:]
    /// Numbers of those among them that end.
    var ended: Set<Int> = []
    var nextNumber = 0

    /// The oldest whose lane is free.
    mutating func next() -> BackgroundRead? {
      guard let place = queue.firstIndex(where: { !busyLanes.contains($0.lane) }) else {
        return nil
      }
      let read = queue.remove(at: place)
      busyLanes.insert(read.lane)
      return read
    }

    /// Those that end, to be joined.
    mutating func takeEnded() -> [AgentThread] {
      let known = ended.filter { threads[$0] != nil }
      ended.subtract(known)
      return known.compactMap { threads.removeValue(forKey: $0) }
    }
  }

  private let state = Mutex(State())
  private let readText: @Sendable (String) throws(HardwareError) -> String

  /// - Parameter readText: reads a file, and may block.
  init(
    readText: @escaping @Sendable (String) throws(HardwareError) -> String = {
      path throws(HardwareError) in try LinuxFiles.readText(path)
    }
  ) {
    self.readText = readText
  }

  func begin(_ path: String, lane: String) -> any PendingText {
    let (read, number, ended) = state.withLock { state in
      let ended = state.takeEnded()
      if let same = state.underWay[path] { return (same, Int?.none, ended) }
      let new = BackgroundRead(path, lane: lane)
      state.underWay[path] = new
      state.queue.append(new)
      guard state.working < Self.threadsMax, !state.busyLanes.contains(lane) else {
        return (new, nil, ended)
      }
      state.working += 1
      state.nextNumber += 1
      return (new, state.nextNumber, ended)
    }
    for thread in ended { thread.join() }
    if let number { start(number, for: read) }
    return read
  }

  private func start(_ number: Int, for read: BackgroundRead) {
    do throws(AgentThread.Failed) {
      let thread = try AgentThread("background read", stackSize: Self.stackSize) {
        self.work(number)
      }
      state.withLock { $0.threads[number] = thread }
    } catch {
      // Another thread may have taken it meanwhile; then all is well.
      let isStranded = state.withLock { state in
        state.working -= 1
        guard let place = state.queue.firstIndex(where: { $0 === read }) else { return false }
        state.queue.remove(at: place)
        state.underWay[read.path] = nil
        return true
      }
      if isStranded { read.finish(.failure(HardwareError(.other, error.reason))) }
    }
  }

  private func work(_ number: Int) {
    while let read = next(for: number) {
      read.begin()
      let result: Result<String, HardwareError>
      do throws(HardwareError) {
        result = .success(try readText(read.path))
      } catch {
        result = .failure(error)
      }
      state.withLock { state in
        state.busyLanes.remove(read.lane)
        state.underWay[read.path] = nil
      }
      read.finish(result)
    }
  }

  /// nil: the thread ends.
  private func next(for number: Int) -> BackgroundRead? {
    state.withLock { state in
      if let read = state.next() { return read }
      state.working -= 1
      state.ended.insert(number)
      return nil
    }
  }
}

/// One file on its way.
private final class BackgroundRead: PendingText, Sendable {
  private enum Stage {
    case queued, begun
    case finished(Result<String, HardwareError>)
  }

  let path: String
  let lane: String
  private let stage = Mutex(Stage.queued)

  init(_ path: String, lane: String) {
    self.path = path
    self.lane = lane
  }

  func begin() { stage.withLock { $0 = .begun } }
  func finish(_ result: Result<String, HardwareError>) {
    stage.withLock { $0 = .finished(result) }
  }

  var hasBegun: Bool {
    stage.withLock { if case .queued = $0 { false } else { true } }
  }

  func take() throws(HardwareError) -> String? {
    let stage = stage.withLock { $0 }
    guard case .finished(let result) = stage else { return nil }
    return try result.get()
  }
}
