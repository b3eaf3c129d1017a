import TelemetryModel
import Testing

@testable import Platform

@Suite struct EdgeClockTests {
  /// Up for 100 s, 30 s of them suspended.
  private let clock = EdgeClock(monotonic: 70_000_000_000, boot: 100_000_000_000)

  @Test func aMonotonicStampIsMovedByTheTimeInSuspend() {
    #expect(clock.bootTime(ofStamp: 69_000_000_000) == BootTime(nanoseconds: 99_000_000_000))
  }

  @Test func aStampIsNeverInTheFuture() {
    #expect(clock.bootTime(ofStamp: 70_000_500_000) == BootTime(nanoseconds: 100_000_000_000))
  }

  @Test(arguments: [0, 90_000_000_000, 1_500_000_000_000_000_000, .max] as [UInt64])
  func anImpossibleStampIsTakenForNow(stamp: UInt64) {
    #expect(clock.bootTime(ofStamp: stamp) == BootTime(nanoseconds: 100_000_000_000))
  }

  @Test func theMachinesClocksAgreeWithThemselves() {
    let now = EdgeClock.now()
    #expect(now.boot >= now.monotonic)
    #expect(now.bootTime(ofStamp: UInt64(now.monotonic)) == now.bootTime)
  }
}
