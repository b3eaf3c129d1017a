import SensorDrivers
import TelemetryModel
import Testing

@Suite struct FreshnessTests {
  private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

  @Test func tellsASilenceOnceAndItsEndOnce() {
    var freshness = Freshness(limit: .seconds(60), from: at(0))
    #expect(freshness.due == at(60))
    let early = freshness.look(at: at(59))
    let noSilence = freshness.refreshed(at: at(59))
    #expect(early == nil && noSilence == nil)
    #expect(freshness.due == at(119))
    let looks = [freshness.look(at: at(119)), freshness.look(at: at(500))]
    #expect(looks == [.seconds(60), nil])
    #expect(freshness.isStale && freshness.due == nil)
    let silence = freshness.refreshed(at: at(559))
    #expect(silence == .seconds(500))
    #expect(!freshness.isStale && freshness.due == at(619))
  }

  @Test func withoutALimitSilenceIsNoMatter() {
    var freshness = Freshness(limit: nil, from: at(0))
    #expect(freshness.due == nil)
    let look = freshness.look(at: at(1_000_000))
    #expect(look == nil)
  }
}
