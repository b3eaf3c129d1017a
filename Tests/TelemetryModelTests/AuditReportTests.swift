import TelemetryModel
import Testing

@Suite struct AuditReportTests {
  private func run(_ missing: [AuditReport.Missing]) -> AuditReport.Run {
    AuditReport.Run(
      origin: Origin(device: "d", boot: "b"), span: 1...100, received: 90, duplicates: 2,
      missing: missing, toldButArrived: 1)
  }

  private let explained = AuditReport.Missing(
    range: 1...4, causes: [.init(cause: "crash", count: 3), .init(cause: "corrupt", count: 1)],
    unexplained: 0)
  private let partly = AuditReport.Missing(
    range: 6...7, causes: [.init(cause: "crash", count: 1)], unexplained: 1)

  @Test func theVerdictIsThatOfTheWorstRun() {
    #expect(AuditReport(runs: []).verdict == .nothing)
    #expect(AuditReport(runs: [run([])]).verdict == .complete)
    #expect(AuditReport(runs: [run([]), run([explained])]).verdict == .explained)
    #expect(AuditReport(runs: [run([partly]), run([explained])]).verdict == .unexplained)
  }

  @Test func figuresAddUpOverRangesAndRuns() {
    let report = AuditReport(runs: [run([explained, partly]), run([explained])])
    #expect(report.received == 180)
    #expect(report.duplicates == 4)
    #expect(report.missing == 10)
    #expect(report.unexplained == 1)
    #expect(report.toldButArrived == 2)
    #expect(
      report.causes == [.init(cause: "corrupt", count: 2), .init(cause: "crash", count: 7)])
  }

  /// Gaps are what somebody wrote: no count may end the program.
  @Test func sumsStayWithinTheNumbers() {
    let all = AuditReport.Missing(
      range: 0...UInt64.max, causes: [.init(cause: "x", count: .max)], unexplained: .max)
    let report = AuditReport(runs: [run([all]), run([all])])
    #expect(report.missing == .max)
    #expect(report.unexplained == .max)
    #expect(report.causes == [.init(cause: "x", count: .max)])
  }
}
