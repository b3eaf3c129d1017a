import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct RecordPutTests {
  private func put(
    _ data: [String], key: String = "k", hash: HashKey? = nil
  ) throws -> RecordPut {
    var put = RecordPut(
      to: try StreamReference("readings"), partitionKey: key, explicitHashKey: hash)
    for text in data { put.add(Array(text.utf8)) }
    return put
  }

  private func text(_ body: [UInt8]?) -> String? {
    body.map { String(decoding: $0, as: UTF8.self) }
  }

  private func answer(_ entries: String...) -> [UInt8] {
    Array(#"{"FailedRecordCount":0,"Records":[\#(entries.joined(separator: ","))]}"#.utf8)
  }

  private func stored(_ number: String) -> String {
    #"{"SequenceNumber":"\#(number)","ShardId":"shard"}"#
  }

  private func failed(_ code: String) -> String {
    #"{"ErrorCode":"\#(code)","ErrorMessage":"because"}"#
  }

  @Test func aRequestIsWhatTheServiceExpects() throws {
    var plain = try put(["hi"])
    #expect(
      text(plain.request())
        == #"{"StreamName":"readings","Records":[{"Data":"aGk=","PartitionKey":"k"}]}"#)
    var placed = try put([""], key: "\"", hash: HashKey(.max))
    #expect(
      text(placed.request()) == """
        {"StreamName":"readings","Records":[{"Data":"","PartitionKey":"\\"",\
        "ExplicitHashKey":"340282366920938463463374607431768211455"}]}
        """)
  }

  @Test func exactlyTheFailedAreSentAgain() throws {
    var put = try put(["a", "b", "c", "d"])
    _ = put.request()
    let first = try put.settle(
      answer(
        stored("1"), failed("InternalFailure"), stored("3"),
        failed("ProvisionedThroughputExceededException")))
    #expect(first.fates.map(\.number) == [0, 2])
    #expect(first.fates.first?.fate == .stored(shardID: "shard", sequenceNumber: "1"))
    #expect(first.setback?.fault == .throttled)
    #expect(first.setback?.code == "ProvisionedThroughputExceededException")
    #expect(
      text(put.request()) == """
        {"StreamName":"readings","Records":[{"Data":"Yg==","PartitionKey":"k"},\
        {"Data":"ZA==","PartitionKey":"k"}]}
        """)
    let second = try put.settle(answer(stored("4"), stored("5")))
    #expect(second.fates.map(\.number) == [1, 3])
    #expect(second.setback == nil)
    #expect(put.request() == nil)
  }

  @Test(arguments: [
    ("ValidationException", KinesisFault.badInput), ("KMSAccessDeniedException", .hold),
  ]) func whatWillNeverBeTakenIsSettled(_ code: String, _ fault: KinesisFault) throws {
    var put = try put(["a"])
    _ = put.request()
    let result = try put.settle(answer(failed(code)))
    #expect(result.fates.map(\.fate) == [.refused(fault, code: code, message: "because")])
    #expect(put.request() == nil)
  }

  @Test func anEntryWithoutAPlaceIsNoDelivery() throws {
    var put = try put(["a"])
    _ = put.request()
    let result = try put.settle(answer(#"{"SequenceNumber":"1"}"#))
    #expect(result.fates.isEmpty)
    #expect(result.setback?.fault == .transient)
  }

  @Test(arguments: ["", "{}", #"{"Records":[]}"#]) func anAnswerOfAnotherLengthSettlesNothing(
    _ answer: String
  ) throws {
    var put = try put(["a", "b"])
    let before = put.request()
    #expect(throws: UnreadableAnswer("PutRecords")) {
      _ = try put.settle(Array(answer.utf8))
    }
    #expect(put.request() == before)
  }

  @Test func aRequestHasAtMostFiveHundredRecords() throws {
    var put = try put((0..<501).map { "\($0)" })
    #expect(put.isFull)
    _ = put.request()
    _ = try put.settle(Array(#"{"Records":[\#(many(500))]}"#.utf8))
    #expect(!put.isFull)
    #expect(
      text(put.request())
        == #"{"StreamName":"readings","Records":[{"Data":"NTAw","PartitionKey":"k"}]}"#)
  }

  private func many(_ count: Int) -> String {
    (0..<count).map { stored("\($0)") }.joined(separator: ",")
  }

  @Test func aRequestHasAtMostFiveMebibytesUnlessOneRecordIsLarger() throws {
    let large = String(repeating: "x", count: 3 << 20)
    var put = try put([large, large])
    #expect(put.isFull)
    #expect(put.request().map { $0.count < 5 << 20 } == true)
    _ = try put.settle(answer(stored("1")))
    #expect(put.request() != nil)
    #expect(put.fits((10 << 20) - 1))
    #expect(!put.fits(10 << 20))
  }

  @Test func theCulpritOfARefusedRequestIsFoundAndTheOthersGoOn() throws {
    var put = try put(["a", "b", "!", "d", "e"])
    var sent: [Int] = []
    var fates: [Int: RecordPut.Fate] = [:]
    let failure = KinesisFailure(.badInput, code: "Validation", "HTTP 400 Validation: no")
    while let body = text(put.request()) {
      let count = body.split(separator: "PartitionKey", omittingEmptySubsequences: false).count - 1
      sent.append(count)
      if body.contains("IQ==") {
        if let (number, fate) = put.refuse(failure) { fates[number] = fate }
      } else {
        for (number, fate) in try put.settle(Array(#"{"Records":[\#(many(count))]}"#.utf8)).fates {
          fates[number] = fate
        }
      }
    }
    #expect(sent == [5, 2, 3, 1, 2])
    #expect(fates.count == 5)
    #expect(
      fates[2] == .refused(.badInput, code: "Validation", message: "HTTP 400 Validation: no"))
  }

  @Test func whatIsGivenUpHasTheSameFate() throws {
    var put = try put(["a"])
    #expect(put.skip() == 1)
    put.add([0])
    let fate = RecordPut.Fate.refused(.hold, code: "AccessDenied", message: "no")
    #expect(put.giveUp(fate).map(\.number) == [0, 2])
    #expect(put.request() == nil)
  }
}
