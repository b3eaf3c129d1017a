import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct AuditReaderTests {
  /// Reads texts as files `a`, `b`, ..., in small pieces.
  private func read(_ texts: String..., pieces: Int = 1000) -> AuditReader {
    var reader = AuditReader(crc32: plainCRC32)
    for (text, name) in zip(texts, "abcdef") { read(Array(text.utf8), "\(name)", &reader, pieces) }
    return reader
  }

  private func read(_ bytes: [UInt8], _ name: String, _ reader: inout AuditReader, _ pieces: Int) {
    var at = 0
    do throws(FileError) {
      try reader.read(
        name,
        from: { (count: Int) throws(FileError) in
          let end = min(bytes.count, at + min(count, pieces))
          defer { at = end }
          return Array(bytes[at..<end])
        })
    } catch { Issue.record("\(error)") }
  }

  private func record(_ sequence: UInt64, boot: String = "0b00-1") -> String {
    #"{"sensorId":"door","data":1,"epoch":1700000000.25,"device":"bench","boot":"\#(boot)","#
      + #""seq":\#(sequence)}"#
  }

  private func lines(_ lines: String...) -> String { lines.map { $0 + "\n" }.joined() }

  private func gap(_ count: Int, _ first: UInt64, _ last: UInt64, _ cause: String) -> String {
    #"{"sensorId":"telemetryd_gap","data":"{\"cause\":\"\#(cause)\",\"count\":\#(count),"#
      + #"\"first\":\#(first),\"last\":\#(last)}","epoch":1,"device":"bench","boot":"0b00-1","#
      + #""seq":\#(last)}"#
  }

  private func complaints(_ reader: AuditReader) -> [String] {
    reader.tally.complaints.map { "\($0.file):\($0.line): \($0.reason)" }
  }

  // MARK: Records

  @Test func recordsOfSeveralFilesAreOneSequence() {
    let reader = read(lines(record(3), record(1)), lines(record(2), record(4)))
    #expect(reader.audit.report().verdict == .complete)
    #expect(reader.audit.report().received == 4)
    #expect(reader.tally.records == 4)
    #expect(reader.tally.lines == 4)
    #expect(reader.tally.notUnderstood == 0)
  }

  @Test(arguments: [1, 7, 1000])
  func linesMayComeInAnyPieces(pieces: Int) {
    let text = lines(record(1), record(2), "", record(3)) + record(4)
    let reader = read(text, pieces: pieces)
    #expect(reader.audit.report().received == 4)
    #expect(reader.tally.notUnderstood == 0)
  }

  @Test func blankLinesAndCarriageReturnsAreNoMatter() {
    let reader = read("\r\n  \t\r\n" + record(1) + "\r\n\n")
    #expect(reader.audit.report().received == 1)
    #expect(complaints(reader) == [])
  }

  @Test func aGapIsNotTheEventWhoseNumberItHas() {
    let text = lines(record(1), gap(2, 2, 3, "spool_full"), gap(2, 2, 3, "spool_full"), record(4))
    let reader = read(text)
    let report = reader.audit.report()
    #expect(report.verdict == .explained)
    #expect(report.received == 2)
    #expect(report.duplicates == 0)
    #expect(report.causes == [CauseCount(cause: "spool_full", count: 2)])
    #expect(reader.tally.gaps == 2)
  }

  @Test func aGapThatSaysNothingIsNamed() {
    let text = lines(
      #"{"sensorId":"telemetryd_gap","data":"soon","device":"d","boot":"b","seq":1}"#,
      #"{"sensorId":"telemetryd_gap","data":5,"device":"d","boot":"b","seq":5}"#,
      gap(1, 1, 9_223_372_036_854_775_807, "crash"))
    let reader = read(text)
    let expected = (1...3).map { "a:\($0): a gap that does not say what is missing" }
    #expect(complaints(reader) == expected)
    #expect(reader.audit.report().verdict == .nothing)
  }

  @Test func eventsWithoutIdentityAreCountedAndProveNothing() {
    let text = lines(
      #"{"uplink":"initialstate","bucket":{"bucketKey":"b","bucketName":"B"},"at":1}"#,
      #"{"uplink":"initialstate","bucketKey":"b","at":1,"event":{"key":"t","value":1}}"#,
      #"[{"key":"t","value":1,"epoch":1},{"key":"t","value":2,"epoch":2,"seq":3}]"#,
      #"{"key":"t","value":1,"epoch":1,"seq":7}"#)
    let reader = read(text)
    #expect(reader.tally.withoutIdentity == 4)
    #expect(complaints(reader) == [])
    #expect(reader.audit.report().verdict == .nothing)
  }

  @Test func rejectedEventsExplainTheirNumbers() {
    let text = lines(
      record(1), record(3),
      #"{"rejected":"too large","at":1,"device":"bench","boot":"0b00-1","event":"#
        + SpoolText.event(2) + "}",
      #"{"rejected":"too large","at":1,"device":"bench","boot":"0b00-1","event":{"key":"#
        + #""telemetryd_gap","value":"{\"cause\":\"crash\",\"count\":1,\"first\":4,\"last\":4}","#
        + #""epoch":1,"seq":4}}"#)
    let reader = read(text)
    #expect(reader.tally.rejected == 1)
    #expect(
      reader.audit.report().causes == [
        CauseCount(cause: "crash", count: 1), CauseCount(cause: "rejected", count: 1),
      ])
  }

  // MARK: What is not understood

  @Test func aLineOfNoKnownFormIsNamedAndTheRestIsRead() {
    let text = lines(
      "# a comment", "{}", "7", "", #"{"sensorId":"t","device":"d","boot":"b","seq":-1}"#,
      #"{"Data":"?"}"#, "[1]", record(1), #"{"seq":"#)
    let reader = read(text)
    let named = complaints(reader)
    #expect(named.map { $0.split(separator: ":")[1] } == ["1", "2", "3", "5", "6", "7", "9"])
    #expect(named[0] == "a:1: not JSON: a value was expected at byte 0")
    #expect(named[1] == "a:2: an object of none of the forms that audit knows")
    #expect(named[3] == "a:5: a seq that is no whole number from 0 to 4611686018427387904")
    #expect(reader.tally.notUnderstood == 7)
    #expect(reader.audit.report().received == 1)
  }

  @Test func onlyTheFirstComplaintsAreKept() {
    let reader = read(String(repeating: "?\n", count: 500))
    #expect(reader.tally.notUnderstood == 500)
    #expect(reader.tally.complaints.count == 10)
  }

  @Test func aLineTooLongIsPassedOver() {
    let text = record(1) + "\n\"" + String(repeating: "x", count: 33 << 20) + "\n" + record(2)
    let reader = read(text, pieces: 1 << 20)
    #expect(complaints(reader) == ["a:2: a line of more than 33554432 bytes"])
    #expect(reader.audit.report().received == 2)
  }

  /// GetRecords answers with up to 10 MiB, which base64 makes longer.
  @Test func anAnswerOfGetRecordsMayBeOneLine() {
    let padding = String(repeating: "x", count: 14 << 20)
    let reader = read(
      #"{"Records":[\#(record(1)),{"PartitionKey":"\#(padding)","data":\#(record(2))}]}"#,
      pieces: 1 << 20)
    #expect(complaints(reader) == [])
    #expect(reader.audit.report().received == 2)
  }

  // MARK: Aggregates

  /// An aggregate of the tests': the user records' data, with newlines between.
  private func readAggregated(_ text: String) -> AuditReader {
    var reader = AuditReader(crc32: plainCRC32) { data in
      data.split(separator: 0x0A, omittingEmptySubsequences: true).map(Array.init)
    }
    read(Array(text.utf8), "a", &reader, 1000)
    return reader
  }

  private func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    // Spaces at the end spare the padding.
    let bytes = Array((text + String(repeating: " ", count: (3 - text.utf8.count % 3) % 3)).utf8)
    return stride(from: 0, to: bytes.count, by: 3).map { start in
      let group = bytes[start..<start + 3].reduce(0) { $0 << 8 | Int($1) }
      return String([18, 12, 6, 0].map { alphabet[group >> $0 & 0x3F] })
    }.joined()
  }

  @Test func theEventsOfAnAggregateAllCount() {
    let data = base64(lines(record(1), record(2), gap(2, 3, 4, "crash"), record(5)))
    for text in [
      #"{"SequenceNumber":"49","Data":"\#(data)","PartitionKey":"t"}"#,
      #"{"Records":[{"Data":"\#(data)"}]}"#,
      #"{"uplink":"kinesis","stream":"s","shardId":"x","at":1.5,"dataBase64":"\#(data)"}"#,
    ] {
      let reader = readAggregated(text)
      #expect(complaints(reader) == [])
      #expect(reader.tally.records == 3)
      #expect(reader.tally.gaps == 1)
      #expect(reader.audit.report().verdict == .explained)
    }
  }

  @Test func anEventOfAnAggregateThatCannotBeReadIsNamedAndTheOthersCount() {
    let data = base64(lines(record(1), "?", "[]", record(2)))
    let reader = readAggregated(#"{"Data":"\#(data)"}"#)
    #expect(reader.tally.records == 2)
    #expect(
      complaints(reader) == [
        "a:1: a record whose data is not JSON: a value was expected at byte 0",
        "a:1: a record whose data is no JSON object",
      ])
  }

  @Test func anAggregateOfNothingIsNoFault() {
    let reader = readAggregated(#"{"Data":"CgoK"}"#)
    #expect(complaints(reader) == [])
    #expect(reader.audit.report().verdict == .nothing)
  }

  // MARK: Spool files

  @Test func committedBatchesOfASegmentCount() {
    let reader = read(SpoolText.segment(batches: 3), lines(record(10)))
    #expect(reader.tally.spooled == 9)
    #expect(reader.tally.records == 1)
    #expect(reader.audit.report().verdict == .complete)
    #expect(reader.audit.report().runs[0].span == 1...10)
    #expect(complaints(reader) == [])
  }

  @Test func aBatchWithoutItsCommitDoesNotCount() {
    let torn = SpoolText.segment(batches: 1) + SpoolText.array(4...6)
    for text in [torn, torn + "\n", torn + "\n" + SpoolText.header] {
      let reader = read(text, lines(record(7)))
      #expect(complaints(reader) == ["a:4: a batch without its commit"])
      #expect(reader.audit.report().unexplained == 3)
    }
    let inside = SpoolText.header + SpoolText.array(1...3) + "\n" + SpoolText.batch(4...6, total: 6)
    #expect(complaints(read(inside)) == ["a:2: a batch without its commit"])
    #expect(read(inside).tally.spooled == 3)
  }

  @Test func aBatchThatIsNotItsCommitsDoesNotCount() {
    let text = SpoolText.segment(batches: 2).replacing(#""seq":5"#, with: #""seq":9"#)
    let reader = read(text)
    #expect(complaints(reader) == ["a:4: a batch that is not what its commit says"])
    #expect(reader.tally.spooled == 3)
  }

  @Test func aLaterVersionsSegmentIsLeftAlone() {
    let text =
      SpoolText.segment(batches: 2).replacing(#""format":1"#, with: #""format":2"#)
      + lines(record(1))
    let reader = read(text)
    #expect(reader.tally.spooled == 0)
    #expect(reader.tally.records == 1)
    #expect(complaints(reader).first?.contains("format 2") == true)
  }

  @Test func gapsInASpoolFileAreGaps() {
    let gap =
      #"{"key":"telemetryd_gap","value":"{\"cause\":\"corrupt\",\"count\":2,\"first\":4,"#
      + #"\"last\":5}","epoch":1,"seq":5}"#
    let array = "[\(SpoolText.event(6)),\(gap)]"
    let crc = String(plainCRC32(Array(array.utf8)), radix: 16)
    let text =
      SpoolText.segment(batches: 1) + array + "\n"
      + #"{"commit":{"events":2,"first":6,"last":5,"crc32":"\#(crc)"}}"# + "\n"
    let reader = read(text)
    #expect(reader.tally.spooled == 4)
    #expect(reader.audit.report().verdict == .explained)
    #expect(reader.audit.report().missing == 2)
  }

  @Test func theSegmentOfOneFileSaysNothingOfTheNext() {
    let reader = read(SpoolText.header, SpoolText.batch(1...3, total: 3))
    #expect(reader.tally.spooled == 0)
    #expect(reader.tally.withoutIdentity == 3)
  }

  // MARK: Anything

  /// Goal: whatever stands in a file, the audit ends, and no event comes from nowhere.
  @Test(arguments: 0..<100 as Range<UInt64>)
  func damagedFilesGiveNoEventsThatWereNotThere(seed: UInt64) {
    var random = SeededRandom(state: seed)
    let text =
      SpoolText.segment(batches: 2) + lines(record(7), gap(2, 8, 9, "crash"), record(10))
      + lines(#"{"Records":[\#(record(11)),{"Data":"e30="}]}"#)
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
      default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
      }
    }
    var reader = AuditReader(crc32: plainCRC32)
    read(bytes, "a", &reader, 100)
    let report = reader.audit.report()
    // A gap whose key is damaged is an event.
    #expect(report.received <= 10)
    #expect(report.runs.allSatisfy { $0.unexplained <= $0.missingCount })
  }

  @Test func anErrorOfTheDiskIsHandedOn() {
    var reader = AuditReader(crc32: plainCRC32)
    #expect(throws: FileError(.other, "read a: Input/output error")) {
      try reader.read(
        "a",
        from: { (_: Int) throws(FileError) -> [UInt8] in
          throw FileError(.other, "read a: Input/output error")
        })
    }
  }

  @Test func theProgressIsToldInBytes() throws {
    let bytes = Array(String(repeating: record(1) + "\n", count: 40_000).utf8)
    var at = 0
    var told: [Int] = []
    var reader = AuditReader(crc32: plainCRC32)
    try reader.read(
      "a",
      from: { (count: Int) throws(FileError) in
        let end = min(bytes.count, at + count)
        defer { at = end }
        return Array(bytes[at..<end])
      }, progress: { told.append($0) })
    #expect(told.count >= 3)
    #expect(told == told.sorted())
    #expect(told.allSatisfy { $0 > 0 && $0 <= bytes.count })
  }
}
