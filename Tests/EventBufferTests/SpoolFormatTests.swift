import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolFormatTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func aSegmentsNameIsItsFirstNumberInTwentyDigits() {
    #expect(SpoolFormat.name(first: 0) == "00000000000000000000.jsonl")
    #expect(SpoolFormat.name(first: 1234) == "00000000000000001234.jsonl")
    #expect(SpoolFormat.number(of: "00000000000000001234.jsonl") == 1234)
    #expect(SpoolFormat.number(of: SpoolFormat.name(first: 1 << 62)) == 1 << 62)
  }

  /// A name beyond any number that events can reach must not push ours over the edge.
  @Test(arguments: [
    "cursor", "rejected.jsonl", "1234.jsonl", "00000000000000001234.jsonl.corrupt",
    "00000000000000001234.json", "+0000000000000001234.jsonl", "0000000000000000123x.jsonl",
    "99999999999999999999.jsonl", "18446744073709551615.jsonl", "09223372036854775807.jsonl",
    "-0000000000000001234.jsonl", "",
  ])
  func otherNamesAreNoSegments(name: String) {
    #expect(SpoolFormat.number(of: name) == nil)
  }

  @Test func theHeaderLineIsAsPromised() {
    let header = SpoolFormat.Header(
      uplink: "dash", kind: "initialstate", origin: Origin(device: "pi \"4\"", boot: "b-1"),
      destination: Destination(["bucket_name": "Green", "bucket_key": "g"]))
    #expect(
      text(SpoolFormat.line(header, crc32: plainCRC32)) == #"""
        {"segment":{"format":1,"uplink":"dash","kind":"initialstate","device":"pi \"4\"",\#
        "boot":"b-1","destination":{"bucket_key":"g","bucket_name":"Green"}},"crc32":"0f91f295"}

        """#)
  }

  @Test func aBatchIsOneArrayLineThatAServiceTakesAsItIs() {
    var first = event(7, key: "greenhouse_temperature", value: .number(21))
    first.unit = "°C"
    var second = event(8, key: "door", value: .text("open\n"), at: 12_500_001_999)
    second.isClockSynchronised = false
    #expect(
      text(SpoolFormat.line([first, second])) == #"""
        [{"key":"greenhouse_temperature","value":21.0,"epoch":1700000000.25,"unit":"°C","seq":7},\#
        {"key":"door","value":"open\n","epoch":1700000000.25,\#
        "boot_time":12.500001,"seq":8}]
        """#)
  }

  @Test func aCommitNamesCountNumbersAndChecksum() {
    let commit = SpoolFormat.Commit(events: 2, first: 7, last: 8, crc32: 0xABC, total: 9)
    #expect(
      text(SpoolFormat.line(commit)) == #"""
        {"commit":{"events":2,"first":7,"last":8,"crc32":"00000abc","total":9}}

        """#)
  }
}
