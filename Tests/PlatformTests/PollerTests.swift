import CLinux
import TelemetryModel
import Testing

@testable import Platform

@Suite struct PollerTests {
  private let clock = SystemClock()

  @Test func deadlineEndsTheWaitAndNotBefore() throws {
    let poller = try Poller()
    let deadline = clock.bootTime() + .milliseconds(5)
    #expect(poller.wait(on: [], until: deadline) == [])
    #expect(clock.bootTime() >= deadline)
  }

  @Test func pastDeadlineReturnsAtOnce() throws {
    let poller = try Poller()
    #expect(poller.wait(on: [], until: BootTime(nanoseconds: 0)) == [])
    #expect(poller.wait(on: [], until: BootTime(nanoseconds: .min)) == [])
  }

  @Test func wakeBeforeTheWaitIsNotLostAndCountsOnce() throws {
    let poller = try Poller()
    poller.wake()
    poller.wake()
    #expect(poller.wait(on: [], until: nil) == [])
    let deadline = clock.bootTime() + .milliseconds(1)
    #expect(poller.wait(on: [], until: deadline) == [])
    #expect(clock.bootTime() >= deadline)
  }

  @Test func wakeFromAnotherThreadEndsAnEndlessWait() throws {
    let poller = try Poller()
    let thread = try AgentThread("waker") { poller.wake() }
    #expect(poller.wait(on: [], until: nil) == [])
    thread.join()
  }

  @Test func readyDescriptorsAreTold() throws {
    let poller = try Poller()
    let quiet = linux_eventfd()
    let ready = linux_eventfd()
    defer {
      _ = linux_close(quiet)
      _ = linux_close(ready)
    }
    #expect(linux_eventfd_signal(ready) == 0)
    #expect(poller.wait(on: [quiet, ready], until: nil) == [ready])
  }

  @Test func moreDescriptorsThanAreUsualAreWaitedOn() throws {
    let poller = try Poller()
    let all = (0..<100).map { _ in linux_eventfd() }
    defer { for descriptor in all { _ = linux_close(descriptor) } }
    #expect(linux_eventfd_signal(all[99]) == 0)
    #expect(poller.wait(on: all, until: nil) == [all[99]])
  }

  @Test func descriptorThatIsNotOpenIsReadySoThatItsOwnerSeesTheError() throws {
    let poller = try Poller()
    // Above any limit on open files: it can belong to nobody.
    #expect(poller.wait(on: [2_000_000_000], until: nil) == [2_000_000_000])
  }
}
