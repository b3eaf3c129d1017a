import Glibc
import SensorDrivers
import Synchronization
import Testing

@testable import Platform

@Suite struct BackgroundReadsTests {
  @Test func aFileIsReadAway() throws {
    let reads = BackgroundReads()
    #expect(try wait(for: reads.begin("/proc/uptime", lane: "a"))?.isEmpty == false)
  }

  @Test func linuxHardwareReadsAway() throws {
    let text = LinuxHardware().beginRead("/proc/sys/kernel/ostype", lane: "a")
    #expect(try wait(for: text) == "Linux\n")
  }

  @Test func anErrorComesToTheOneWhoTakes() {
    let text = BackgroundReads().begin("/proc/nothing", lane: "a")
    let error = #expect(throws: HardwareError.self) { _ = try wait(for: text) }
    #expect(error?.kind == .absent)
  }

  @Test func aFinishedReadKeepsItsText() throws {
    let text = BackgroundReads().begin("/proc/sys/kernel/ostype", lane: "a")
    #expect(try wait(for: text) == "Linux\n")
    #expect(try text.take() == "Linux\n")
    #expect(text.hasBegun)
  }

  @Test func aStuckFileIsNotReadTwiceAndHoldsUpOnlyItsLane() throws {
    let kernel = SlowKernel()
    let reads = BackgroundReads { path throws(HardwareError) in kernel.read(path) }
    let stuck = reads.begin("stuck", lane: "bus 1")
    let behind = reads.begin("behind", lane: "bus 1")
    #expect(reads.begin("stuck", lane: "bus 1") === stuck)
    #expect(try wait(for: reads.begin("quick", lane: "bus 2")) == "quick")
    #expect(try stuck.take() == nil)
    #expect(try behind.take() == nil)
    #expect(!behind.hasBegun)
    kernel.free()
    #expect(try wait(for: stuck) == "stuck")
    #expect(try wait(for: behind) == "behind")
    #expect(kernel.counts["stuck"] == 1)
  }

  @Test func aReadAfterTheLastOneIsANewOne() throws {
    let kernel = SlowKernel()
    let reads = BackgroundReads { path throws(HardwareError) in kernel.read(path) }
    for count in 1...50 {
      _ = try wait(for: reads.begin("quick", lane: "a"))
      #expect(kernel.counts["quick"] == count)
    }
  }

  @Test func aLaneDoesOneThingAtATime() throws {
    let kernel = SlowKernel()
    let reads = BackgroundReads { path throws(HardwareError) in kernel.read(path) }
    let texts = (0..<40).map { reads.begin("\($0)", lane: "lane \($0 % 2)") }
    for (place, text) in texts.enumerated() { #expect(try wait(for: text) == "\(place)") }
    #expect(kernel.mostAtOnce <= 2)
  }

  @Test func stuckFilesOccupyAtMostFourThreads() throws {
    let kernel = SlowKernel()
    let reads = BackgroundReads { path throws(HardwareError) in kernel.read(path) }
    let texts = (0..<6).map { reads.begin("stuck \($0)", lane: "lane \($0)") }
    while texts.filter(\.hasBegun).count < 4 { sched_yield() }
    #expect(texts.filter(\.hasBegun).count == 4)
    kernel.free()
    for text in texts { _ = try wait(for: text) }
    #expect(kernel.mostAtOnce == 4)
  }

  /// Within a bound that only a broken one reaches.
  private func wait(for text: any PendingText) throws -> String? {
    let start = time(nil)
    while time(nil) - start < 20 {
      if let text = try text.take() { return text }
      sched_yield()
    }
    return nil
  }
}

/// Answers each path with itself; paths that begin with "stuck" once it is freed.
private final class SlowKernel: Sendable {
  private struct State {
    var counts: [String: Int] = [:]
    var now = 0
    var mostAtOnce = 0
    var isFree = false
  }
  private let state = Mutex(State())

  var counts: [String: Int] { state.withLock { $0.counts } }
  var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }
  func free() { state.withLock { $0.isFree = true } }

  func read(_ path: String) -> String {
    state.withLock { state in
      state.counts[path, default: 0] += 1
      state.now += 1
      state.mostAtOnce = max(state.mostAtOnce, state.now)
    }
    while path.hasPrefix("stuck") && !state.withLock({ $0.isFree }) { sched_yield() }
    state.withLock { $0.now -= 1 }
    return path
  }
}
