import TelemetryModel
import Testing

@testable import Platform

@Suite struct ClocksTests {
  @Test func bootTimeRunsForward() {
    let clock = SystemClock()
    let first = clock.bootTime()
    var last = first
    for _ in 0..<1000 {
      let next = clock.bootTime()
      #expect(next >= last)
      last = next
    }
    #expect(first.nanoseconds > 0)
  }

  @Test func wallTimeIsOfThisCentury() {
    #expect(SystemClock().wallTime() > Timestamp(nanoseconds: 1_700_000_000_000_000_000))
  }

  @Test func markOfTheTimeServiceMeansSynchronised() {
    #expect(SystemClock(mark: "/proc/self/status", asksKernel: false).isSynchronised())
    #expect(!SystemClock(mark: "/proc/self/no-such-file", asksKernel: false).isSynchronised())
  }

  @Test func whatATimeServiceLeavesWhileItRunsSaysThatItRuns() {
    let missing = "/proc/self/no-such-file"
    #expect(SystemClock(servicePaths: [missing, "/proc/self/fd"]).isTimeServiceAtWork())
    #expect(SystemClock(servicePaths: ["/proc/self/status"]).isTimeServiceAtWork())
    #expect(!SystemClock(servicePaths: [missing]).isTimeServiceAtWork())
    // Units of the Debian 12 and 13 packages: RuntimeDirectory= or PIDFile=.
    #expect(
      Set(SystemClock.servicePaths) == [
        "/run/systemd/timesync", "/run/chrony", "/run/ntpd.pid", "/run/openntpd",
      ])
  }

  @Test func kernelBootIsAUUIDAndStays() throws {
    let id = try #require(KernelBoot.id())
    #expect(id.count == 36)
    #expect(KernelBoot.id() == id)
  }

  @Test func kernelBootThatIsNoneIsNil() {
    #expect(KernelBoot.id(at: "/proc/self/no-such-file") == nil)
    #expect(KernelBoot.id(Array("nonsense\n".utf8)[...]) == nil)
    #expect(
      KernelBoot.id(Array("0f0c2a5e-1111-4222-8333-0123456789ab\n".utf8)[...])
        == "0f0c2a5e-1111-4222-8333-0123456789ab")
  }
}
