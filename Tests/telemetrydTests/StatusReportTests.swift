import EventBuffer
import SensorDrivers
import TelemetryModel
import Testing

@testable import telemetryd

@Suite struct StatusReportTests {
  private var report: StatusReport {
    var lane = LaneStatus()
    lane.ledger.offered = 12
    lane.ledger.accepted = 5
    lane.ledger.rejected = 1
    lane.ledger.drop(2, .bufferFull)
    lane.ledger.inMemory = 3
    lane.ledger.inSpool = 1
    lane.state = .retrying
    lane.lastError = "HTTP 503 \"busy\""
    lane.blockedUntil = BootTime(nanoseconds: 3_500_000_000)
    var sensor = SensorStatus(name: "door", driver: "line")
    sensor.readings = 12
    sensor.lastEpoch = Timestamp(nanoseconds: 1_700_000_000_250_000_000)
    return StatusReport(
      device: "bench", boot: "b-1", uptime: .milliseconds(61_500),
      clock: .init(
        isSynchronised: true, offset: .microseconds(-3_600_249_001), isHeld: false),
      now: BootTime(nanoseconds: 2_000_000_000), sensors: [sensor],
      uplinks: [StatusReport.Uplink("cloud", "kinesis", lane)])
  }

  @Test func theJSONHasWhatIsPromised() {
    let expected =
      #"{"device":"bench","boot":"b-1","uptime_s":61.5,"clock":{"synchronised":true,"#
      + #""offset_s":-3600.249,"held":false},"sensors":[{"name":"door","driver":"line","#
      + #""state":"waiting","#
      + #""readings":12,"errors":0,"last_error":null,"last_epoch":1700000000.25}],"#
      + #""uplinks":[{"name":"cloud","kind":"kinesis","state":"retrying","offered":12,"#
      + #""accepted":5,"rejected":1,"dropped":{"buffer_full":2},"in_memory":3,"in_spool":1,"#
      + #""spool_bytes":0,"bytes_written":0,"bytes_written_24h":0,"retries":0,"#
      + #""last_error":"HTTP 503 \"busy\"","#
      + #""backoff_s":1.5}]}"# + "\n"
    #expect(String(decoding: report.json, as: UTF8.self) == expected)
  }

  @Test func aPersonSeesItAsTables() throws {
    let answer = try #require(JSONValue(report.json).flatMap(StatusAnswer.init))
    #expect(
      answer.text == """
        bench, up 1 min 1 s, clock set by a time service

        SENSOR  DRIVER  STATE    READINGS  ERRORS  LAST ERROR
        door    line    waiting  12        0

        UPLINK  KIND     STATE     ACCEPTED  REJECTED  DROPPED  MEMORY  SPOOL  LAST ERROR
        cloud   kinesis  retrying  5         1         2        3       1      HTTP 503 "busy"
        """)
  }

  @Test func aPersonSeesThatEventsWaitForTheClock() throws {
    var report = report
    report.clock = .init(isSynchronised: false, offset: .zero, isHeld: true)
    let answer = try #require(JSONValue(report.json).flatMap(StatusAnswer.init))
    #expect(
      answer.text.hasPrefix("bench, up 1 min 1 s, clock not set by a time service: events wait"))
  }
}
