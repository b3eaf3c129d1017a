import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct LinesTests {
  private func driver() throws -> Lines {
    try Lines(Settings(name: "in", ["path": "-"], for: Lines.options), on: FakeHardware())
  }

  /// What the whole text gives, fed in chunks of `chunk` bytes.
  private func read(_ text: String, chunk: Int = .max) throws -> Outcome {
    try read(Array(text.utf8), chunk: chunk)
  }

  private func read(_ bytes: [UInt8], chunk: Int = .max) throws -> Outcome {
    var driver = try driver()
    var all = Outcome()
    var rest = bytes[...]
    repeat {
      let piece = rest.prefix(chunk)
      rest = rest.dropFirst(piece.count)
      let outcome = try driver.read(.bytes(piece, isEnd: rest.isEmpty, isWhole: false))
      all.readings += outcome.readings
      all.refusals += outcome.refusals
    } while !rest.isEmpty
    return all
  }

  @Test func keyedObjectIsOneEvent() throws {
    let outcome = try read(#"{"key":"door","value":true,"epoch":1700000000.123456789,"unit":"x"}"#)
    #expect(
      outcome.readings == [
        Reading(
          .key("door"), .boolean(true), unit: "x",
          at: .wall(Timestamp(nanoseconds: 1_700_000_000_123_456_789)))
      ])
    #expect(outcome.refusals.isEmpty)
  }

  @Test(arguments: [
    ("42", Value.integer(42)), ("-7", .integer(-7)), ("3.0", .number(3)), ("1e2", .number(100)),
    ("21.5", .number(21.5)), ("true", .boolean(true)), ("\"\"", .text("")),
    ("\"h\\u00e9\"", .text("hé")), ("9223372036854775807", .integer(.max)),
    ("1180591620717411303424", .number(1_180_591_620_717_411_303_424)),
  ])
  func valuesKeepTheirKind(text: String, value: Value) throws {
    #expect(
      try read(#"{"value":\#(text),"key":"k"}"#).readings == [Reading(.key("k"), value)])
  }

  @Test func otherObjectGivesAnEventForEachMemberOfOneTime() throws {
    let outcome = try read(#"{"a":1,"epoch":1.5,"b":"x","value":2}"#)
    let time = Reading.Moment.wall(Timestamp(nanoseconds: 1_500_000_000))
    #expect(
      outcome.readings == [
        Reading("a", .integer(1), at: time), Reading("b", .text("x"), at: time),
        Reading("value", .integer(2), at: time),
      ])
  }

  @Test func spooledEventCanBeFedBack() throws {
    let outcome = try read(#"{"key":"k","value":1,"epoch":5,"seq":9}"#)
    #expect(
      outcome.readings == [
        Reading(.key("k"), .integer(1), at: .wall(Timestamp(nanoseconds: 5_000_000_000)))
      ])
  }

  @Test(arguments: [
    ("nonsense", "'{' was expected, after 0 bytes"),
    ("[1]", "'{' was expected, after 0 bytes"),
    (#"{"key":"k","value":NaN}"#, "a value was expected, after 19 bytes"),
    (#"{"key":"k","value":null}"#, "value is null, an object or an array"),
    (#"{"key":"k","value":[1,2]}"#, "value is null, an object or an array"),
    (#"{"key":"k","value":1e999}"#, "a number out of range, after 19 bytes"),
    (#"{"key":"","value":1}"#, "key is not a text, or empty"),
    (#"{"key":null,"value":1}"#, "key is not a text, or empty"),
    (#"{"key":5,"value":1}"#, "key is not a text, or empty"),
    (#"{"key":"k","value":1,"unit":2}"#, "unit is not a text"),
    (#"{"key":"k","value":1,"epoch":"now"}"#, "epoch is not a number of seconds"),
    (#"{"key":"k","value":1,"epoch":1e300}"#, "a time out of range, after 29 bytes"),
    (#"{"a":{"b":1}}"#, "a is null, an object or an array"),
    (#"{"":1}"#, "a member without a name"),
    ("{}", "an object without a value"),
    (#"{"epoch":1}"#, "an object without a value"),
    (#"{"a":1"#, "',' was expected, after 6 bytes"),
    (#"{"a":1} x"#, "more text after the end of the value, after 8 bytes"),
  ])
  func badLineIsRefusedByItsNumberAndTheRestGoOn(line: String, reason: String) throws {
    let outcome = try read("{\"key\":\"a\",\"value\":1}\n\n\(line)\n{\"key\":\"b\",\"value\":2}\n")
    #expect(
      outcome.readings == [Reading(.key("a"), .integer(1)), Reading(.key("b"), .integer(2))])
    #expect(outcome.refusals == [.init(line: 3, reason: reason)])
  }

  @Test func goodMembersOfAnObjectAreKeptBesideABadOne() throws {
    let outcome = try read(#"{"a":1,"b":null,"c":3}"#)
    #expect(outcome.readings == [Reading("a", .integer(1)), Reading("c", .integer(3))])
    #expect(outcome.refusals == [.init(line: 1, reason: "b is null, an object or an array")])
  }

  @Test func textThatIsNotUTF8IsRefused() throws {
    let outcome = try read(Array(#"{"key":"k","value":""#.utf8) + [0xFF] + Array("\"}\n".utf8))
    #expect(outcome.readings.isEmpty)
    #expect(outcome.refusals.map(\.line) == [1])
  }

  @Test func linesMayBeCutAnywhereBetweenChunks() throws {
    let text = "\u{FEFF}{\"key\":\"é\",\"value\":1}\r\n\r\n  \nbad\n{\"a\":2,\"b\":3}\n{\"c\":4}"
    let whole = try read(text)
    #expect(whole.readings.count == 4)
    #expect(whole.refusals.map(\.line) == [4])
    for chunk in 1...text.utf8.count {
      let cut = try read(text, chunk: chunk)
      #expect(cut == whole, "chunks of \(chunk)")
    }
  }

  @Test func byteOrderMarkAndCarriageReturnsAreIgnored() throws {
    let outcome = try read("\u{FEFF}{\"key\":\"k\",\"value\":1}\r\n")
    #expect(outcome.readings == [Reading(.key("k"), .integer(1))])
    #expect(outcome.refusals.isEmpty)
  }

  @Test func lastLineNeedsNoNewlineOnceTheInputEnds() throws {
    var driver = try driver()
    let line = Array(#"{"key":"k","value":1}"#.utf8)
    let before = try driver.read(.bytes(line[...], isEnd: false, isWhole: false))
    #expect(before.readings.isEmpty)
    let after = try driver.read(.bytes([], isEnd: true, isWhole: false))
    #expect(after.readings == [Reading(.key("k"), .integer(1))])
  }

  @Test func datagramIsWholeWithoutANewline() throws {
    var driver = try driver()
    for number in 1...2 {
      let bytes = Array(#"{"key":"k","value":\#(number)}"#.utf8)
      let outcome = try driver.read(.bytes(bytes[...], isEnd: false, isWhole: true))
      #expect(outcome.readings == [Reading(.key("k"), .integer(Int64(number)))])
    }
  }

  @Test(arguments: [4096, 65_536, Int.max])
  func tooLongALineIsRefusedOnceAndTheNextIsRead(chunk: Int) throws {
    let long = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
    let good = Array("{\"key\":\"k\",\"value\":1}\n".utf8)
    let outcome = try read(good + long + [0x0A] + good, chunk: chunk)
    #expect(outcome.readings.count == 2)
    #expect(outcome.refusals == [.init(line: 2, reason: "longer than 1048576 bytes")])
  }

  @Test func lineOfExactlyTheLimitIsTaken() throws {
    let frame = #"{"key":"k","value":""}"#
    let text = String(repeating: "v", count: 1_048_576 - frame.utf8.count)
    let outcome = try read("{\"key\":\"k\",\"value\":\"\(text)\"}\n", chunk: 65_536)
    #expect(outcome.readings == [Reading(.key("k"), .text(text))])
    #expect(try read("{\"key\":\"k\",\"value\":\"\(text)v\"}\n").refusals.count == 1)
  }

  @Test func unixPrefixNeedsAPath() {
    #expect(throws: Settings.Invalid("path", "has no path after unix:")) {
      try Lines(Settings(["path": "unix:"], for: Lines.options), on: FakeHardware())
    }
  }

  /// Mutated lines must never trap, and every line that is not blank must come to an event or a
  /// refusal: none is lost in silence.
  @Test(arguments: UInt64(1)...8)
  func noBytesCrashItAndNoneAreLostInSilence(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let line = Array(#"{"key":"kü\u00e9\ud83c\udf21","value":-1.5e3,"epoch":17.25,"a":[{}]}"#.utf8)
    for _ in 0..<2000 {
      var bytes = line
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: place)
        }
      }
      let lines = bytes.split(separator: 0x0A).filter { line in
        !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
      }
      let outcome = try read(bytes, chunk: Int.random(in: 1...80, using: &generator))
      #expect(outcome.readings.count + outcome.refusals.count >= lines.count, "seed \(seed)")
    }
  }
}
