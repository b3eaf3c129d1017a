import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolLineTests {
  private func line(_ text: String) -> SpoolLine { SpoolLine(Array(text.utf8)[...]) }

  private static let texts = [
    "", "plain", "🌡️👩‍🚀", "\u{0}\u{1}\u{1F}\u{7F}\u{9F}", "quote\" slash\\ /", "line\nfeed\r\ttab",
    "\u{2028}\u{2029}", "é e\u{301}", "\u{10FFFF}\u{FFFD}", "[{\"commit\":1}]",
  ]
  private static let numbers: [Double] = [
    0, -0.0, 21, 0.1, -273.15, 1e15, 1e16, 1e300, .leastNonzeroMagnitude,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .pi, 1 / 3,
  ]
  private static let integers: [Int64] = [0, 1, -1, .max, .min, 1 << 53]
  private static let times: [Int64] = [
    0, 1, -1, .max, .min + 1, 1_700_000_000_123_456_789, 999_999_999, -1_000_000_000,
  ]

  private static func randomEvent(_ random: inout SeededRandom) -> SensorEvent {
    let value: Value =
      switch Int.random(in: 0..<4, using: &random) {
      case 0: .number(numbers.randomElement(using: &random) ?? 0)
      case 1: .integer(integers.randomElement(using: &random) ?? 0)
      case 2: .boolean(Bool.random(using: &random))
      default: .text(texts.randomElement(using: &random) ?? "")
      }
    var event = SensorEvent(
      key: texts.randomElement(using: &random) ?? "", value: value,
      unit: Bool.random(using: &random) ? texts.randomElement(using: &random) : nil,
      time: Timestamp(nanoseconds: times.randomElement(using: &random) ?? 0),
      bootTime: BootTime(nanoseconds: 0),
      sequence: UInt64.random(in: 0...UInt64(Int64.max), using: &random),
      isClockSynchronised: Bool.random(using: &random))
    if !event.isClockSynchronised {
      // The spool keeps microseconds of it.
      let time = times.randomElement(using: &random) ?? 0
      event.bootTime = BootTime(nanoseconds: time / 1000 * 1000)
    }
    return event
  }

  /// `==` on strings forgives another spelling of an accent, and on numbers the sign of zero.
  private func spelling(_ events: [SensorEvent]) -> [String] {
    events.map { event in
      let texts = [event.key, event.unit ?? "-"].map { "\(Array($0.utf8))" }
      return texts.joined() + "\(event.value)\(event.time)\(event.bootTime)\(event.sequence)"
    }
  }

  @Test(arguments: 0..<30)
  func anyEventReadsBackAsItWas(seed: UInt64) {
    var random = SeededRandom(state: seed)
    let events = (0..<20).map { _ in Self.randomEvent(&random) }
    let bytes = SpoolFormat.line(events)
    #expect(!bytes.contains(0x0A))
    guard case .batch(let read) = SpoolLine(bytes[...]) else {
      Issue.record("seed \(seed): \(SpoolLine(bytes[...]))")
      return
    }
    #expect(read == events)
    #expect(spelling(read) == spelling(events))
  }

  @Test func aHeaderAndACommitReadBackAsTheyWere() {
    let header = SpoolFormat.Header(
      uplink: "cloud", kind: "kinesis", origin: Origin(device: "🌡️\n", boot: "b-1"),
      destination: Destination(["stream": "a\"b", "region": ""]))
    let line = SpoolFormat.line(header, crc32: plainCRC32)
    #expect(SpoolLine(line.dropLast()) == .header(header))
    for total in [nil, 0, 12] {
      let commit = SpoolFormat.Commit(
        events: 3, first: 1, last: 9, crc32: .max, total: total)
      #expect(SpoolLine(SpoolFormat.line(commit).dropLast()) == .commit(commit))
    }
  }

  @Test func fieldsThatALaterVersionAddsArePassedOver() {
    #expect(
      line(#"[{"key":"a","new":{"x":[1]},"value":true,"epoch":1,"seq":2}]"#)
        == .batch([
          SensorEvent(
            key: "a", value: .boolean(true), time: Timestamp(nanoseconds: 1_000_000_000),
            bootTime: BootTime(nanoseconds: 0), sequence: 2)
        ]))
  }

  @Test(arguments: [
    #""boot_time":12.5"#, #""clock":"unsynced","boot_time":12.5"#,
    #""boot_time":12.5,"clock":"unsynced""#, #""boot_time":12.5,"clock":"set""#,
  ])
  func aBootTimeSaysThatTheClockHadNotBeenSet(members: String) {
    #expect(
      line(#"[{"key":"a","value":true,"epoch":1,\#(members),"seq":2}]"#)
        == .batch([
          SensorEvent(
            key: "a", value: .boolean(true), time: Timestamp(nanoseconds: 1_000_000_000),
            bootTime: BootTime(nanoseconds: 12_500_000_000), sequence: 2,
            isClockSynchronised: false)
        ]))
  }

  @Test func aLaterFormatIsToldApart() {
    #expect(line(#"{"segment":{"format":2,"uplink":7.5e3}}"#) != .newerFormat(2))
    #expect(line(#"{"segment":{"format":2,"uplink":"x","more":[]}}"#) == .newerFormat(2))
  }

  @Test(arguments: [
    "", " ", "{}", "[", "]", "{", "null", "true", "1", "\"x\"", "[1]", "[[]]", "[{}] x",
    #"{"segment":{}}"#, #"{"segment":{"format":0}}"#, #"{"segment":{"format":1.0}}"#,
    #"{"segment":{"format":"1"}}"#, #"{"segment":[]}"#, #"{"segment":{"format":-1}}"#,
    #"{"commit":{}}"#, #"{"commit":{"events":1,"first":1,"last":1}}"#,
    #"{"commit":{"events":-1,"first":1,"last":1,"crc32":"0"}}"#,
    #"{"commit":{"events":1.5,"first":1,"last":1,"crc32":"0"}}"#,
    #"{"commit":{"events":1,"first":1,"last":1,"crc32":"x"}}"#,
    #"{"commit":{"events":1,"first":1,"last":1,"crc32":0}}"#,
    #"{"commit":{"events":1,"first":1,"last":1,"crc32":"123456789"}}"#,
    #"{"commit":{"events":99999999999999999999,"first":1,"last":1,"crc32":"0"}}"#,
    #"[{"key":"a","value":null,"epoch":1,"seq":1}]"#, #"[{"key":1}]"#, #"[{"epoch":1e99}]"#,
  ])
  func whatIsNoLineOfOursIsDamage(text: String) {
    guard case .damaged(let reason) = line(text) else {
      Issue.record("\(text): \(line(text))")
      return
    }
    #expect(!reason.isEmpty)
  }

  /// Goal: no bytes crash the reader, and a commit whose bytes changed never proves a batch that
  /// changed. Method: bytes flipped, cut, doubled and inserted at random in good lines.
  @Test(arguments: 0..<10)
  func mutatedLinesNeverCrashNorProveTheWrongBatch(seed: UInt64) {
    var random = SeededRandom(state: seed &+ 77)
    for _ in 0..<200 {
      let events = (0..<3).map { _ in Self.randomEvent(&random) }
      let array = SpoolFormat.line(events)
      let commit = SpoolFormat.line(
        SpoolFormat.Commit(
          events: 3, first: events[0].sequence, last: events[2].sequence,
          crc32: plainCRC32(array), total: 3))
      let whole = array + [0x0A] + commit
      let mutated = Self.mutated(whole, &random)
      for line in mutated.split(separator: 0x0A) { _ = SpoolLine(line) }
      let disk = FakeDisk()
      disk.put("/s", mutated)
      var reader = SpoolReader("/s", on: disk, crc32: plainCRC32)
      var count = 0
      while let item = try? reader.next() {
        count += 1
        if case .batch(let read, _, _) = item { #expect(read == events) }
        if case .torn = item { break }
      }
      #expect(count <= 8)
    }
  }

  private static func mutated(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.removeSubrange(place...)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      default: bytes.insert(contentsOf: bytes[place..<min(place + 40, bytes.count)], at: place)
      }
    }
    return bytes
  }
}
