import Synchronization
import TelemetryModel
import Testing

@Suite struct ClockReadingTests {
  /// Time passes between two looks at the clocks: a program is put aside now and then.
  private final class PreemptedClock: TimeSource {
    private let state: Mutex<(now: Int64, pauses: [Int64])>
    /// - Parameter pauses: nanoseconds that pass after each look, in order; then none.
    init(pauses: [Int64]) { state = Mutex((1_000_000_000, pauses)) }

    private func look() -> Int64 {
      state.withLock { state in
        defer { state.now += state.pauses.isEmpty ? 0 : state.pauses.removeFirst() }
        return state.now
      }
    }
    func bootTime() -> BootTime { BootTime(nanoseconds: look()) }
    /// 5 s ahead of the boot's.
    func wallTime() -> Timestamp { Timestamp(nanoseconds: look() + 5_000_000_000) }
    func isSynchronised() -> Bool { true }
  }

  private func gap(_ clock: PreemptedClock) -> Int64 {
    ClockReading(of: clock).offset.nanoseconds - 5_000_000_000
  }

  @Test func bothClocksAreReadAtOneMoment() {
    #expect(gap(PreemptedClock(pauses: [])) == 0)
    // Put aside for 20 ms between the first two looks, and again in the next try.
    #expect(gap(PreemptedClock(pauses: [20_000_000, 0, 20_000_000])) == 0)
    #expect(gap(PreemptedClock(pauses: [0, 0, 0, 20_000_000, 0, 0, 0])) == 0)
  }

  @Test func aClockThatIsAlwaysSlowGivesTheBestOfAFewTries() {
    let pauses = Array(repeating: Int64(100_000), count: 7) + [30_000, 30_000, 30_000, 90_000]
    #expect(gap(PreemptedClock(pauses: pauses + pauses)) <= 30_000)
  }

  @Test func theOffsetIsTheWallClocksLead() {
    let reading = ClockReading(
      boot: BootTime(nanoseconds: 60_000_000_000), wall: Timestamp(nanoseconds: 5))
    #expect(reading.offset == .nanoseconds(-59_999_999_995))
  }
}
