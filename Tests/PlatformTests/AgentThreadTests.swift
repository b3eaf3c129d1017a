import CLinux
import Synchronization
import Testing

@testable import Platform

@Suite struct AgentThreadTests {
  @Test func joinWaitsForTheEnd() throws {
    let sum = Atomic(0)
    let thread = try AgentThread("adder") {
      for number in 1...100_000 { sum.add(number, ordering: .relaxed) }
    }
    thread.join()
    #expect(sum.load(ordering: .relaxed) == 5_000_050_000)
    thread.join()
  }

  @Test func nameIsCutToWhatTheKernelKeeps() throws {
    let name = Mutex("")
    let thread = try AgentThread("a name that is too long") {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = linux_read_file("/proc/thread-self/comm", &bytes, 64)
      let text = String(decoding: bytes.prefix(max(Int(count), 0)), as: UTF8.self)
      name.withLock { $0 = text }
    }
    thread.join()
    #expect(name.withLock { $0 } == "a name that is \n")
  }

  @Test func signalsAreBlockedInIt() throws {
    let mask = Mutex("")
    let thread = try AgentThread("masked") {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = linux_read_file("/proc/thread-self/status", &bytes, 4096)
      let text = String(decoding: bytes.prefix(max(Int(count), 0)), as: UTF8.self)
      let line = text.split(separator: "\n").first { $0.hasPrefix("SigBlk:") } ?? ""
      mask.withLock { $0 = String(line) }
    }
    thread.join()
    // SIGTERM is number 15: bit 14 of the mask, in its last four digits.
    let digits = mask.withLock { $0 }.split(separator: "\t").last ?? ""
    let bits = try #require(UInt64(digits, radix: 16))
    #expect(bits & (1 << 14) != 0)
  }

  @Test func impossibleStackIsAnErrorThatNamesTheThread() {
    #expect(throws: AgentThread.Failed.self) {
      try AgentThread("huge", stackSize: 1 << 60) {}
    }
  }
}
