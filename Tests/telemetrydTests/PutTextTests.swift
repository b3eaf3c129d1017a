import Testing
import Uplinks

@testable import telemetryd

@Suite struct PutTextTests {
  private let stored = RecordPut.Fate.stored(shardID: "shardId-7", sequenceNumber: "49")
  private let refused = RecordPut.Fate.refused(
    .throttled, code: "LimitExceeded", message: "too \"much\"\u{1B}")

  @Test func aStoredRecordHasAPlace() {
    #expect(PutText.line(stored) == "shardId-7 49")
    #expect(PutText.json(stored) == #"{"SequenceNumber":"49","ShardId":"shardId-7"}"#)
    #expect(PutText.complaint(stored, line: 3) == nil)
  }

  @Test func aRefusedOneHasAReason() {
    #expect(PutText.line(refused) == nil)
    #expect(
      PutText.json(refused)
        == #"{"ErrorCode":"LimitExceeded","ErrorMessage":"too \"much\"\u001b"}"#)
    #expect(
      PutText.complaint(refused, line: 3) == "line 3: LimitExceeded: too \"much\"?")
    #expect(PutText.complaint(refused, line: nil) == "LimitExceeded: too \"much\"?")
  }
}
