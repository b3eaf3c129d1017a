/// The readings in a record, for people to see: an aggregate of the Kinesis Producer Library is
/// taken apart, and what gzip has packed is unpacked. What is neither is the reading itself.
///
/// The log keeps each record as it came; and this shares nothing with what the agent packs with, so
/// that a mistake of the one is seen by the other.
/// Source: amazon-kinesis-producer, aggregation-format.md.
enum UserRecords {
  struct UserRecord: Equatable {
    let partitionKey: String
    let data: [UInt8]
  }

  /// Bytes of one unpacked reading; a larger one is shown as it came.
  private static let unpackedMax = 1 << 20
  private static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]
  private static let digestSize = 16

  /// - Parameter limit: how many are wanted; of more, the last.
  static func all(in data: [UInt8], partitionKey: String, atMost limit: Int) -> [UserRecord] {
    let packed = aggregated(data) ?? [UserRecord(partitionKey: partitionKey, data: data)]
    return packed.suffix(limit).map { record in
      guard record.data.starts(with: [0x1F, 0x8B]),
        let data = Inflate.gunzip(record.data, atMost: unpackedMax)
      else { return record }
      return UserRecord(partitionKey: record.partitionKey, data: data)
    }
  }

  /// nil for what is no aggregate, or a damaged one.
  private static func aggregated(_ data: [UInt8]) -> [UserRecord]? {
    guard data.count > magic.count + digestSize, data.starts(with: magic) else { return nil }
    let message = data.dropFirst(magic.count).dropLast(digestSize)
    guard Digest.md5(Array(message)) == Array(data.suffix(digestSize)),
      let fields = fields(of: message)
    else { return nil }
    let keys = fields.filter { $0.number == 1 }.map { String(decoding: $0.bytes, as: UTF8.self) }
    var records: [UserRecord] = []
    for field in fields where field.number == 3 {
      guard let parts = self.fields(of: field.bytes),
        let key = parts.last(where: { $0.number == 1 })?.integer, key < keys.count,
        let data = parts.last(where: { $0.number == 3 })?.bytes
      else { return nil }
      records.append(UserRecord(partitionKey: keys[Int(key)], data: Array(data)))
    }
    return records
  }

  /// One field of a message of Protocol Buffers: a number or bytes.
  private struct Field {
    let number: UInt64
    var integer: UInt64 = 0
    var bytes: ArraySlice<UInt8> = []
  }

  /// nil for what is no message, or has fields of another kind.
  private static func fields(of message: ArraySlice<UInt8>) -> [Field]? {
    var rest = message
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let tag = integer(&rest) else { return nil }
      var field = Field(number: tag >> 3)
      guard let value = integer(&rest) else { return nil }
      switch tag & 7 {
      case 0: field.integer = value
      case 2:
        guard value <= UInt64(rest.count) else { return nil }
        field.bytes = rest.prefix(Int(value))
        rest = rest.dropFirst(Int(value))
      default: return nil
      }
      fields.append(field)
    }
    return fields
  }

  /// Seven bits a byte, the lowest first.
  private static func integer(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64, let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }
}
