import SensorDrivers
import TelemetryModel
import Testing

@Suite struct FirstReadingsTests {
  private func at(_ seconds: Double) -> BootTime { BootTime(nanoseconds: Int64(seconds * 1e9)) }

  private func event(_ key: String, _ value: Int64) -> SensorEvent {
    SensorEvent(
      key: key, value: .integer(value), time: Timestamp(nanoseconds: 0), bootTime: at(0),
      sequence: 1, isClockSynchronised: true)
  }

  private func status(
    _ name: String, _ state: SensorStatus.State = .waiting, errors: UInt64 = 0,
    _ error: String? = nil
  ) -> SensorStatus {
    var status = SensorStatus(name: name, driver: "bme280")
    status.state = state
    status.errors = errors
    status.lastError = error
    return status
  }

  @Test func aSensorHasBeenReadOnceItGaveSomething() {
    var first = FirstReadings(["chip"], inputs: [], start: at(0))
    #expect(first.verdict(status("chip"), at: at(5)) == .pending)
    let shown = first.take([event("chip", 1)], of: "chip", at: at(6))
    #expect(shown.count == 1)
    #expect(first.verdict(status("chip", .ok), at: at(6)) == .read)
  }

  @Test func eachKeyIsShownOnce() {
    var first = FirstReadings(["chip"], inputs: [], start: at(0))
    let both = first.take([event("a", 1), event("b", 2)], of: "chip", at: at(1))
    #expect(both.map(\.key) == ["a", "b"])
    let news = first.take([event("a", 3), event("c", 4)], of: "chip", at: at(2))
    #expect(news.map(\.key) == ["c"])
  }

  @Test func aPartThatCouldNotBeReadIsAFailureBesideTheOthersReadings() {
    var first = FirstReadings(["chip"], inputs: [], start: at(0))
    first.complain("it wakes", of: "chip")
    #expect(first.verdict(status("chip"), at: at(1)) == .pending)
    _ = first.take([event("a", 1)], of: "chip", at: at(1))
    #expect(first.verdict(status("chip", .ok), at: at(1)) == .read)
    first.complain("no b", of: "chip")
    #expect(first.verdict(status("chip", .failing), at: at(1)) == .failed("no b"))
  }

  @Test func threeFailuresAreTheEnd() {
    let first = FirstReadings(["chip"], inputs: [], start: at(0))
    #expect(first.verdict(status("chip", .failing, errors: 2, "no"), at: at(3)) == .pending)
    #expect(
      first.verdict(status("chip", .failing, errors: 3, "no acknowledge"), at: at(3))
        == .failed("no acknowledge"))
  }

  @Test func thirtySecondsAreEnough() {
    let first = FirstReadings(["chip"], inputs: [], start: at(0))
    #expect(first.verdict(status("chip"), at: at(29.9)) == .pending)
    #expect(first.verdict(status("chip"), at: at(30)) == .failed("gave no reading within 30s"))
    #expect(
      first.verdict(status("chip", .failing, errors: 1, "it was busy"), at: at(30))
        == .failed("gave no reading within 30s; it was busy"))
  }

  @Test func anInputIsReadToItsEndOrUntilItIsSilentForASecond() {
    var first = FirstReadings(["in"], inputs: ["in"], start: at(0))
    let shown = first.take([event("a", 1), event("a", 2)], of: "in", at: at(0.5))
    #expect(shown.count == 2)
    #expect(first.verdict(status("in", .ok), at: at(1.4)) == .pending)
    #expect(first.verdict(status("in", .ok), at: at(1.5)) == .read)
    #expect(first.verdict(status("in", .ended), at: at(0.6)) == .read)
  }

  @Test func anInputThatEndsWithNothingHasFailed() {
    let first = FirstReadings(["in"], inputs: ["in"], start: at(0))
    #expect(first.verdict(status("in", .ended), at: at(0.1)) == .failed("ended without a reading"))
    #expect(
      first.verdict(status("in", .ended, errors: 1, "line 1: no JSON"), at: at(0.1))
        == .failed("line 1: no JSON"))
    #expect(first.verdict(status("in"), at: at(2)) == .pending)
  }
}
