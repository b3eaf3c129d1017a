import TelemetryModel
import Uplinks

/// What became of a record, for people and for machines.
enum PutText {
  /// The line for standard output; nil where there is only an error to tell.
  static func line(_ fate: RecordPut.Fate) -> String? {
    guard case .stored(let shard, let number) = fate else { return nil }
    return PlainText.line("\(shard) \(number)")
  }

  /// As PutRecords answers for one record.
  static func json(_ fate: RecordPut.Fate) -> String {
    var writer = JSONWriter(capacity: 128)
    let members: [(String, String)] =
      switch fate {
      case .stored(let shard, let number): [("SequenceNumber", number), ("ShardId", shard)]
      case .refused(_, let code, let message): [("ErrorCode", code), ("ErrorMessage", message)]
      }
    for (index, member) in members.enumerated() {
      writer.raw(index == 0 ? "{" : ",")
      writer.string(member.0)
      writer.raw(":")
      writer.string(member.1)
    }
    writer.raw("}")
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The sentence for standard error; nil where all is well.
  /// - Parameter line: of the input, from 1; nil where the data is one record.
  static func complaint(_ fate: RecordPut.Fate, line: Int?) -> String? {
    guard case .refused(_, let code, let message) = fate else { return nil }
    let place = line.map { "line \($0): " } ?? ""
    let isTold = code.isEmpty || message.contains(code)
    return PlainText.line(place + (isTold ? message : "\(code): \(message)"))
  }
}
