import TelemetryModel
import Testing

@testable import telemetryd

@Suite struct ProgressBarTests {
  private func at(_ milliseconds: Int64) -> BootTime {
    BootTime(nanoseconds: 5_000_000_000 + milliseconds * 1_000_000)
  }

  private func bar(_ total: Int? = 1000, _ unit: ProgressBar.Unit = .bytes) -> ProgressBar {
    ProgressBar("sending x", total: total, in: unit, start: at(0))
  }

  @Test func workOfLessThanTwoSecondsShowsNothing() {
    var bar = bar()
    #expect(bar.line(done: 10, at: at(0), columns: 80) == nil)
    #expect(bar.line(done: 900, at: at(1999), columns: 80) == nil)
    #expect(bar.line(done: 900, at: at(2000), columns: 80) != nil)
  }

  @Test func itIsDrawnAtMostTenTimesASecond() {
    var bar = bar()
    let drawn = (2000...3999).count { bar.line(done: $0, at: at(Int64($0)), columns: 80) != nil }
    #expect(drawn == 20)
  }

  @Test func itTellsHowFarHowFastAndHowLongStill() {
    var bytes = bar(30_000_000)
    #expect(
      bytes.line(done: 7_500_000, at: at(5000), columns: 100)
        == "sending x  [#######.......................]  25%  "
        + "7.5 MB of 30.0 MB  1.5 MB/s  15 s left"
    )
    var events = bar(2000, .events)
    #expect(
      events.line(done: 500, at: at(2000), columns: 60)
        == "sending x  25%  500 events of 2.0 k  250 events/s  6 s left")
    var long = bar(1_000_000)
    #expect(
      long.line(done: 1000, at: at(10_000), columns: 100)?.hasSuffix("2 h 46 min left") == true)
  }

  @Test func withoutATotalItTellsWhatIsDone() {
    var bar = bar(nil)
    #expect(bar.line(done: 4000, at: at(4000), columns: 80) == "sending x  4.0 kB  1.0 kB/s")
  }

  @Test func noLineIsAsWideAsTheTerminal() {
    for columns in 1...140 {
      for done in [0, 1, 999, 1000, 5000] {
        var bar = bar()
        let line = bar.line(done: done, at: at(3000), columns: columns)
        #expect(line.map { $0.count < max(columns, 2) } == true, "\(columns) \(done)")
      }
    }
  }

  @Test func noNumbersStopIt() {
    for (done, total) in [(0, 0), (-5, 10), (Int.max, 1), (Int.max, Int.max), (0, Int.max)] {
      var bar = bar(total)
      #expect(bar.line(done: done, at: at(2000), columns: 80) != nil)
    }
  }
}
