import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct ISStreamerCSVTests {
  /// Rows as ISStreamer 2.0.0 on Python 3.11 wrote them in offline mode.
  private static let captured: [(String, String, Value)] = [
    ("1700000000.123456,str,hello", "str", .text("hello")),
    ("1700000000.123456,empty,", "empty", .text("")),
    ("1700000000.123456,int,42", "int", .integer(42)),
    ("1700000000.123456,negint,-7", "negint", .integer(-7)),
    ("1700000000.123456,float,21.5", "float", .number(21.5)),
    ("1700000000.123456,fs,1e-07", "fs", .number(1e-7)),
    ("1700000000.123456,fb,1e+22", "fb", .number(1e22)),
    ("1700000000.123456,f3,3.0", "f3", .number(3)),
    ("1700000000.123456,big,1180591620717411303424", "big", .number(1_180_591_620_717_411_303_424)),
    ("1700000000.123456,true,True", "true", .boolean(true)),
    ("1700000000.123456,false,False", "false", .boolean(false)),
    ("1700000000.123456,u,Température °C", "u", .text("Température °C")),
    ("1700000000.123456,emoji,\u{1F321}", "emoji", .text("\u{1F321}")),
    (#"1700000000.123456,q,"a ""quoted"", b""#, "q", .text(#"a "quoted", b"#)),
    ("1700000000.123456,nl,\"line1\nline2\"", "nl", .text("line1\nline2")),
    ("1700000000.123456,cr,\"a\rb\"", "cr", .text("a\rb")),
    ("1700000000.123456,lead, x", "lead", .text(" x")),
    (#"1700000000.123456,"key,with ""q""",1"#, #"key,with "q""#, .integer(1)),
    (#"1700000000.123456,list,"[1, 2]""#, "list", .text("[1, 2]")),
    ("1700000000.123456,dict,{'a': 1}", "dict", .text("{'a': 1}")),
  ]

  private func event(_ row: String) -> Result<SensorEvent, Refused> {
    guard case .fields(let fields) = ISStreamerCSV.parse(Array(row.utf8)[...]) else {
      return .failure(.noKey)
    }
    return ISStreamerCSV.event(fields)
  }

  private func reason(_ row: String) -> String? {
    if case .failure(let refused) = event(row) { refused.reason } else { nil }
  }

  @Test func rowsOfISStreamerKeepTheirKindOfValue() throws {
    for (row, key, value) in Self.captured {
      let event = try event(row).get()
      #expect(event.key == key)
      #expect(event.value == value)
      #expect(event.time == Timestamp(nanoseconds: 1_700_000_000_123_456_000))
    }
  }

  @Test func whatISStreamerWroteIsWrittenTheSame() throws {
    let written = Self.captured.filter { !["big"].contains($0.1) }
    for (row, _, _) in written {
      let bytes = ISStreamerCSV.row(try event(row).get())
      #expect(String(decoding: bytes, as: UTF8.self) == row + "\r\n")
    }
  }

  @Test func textThatLooksLikeAnotherKindStaysText() throws {
    for text in ["42", "-1.5", "1e5", "True", "False", "nan", "inf", "-inf"] {
      var event = try event("1,k,x").get()
      event.value = .text(text)
      let row = String(decoding: ISStreamerCSV.row(event), as: UTF8.self)
      #expect(row == "1,k,\"\(text)\"\r\n")
      #expect(try self.event(String(row.dropLast())).get().value == .text(text))
    }
  }

  @Test(arguments: ["4 2", "1.", "--1", "007", "42 ", "1e400", "0x10", "-", "1_000"])
  func whatPythonNeverWritesForANumberIsText(value: String) throws {
    #expect(try event("1,k,\(value)").get().value == .text(value))
  }

  @Test func aRowThatIsNoEventIsRefusedWithItsReason() {
    #expect(reason(",k,1") == "no epoch, so it is not known when it was measured")
    #expect(reason("abc,k,1") == "'abc' is no epoch (seconds since 1970)")
    #expect(reason("1e300,k,1") == "'1e300' is no epoch (seconds since 1970)")
    #expect(reason("1,,1") == "no key")
    #expect(reason("1,k,nan") == "k: nan is no finite number")
    #expect(reason("1,k,-inf") == "k: -inf is no finite number")
    #expect(reason("1,k") == "neither JSON nor a row epoch,key,value: 2 fields")
    #expect(reason("garbage") == "neither JSON nor a row epoch,key,value: 1 field")
    #expect(reason("1,k,1,2") == "neither JSON nor a row epoch,key,value: 4 fields")
  }

  @Test func anOpenQuoteAsksForTheNextLine() {
    #expect(ISStreamerCSV.parse(Array(#"1,k,"a"#.utf8)[...]) == .open)
    #expect(ISStreamerCSV.parse(Array(#"1,k,"a"""#.utf8)[...]) == .open)
    #expect(ISStreamerCSV.parse([0x31, 0x2C, 0xFF]) == .notUTF8)
  }

  @Test func anyTextAndKeyComeBackAsTheyWere() throws {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("a,\"\n\r '1.TrueFalsenan-é\u{1F321}")
    for _ in 0..<2000 {
      func text() -> String {
        String((0..<Int.random(in: 0...8, using: &random)).map { _ in alphabet.randomElement()! })
      }
      let key = "k" + text()
      let value = Value.text(text())
      let row = ISStreamerCSV.row(
        SensorEvent(
          key: key, value: value, time: Timestamp(nanoseconds: 1_500_000_000),
          bootTime: BootTime(nanoseconds: 0), sequence: 0))
      #expect(row.suffix(2) == [0x0D, 0x0A])
      guard case .fields(let fields) = ISStreamerCSV.parse(row.dropLast(2)) else {
        Issue.record("\(key) \(value)")
        continue
      }
      let event = try ISStreamerCSV.event(fields).get()
      #expect(event.key == key)
      #expect(event.value == value)
    }
  }

  @Test func aLineAloneTellsWhetherAQuoteIsOpenBehindIt() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      let first = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        Array(#"",a"#.utf8).randomElement(using: &random)!
      }
      let second = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        Array(#"",a"#.utf8).randomElement(using: &random)!
      }
      let isOpen = ISStreamerCSV.isOpen(after: first[...], isOpen: false)
      #expect(isOpen == (ISStreamerCSV.parse(first[...]) == .open))
      guard isOpen else { continue }
      let both = first + [0x0A] + second
      #expect(
        ISStreamerCSV.isOpen(after: second[...], isOpen: true)
          == (ISStreamerCSV.parse(both[...]) == .open))
    }
  }
}
