import TelemetryModel
import Testing

@testable import telemetryd

@Suite struct EventEncoderTests {
  private let origin = Origin(device: "pi", boot: "ab-1")

  private func events(_ range: ClosedRange<UInt64>) -> [SensorEvent] {
    range.map {
      SensorEvent(
        key: "t", value: .integer(Int64($0)), unit: "°C",
        time: Timestamp(nanoseconds: 1_700_000_000_250_000_000),
        bootTime: BootTime(nanoseconds: 0), sequence: $0)
    }
  }

  private func text(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func linesHaveAllThatNamesAnEvent() {
    var encoder = EventEncoder(.lines, eventsPerCall: 10)
    #expect(
      text(encoder.encode(events(7...7), of: origin)) == [
        #"{"key":"t","value":7,"epoch":1700000000.25,"unit":"°C","seq":7,"#
          + #""device":"pi","boot":"ab-1"}"#
      ])
    #expect(encoder.finish().isEmpty)
    #expect(encoder.count == 1)
  }

  @Test func kinesisLinesAreTheRecordsData() {
    var encoder = EventEncoder(.kinesis, eventsPerCall: 10)
    #expect(
      text(encoder.encode(events(7...7), of: origin)) == [
        #"{"sensorId":"t","data":7,"epoch":1700000000.25,"unit":"°C","#
          + #""device":"pi","boot":"ab-1","seq":7}"#
      ])
  }

  @Test func arraysOfInitialStateAreFilledOverBatches() {
    var encoder = EventEncoder(.initialstate, eventsPerCall: 4)
    var lines = text(encoder.encode(events(1...3), of: origin))
    #expect(lines.isEmpty)
    lines += text(encoder.encode(events(4...10), of: origin))
    #expect(lines.count == 2)
    lines += text(encoder.finish())
    #expect(lines.count == 3)
    #expect(
      lines[2]
        == #"[{"key":"t","value":9,"epoch":1700000000.25},"#
        + #"{"key":"t","value":10,"epoch":1700000000.25}]"#
    )
    #expect(encoder.count == 10)
    #expect(encoder.finish().isEmpty)
  }

  @Test func whatInitialStateCannotHoldIsTold() {
    var encoder = EventEncoder(.initialstate, eventsPerCall: 10)
    var long = events(1...3)
    long[1].key = String(repeating: "k", count: 251)
    _ = encoder.encode(long, of: origin)
    #expect(!encoder.finish().isEmpty)
    #expect(encoder.count == 2)
    #expect(encoder.refused.count == 1)
  }

  @Test func rowsAreISStreamers() {
    var encoder = EventEncoder(.csv, eventsPerCall: 10)
    #expect(encoder.encode(events(7...7), of: origin) == Array("1700000000.25,t,7\r\n".utf8))
  }
}
