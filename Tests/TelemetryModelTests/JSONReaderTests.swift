import Testing

@testable import TelemetryModel

@Suite struct JSONReaderTests {
  private func value(_ text: String) throws -> Value {
    var reader = JSONReader(Array(text.utf8))
    let value: Value
    switch try reader.peek() {
    case .number: value = try reader.number()
    case .string: value = .text(try reader.string())
    default: value = .boolean(try reader.boolean())
    }
    try reader.end()
    return value
  }

  @Test(arguments: [
    ("0", Value.integer(0)), ("-0", .integer(0)), ("-1", .integer(-1)), (" 7 ", .integer(7)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("12345678901234567890123", .number(12_345_678_901_234_567_741_440)),
    ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
    ("9007199254740993.0", .number(9_007_199_254_740_992)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    ("1.0", .number(1)), ("-0.0", .number(-0.0)), ("1e3", .number(1000)), ("1E-2", .number(0.01)),
    ("21.46", .number(21.46)), ("0.30000000000000004", .number(0.1 + 0.2)),
    ("5e-324", .number(.leastNonzeroMagnitude)),
    ("1.7976931348623157e308", .number(1.7976931348623157e308)),
    ("123456789.123456789012345", .number(123_456_789.123_456_789_012_345)),
    ("true", .boolean(true)), ("false", .boolean(false)),
    (#""a\"\\\/\b\f\n\r\tz""#, .text("a\"\\/\u{8}\u{C}\n\r\tz")),
    (#""\u00e9\ud83c\udf21é""#, .text("é🌡é")),
  ])
  func readsScalarsInTheirKind(text: String, expected: Value) throws {
    #expect(try value(text) == expected)
  }

  @Test(arguments: [
    "", " ", "01", "+1", "1.", ".5", "1e", "1e+", "--1", "0x10", "NaN", "Infinity", "1e999", "tru",
    "truefalse", "nul", "\"", "\"a", #""\x""#, #""\u12"#, #""\u12g4""#, #""\ud83c""#,
    #""\ud83cx""#, #""\ud83c\u0041""#, #""\udf21""#, "\"a\nb\"", "1 2", "'a'",
  ])
  func refusesWhatIsNotJSON(text: String) {
    #expect(throws: JSONReader.Malformed.self) { try value(text) }
  }

  @Test func stringThatIsNotUTF8IsRefused() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
    ] {
      var reader = JSONReader(bytes)
      #expect(throws: JSONReader.Malformed.self) { try reader.string() }
    }
  }

  @Test(arguments: [
    ("1700000000.123456789", Int64(1_700_000_000_123_456_789)), ("1.5", 1_500_000_000),
    ("-1.5", -1_500_000_000), ("0.0000000005", 1), ("0.00000000049", 0), ("7", 7_000_000_000),
    ("1.7e9", 1_700_000_000_000_000_000), ("-0.25", -250_000_000),
  ])
  func epochIsExactToTheNanosecond(text: String, billionths: Int64) throws {
    var reader = JSONReader(Array(text.utf8))
    #expect(try reader.decimal() == billionths)
  }

  @Test(arguments: ["1e300", "9223372037", "-9223372037", "99999999999999999999", "1e-"])
  func epochOutOfRangeIsRefused(text: String) {
    var reader = JSONReader(Array(text.utf8))
    #expect(throws: JSONReader.Malformed.self) { try reader.decimal() }
  }

  @Test func objectGivesItsMembersAndSkipsWhatIsNotWanted() throws {
    var reader = JSONReader(Array(#" { "a" : [1, {"x": [null, true]}] , "b":"c" } "#.utf8))
    try reader.beginObject()
    var first = true
    #expect(try reader.nextKey(first: &first) == "a")
    #expect(String(decoding: try reader.rawValue(), as: UTF8.self) == #"[1, {"x": [null, true]}]"#)
    #expect(try reader.nextKey(first: &first) == "b")
    #expect(try reader.string() == "c")
    #expect(try reader.nextKey(first: &first) == nil)
    try reader.end()
  }

  @Test(arguments: ["{,}", "{\"a\":1,}", "[1,]", "[,1]", "{\"a\" 1}", "{\"a\":}", "[1 2]", "{1:2}"])
  func wrongPunctuationIsRefused(text: String) {
    var reader = JSONReader(Array(text.utf8))
    #expect(throws: JSONReader.Malformed.self) { try reader.skipValue() }
  }

  @Test func deepNestingIsRefusedRatherThanFollowed() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    var fine = JSONReader(nested(64))
    try fine.skipValue()
    var deep = JSONReader(nested(100_000))
    #expect(throws: JSONReader.Malformed.self) { try deep.skipValue() }
  }

  @Test func faultIsCountedFromTheStartOfTheSlice() {
    var reader = JSONReader(Array("xxxx{x".utf8)[4...])
    #expect(throws: JSONReader.Malformed(offset: 1, reason: "'\"' was expected")) {
      try reader.skipValue()
    }
  }

  @Test(arguments: UInt64(1)...4)
  func noBytesCrashIt(seed: UInt64) {
    var generator = Seeded(state: seed)
    let alphabet = Array("{}[]\",:\\u0123456789eE+-.truefalsn \n".utf8) + [0xC3, 0xA9, 0xFF, 0x00]
    for _ in 0..<10_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      var skipper = JSONReader(bytes)
      _ = try? skipper.skipValue()
      var scalar = JSONReader(bytes)
      _ = try? scalar.number()
      var decimal = JSONReader(bytes)
      _ = try? decimal.decimal()
      var text = JSONReader(bytes)
      _ = try? text.string()
    }
  }

  @Test(arguments: UInt64(1)...4)
  func whatTheWriterWritesReadsBackTheSame(seed: UInt64) throws {
    var generator = Seeded(state: seed)
    for _ in 0..<5000 {
      let bits = generator.next()
      let number = Double(bitPattern: bits)
      let decimal = Double(Int64(truncatingIfNeeded: bits) % 10_000_000) / 1000
      let scalars = (0..<5).compactMap { _ in
        UnicodeScalar(UInt32.random(in: 0...0x1_F400, using: &generator))
      }
      let text = String(String.UnicodeScalarView(scalars))
      let values: [Value] = [
        .number(number.isFinite ? number : 0), .number(decimal),
        .integer(Int64(bitPattern: bits)), .boolean(bits & 1 == 0), .text(text),
      ]
      for value in values {
        var writer = JSONWriter()
        writer.value(value)
        var reader = JSONReader(writer.bytes)
        let back: Value =
          switch try reader.peek() {
          case .number: try reader.number()
          case .string: .text(try reader.string())
          default: .boolean(try reader.boolean())
          }
        #expect(back == value, "seed \(seed)")
      }
      var writer = JSONWriter()
      let time = Timestamp(nanoseconds: Int64(bitPattern: bits))
      writer.epoch(time)
      var reader = JSONReader(writer.bytes)
      #expect(try reader.decimal() == time.nanoseconds, "seed \(seed)")
    }
  }
}

/// A small generator (xorshift*, Vigna 2016), so that a seed names a run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
