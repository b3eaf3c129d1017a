import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct ForeignLineTests {
  private func read(_ line: String) -> ForeignLine { ForeignLine(Array(line.utf8)[...]) }

  private func events(_ line: String) -> [SensorEvent] {
    if case .events(let events, _) = read(line) { events.map(\.event) } else { [] }
  }

  private func reasons(_ line: String) -> [String] {
    if case .events(_, let refused) = read(line) { refused.map(\.reason) } else { [] }
  }

  @Test func anArrayOfISStreamerGivesItsEvents() {
    // Wire capture of ISStreamer 2.0.0.
    let line = #"""
      [{"key": "int", "value": 42, "epoch": 1700000000.123456}, {"key": "f", "value": 1e-07, \#
      "epoch": 1}, {"key": "t", "value": true, "epoch": 2}, {"key": "u", "value": \#
      "Temp\u00e9rature \u00b0C \ud83c\udf21", "epoch": 1795254812.6613057}]
      """#
    let events = events(line)
    #expect(events.map(\.key) == ["int", "f", "t", "u"])
    #expect(
      events.map(\.value) == [
        .integer(42), .number(1e-7), .boolean(true), .text("Température °C \u{1F321}"),
      ])
    #expect(
      events.map(\.time.nanoseconds) == [
        1_700_000_000_123_456_000, 1_000_000_000, 2_000_000_000, 1_795_254_812_661_305_700,
      ])
    #expect(reasons(line) == [])
  }

  @Test func oneBadEventDoesNotCostTheOthersOfItsLine() {
    let line = #"""
      [{"key": "a", "value": NaN, "epoch": 1}, {"key": "b", "value": -Infinity, "epoch": 1}, \#
      {"key": "NaN", "value": "Infinity", "epoch": 1}, {"key": "c", "value": [1, 2], "epoch": 1}, \#
      {"key": "d", "value": null, "epoch": 1}, {"key": "e", "value": 1}, \#
      {"value": 1, "epoch": 1}, \#
      {"key": "f", "value": 1, "epoch": ""}, {"key": "g", "epoch": 1}, 5, {"key": 5, "value": 1, \#
      "epoch": 1}, {"key": null, "value": 1, "epoch": 1}]
      """#
    #expect(events(line).map(\.key) == ["NaN", "5"])
    #expect(events(line).first?.value == .text("Infinity"))
    #expect(
      reasons(line) == [
        "a: its value is null or no finite number", "b: its value is null or no finite number",
        "c: its value is a list or an object", "d: its value is null or no finite number",
        "e: no epoch, so it is not known when it was measured", "no key",
        "f: no epoch, so it is not known when it was measured", "g: no value",
        "a value that is no event object", "no key",
      ])
  }

  @Test func halfASurrogatePairIsReplaced() {
    let line = #"[{"key": "a", "value": "x\ud83cy\udf21\ud83c\udf21", "epoch": 1}]"#
    #expect(events(line).map(\.value) == [.text("x\u{FFFD}y\u{FFFD}\u{1F321}")])
    #expect(reasons(line) == [])
  }

  @Test func whatStandsBeforeATearIsKept() {
    let line = #"[{"key": "a", "value": 1, "epoch": 1}, {"key": "b", "va"#
    #expect(events(line).map(\.key) == ["a"])
    #expect(reasons(line).count == 1)
  }

  @Test func aLineOfOursKeepsItsWholeName() throws {
    let line = #"""
      {"key":"t","value":21.0,"epoch":1700000000.25,"unit":"°C",\#
      "boot_time":12.5,"seq":7,"device":"pi","boot":"ab-1"}
      """#
    guard case .events(let all, _) = read(line), let foreign = all.first else {
      Issue.record("no event")
      return
    }
    #expect(foreign.origin == Origin(device: "pi", boot: "ab-1"))
    #expect(foreign.event.sequence == 7)
    #expect(foreign.event.unit == "°C")
    #expect(foreign.event.value == .number(21))
    #expect(!foreign.event.isClockSynchronised)
    #expect(foreign.event.bootTime == BootTime(nanoseconds: 12_500_000_000))
    #expect(
      String(
        decoding: EventLines.line(foreign.event, of: Origin(device: "pi", boot: "ab-1")),
        as: UTF8.self)
        == line + "\n")
  }

  @Test func aPartOfANameIsNone() {
    for part in [
      #""seq":7,"device":"pi""#, #""seq":0,"device":"pi","boot":"b""#, #""device":"pi","boot":"b""#,
      #""seq":7,"device":"","boot":"b""#, #""seq":9223372036854775807,"device":"pi","boot":"b""#,
    ] {
      guard case .events(let all, _) = read(#"{"key":"k","value":1,"epoch":1,\#(part)}"#) else {
        continue
      }
      #expect(all.count == 1)
      #expect(all.first?.origin == nil)
    }
  }

  @Test func aKinesisRecordAndARejectedEventAreRead() {
    let record = #"{"sensorId":"t","data":1.5,"epoch":3,"device":"pi","boot":"b","seq":2}"#
    #expect(events(record).map(\.value) == [.number(1.5)])
    let rejected = #"""
      {"rejected":"too long","at":9,"device":"pi","boot":"b","event":{"key":"k","value":1,\#
      "epoch":3,"seq":4}}
      """#
    guard case .events(let all, _) = read(rejected) else { return }
    #expect(all.first?.origin == Origin(device: "pi", boot: "b"))
    #expect(all.first?.event.time == Timestamp(nanoseconds: 3_000_000_000))
  }

  @Test func theSpoolsLinesAndANoteOfABucketAreKnown() {
    #expect(read(#"{"bucketKey": "bk1", "bucketName": "B"}"#) == .bucket)
    #expect(read(#"{"segment":{"format":9}}"#) == .newerFormat(9))
    guard case .header = read(String(SpoolText.header.dropLast())) else {
      Issue.record("no header")
      return
    }
    guard case .commit = read(#"{"commit":{"events":1,"first":1,"last":1,"crc32":"0"}}"#) else {
      Issue.record("no commit")
      return
    }
  }

  @Test func objectsInEachOtherWithoutEndAreNoDanger() {
    let deep = String(repeating: #"{"event":"#, count: 100_000)
    #expect(events(deep) == [])
    #expect(reasons(deep).count == 1)
  }

  @Test func anyDamagedLineGivesEventsOrReasons() {
    let line = Array(
      #"[{"key":"a","value":"\ud83c\udf21","epoch":1.5},{"key":"b","value":-1e3,"epoch":2}]"#
        .utf8)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      var bytes = line
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        default: bytes.insert(Array(#"{}[]",\u:N-"#.utf8).randomElement(using: &random)!, at: place)
        }
      }
      if case .events(let events, let refused) = ForeignLine(bytes[...]) {
        #expect(events.count <= 2)
        #expect(events.allSatisfy { !$0.event.key.isEmpty && $0.event.value.isFinite })
        #expect(events.count + refused.count > 0 || bytes.starts(with: "[]".utf8))
      }
    }
  }
}
