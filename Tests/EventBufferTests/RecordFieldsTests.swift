import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct RecordFieldsTests {
  private func fields(_ text: String) -> RecordFields? {
    var json = JSONReader(Array(text.utf8))
    return try? RecordFields(&json)
  }

  /// `device boot seq`, of what has all three.
  private func identity(_ text: String) -> String? {
    guard let fields = fields(text), let device = fields.device, let boot = fields.boot,
      case .number(let number) = fields.sequence
    else { return nil }
    return "\(device) \(boot) \(number)"
  }

  private static let withIdentity = [
    // A Kinesis record's data, its members in any order, with others.
    #"{"sensorId":"t","data":21.4,"epoch":1,"unit":"°C","device":"d","boot":"b","seq":7}"#,
    #"{"seq":7,"boot":"b","device":"d","more":{"seq":9,"device":[]},"data":null,"sensorId":"t"}"#,
    #" { "device" : "d" , "boot" : "b" , "seq" : 7 } "#,
    #"{"sensorId":"t","data":"text","device":"\u0064","boot":"b","seq":7}"#,
    // The receiver's log.
    #"{"uplink":"kinesis","stream":"s","partitionKey":"t","shardId":"x","sequenceNumber":"49","#
      + #""at":1.5,"data":{"sensorId":"t","data":1,"device":"d","boot":"b","seq":7}}"#,
    #"{"uplink":"kinesis","dataBase64":"#
      + #""eyJzZW5zb3JJZCI6InQiLCJkYXRhIjoxLCJkZXZpY2UiOiJkIiwiYm9vdCI6ImIiLCJzZXEiOjd9"}"#,
    // GetRecords.
    #"{"SequenceNumber":"49","Data":"#
      + #""eyJzZW5zb3JJZCI6InQiLCJkYXRhIjoxLCJkZXZpY2UiOiJkIiwiYm9vdCI6ImIiLCJzZXEiOjd9","#
      + #""PartitionKey":"t"}"#,
    // rejected.jsonl.
    #"{"rejected":"too long","at":1,"device":"d","boot":"b","event":{"key":"t","value":1,"#
      + #""epoch":1,"seq":7}}"#,
    // An extra member that happens to be called as an envelope is.
    #"{"event":{"seq":8},"sensorId":"t","data":1,"device":"d","boot":"b","seq":7}"#,
  ]

  @Test(arguments: withIdentity)
  func theIdentityIsFoundInEachForm(text: String) {
    #expect(identity(text) == "d b 7")
    #expect(fields(text)?.isEvent == true)
  }

  private static let withoutIdentity = [
    #"{"key":"t","value":1,"epoch":1,"seq":7}"#, #"{"sensorId":"t","data":1}"#,
    #"{"uplink":"initialstate","bucketKey":"b","at":1,"event":{"key":"t","value":1,"seq":7}}"#,
  ]

  @Test(arguments: withoutIdentity)
  func anEventWithoutIdentityIsStillAnEvent(text: String) {
    #expect(identity(text) == nil)
    #expect(fields(text)?.isEvent == true)
  }

  private static let numbers: [(String, RecordFields.Number)] = [
    ("0", .number(0)), ("4611686018427387904", .number(1 << 62)), ("4611686018427387905", .invalid),
    ("-1", .invalid), ("1.5", .invalid), ("1e3", .invalid), (#""7""#, .invalid),
    ("null", .invalid), ("[7]", .invalid), ("99999999999999999999999", .invalid),
  ]

  @Test(arguments: numbers)
  func aNumberIsWholeAndInItsBounds(text: String, expected: RecordFields.Number) {
    #expect(fields(#"{"key":"t","seq":\#(text)}"#)?.sequence == expected)
  }

  @Test func aGapKeepsItsValueWhereverItStands() {
    let value = #""{\"cause\":\"crash\"}""#
    for text in [
      #"{"value":\#(value),"key":"telemetryd_gap","seq":7}"#,
      #"{"sensorId":"telemetryd_gap","data":\#(value),"device":"d","boot":"b","seq":7}"#,
      #"{"at":1,"data":{"sensorId":"telemetryd_gap","data":\#(value),"seq":7}}"#,
    ] {
      #expect(fields(text)?.isGap == true)
      #expect(fields(text)?.value == Array(value.utf8)[...])
    }
    #expect(fields(#"{"key":"t","value":\#(value)}"#)?.value == nil)
  }

  @Test func theRecordsOfAnAnswerAreAList() {
    let one = #"{"sensorId":"t","device":"d","boot":"b","seq":1}"#
    let answer = fields(#"{"MillisBehindLatest":0,"Records":[\#(one),7,\#(one)]}"#)
    #expect(answer?.records?.map(\.sequence) == [.number(1), .none, .number(1)])
    #expect(answer?.records?[1].fault != nil)
    let encoded = fields(
      #"{"Records":[{"Data":"#
        + #""eyJzZW5zb3JJZCI6InQiLCJkYXRhIjoxLCJkZXZpY2UiOiJkIiwiYm9vdCI6ImIiLCJzZXEiOjd9"}]}"#)
    #expect(encoded?.records?.map(\.sequence) == [.number(7)])
  }

  private static let broken = [
    #"{"Data":"=?"}"#, #"{"Data":"Zm9v"}"#, #"{"Data":"e30x"}"#, #"{"Data":"W10="}"#,
    #"{"dataBase64":"Zg"}"#,
  ]

  @Test(arguments: broken)
  func whatAnEnvelopeHoldsIsNamedWhenItCannotBeRead(text: String) {
    #expect(fields(text)?.fault != nil)
  }

  @Test func anEnvelopeInAnEnvelopeWithoutEndIsNotFollowed() {
    let text =
      String(repeating: #"{"data":"#, count: 60) + "1" + String(repeating: "}", count: 60)
    #expect(fields(text) != nil)
    #expect(fields(text)?.isEvent == false)
    let records =
      String(repeating: #"{"Records":["#, count: 20) + String(repeating: "]}", count: 20)
    #expect(fields(records) != nil)
  }
}
