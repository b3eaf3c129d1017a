/// What Kinesis accepts in one request.
/// Source: the API reference of PutRecords and "Quotas and limits" of the developer guide.
struct KinesisLimits: Equatable {
  static let recordsMax = 500
  /// Characters of a partition key.
  static let keyMax = 256
  /// Bytes of one record: its data, and its key in UTF-8.
  var recordBytes = 1 << 20
  /// Bytes of all records of one request, counted alike.
  var requestBytes = 5 << 20
}

/// The records of a PutRecords or PutRecord request, checked as strictly as the service does.
struct PutRecords {
  struct Record {
    let data: [UInt8]
    let key: String
    /// `key` as it stood in the request: a JSON string with its quotes.
    let rawKey: ArraySlice<UInt8>
    /// The ExplicitHashKey.
    let hash: UInt128?
  }

  let records: [Record]

  /// The records of PutRecords.
  init(records json: JSONText, limits: KinesisLimits) throws(KinesisError) {
    guard let list = json.root["Records"] else {
      throw .validation("Value null at 'records' failed to satisfy constraint: must not be null")
    }
    guard let elements = list.elements else { throw .serialization("Records must be a list.") }
    guard (1...KinesisLimits.recordsMax).contains(elements.count) else {
      throw .validation(
        "Value at 'records' failed to satisfy constraint: Member must have length between 1 and "
          + "\(KinesisLimits.recordsMax), but has \(elements.count)")
    }
    var records: [Record] = []
    records.reserveCapacity(elements.count)
    var total = 0
    for (index, element) in elements.enumerated() {
      let record = try Self.record(element, in: json, at: "records.\(index + 1)", limits: limits)
      total += record.data.count + record.key.utf8.count
      records.append(record)
    }
    guard total <= limits.requestBytes else {
      throw .argument("Records size exceeds \(limits.requestBytes) bytes")
    }
    self.records = records
  }

  /// The one record of PutRecord, whose fields stand at the top.
  init(record json: JSONText, limits: KinesisLimits) throws(KinesisError) {
    records = [try Self.record(json.root, in: json, at: "record", limits: limits)]
  }

  /// The partition keys in a body of PutRecords or PutRecord; none when it cannot be read.
  static func keys(in body: [UInt8]) -> Set<String> {
    guard let json = try? JSONText(body) else { return [] }
    let records = json.root["Records"]?.elements ?? [json.root]
    return Set(records.compactMap { json.string($0["PartitionKey"]) })
  }

  private static func record(
    _ node: JSONNode, in json: JSONText, at place: @autoclosure () -> String, limits: KinesisLimits
  ) throws(KinesisError) -> Record {
    guard node.isObject else { throw .serialization("\(place()) must be an object.") }
    guard let dataNode = node["Data"] else {
      throw .validation("Value null at '\(place()).data' failed: must not be null")
    }
    guard case .string(let escaped) = dataNode.kind, let data = decode(dataNode, escaped, json)
    else { throw .serialization("\(place()).data is not base64.") }
    guard let keyNode = node["PartitionKey"] else {
      throw .validation("Value null at '\(place()).partitionKey' failed: must not be null")
    }
    guard let key = json.string(keyNode) else {
      throw .serialization("\(place()).partitionKey must be a string.")
    }
    let isKeyShort =
      key.utf8.count <= KinesisLimits.keyMax
      || key.unicodeScalars.count <= KinesisLimits.keyMax
    guard !key.isEmpty, isKeyShort else {
      throw .validation(
        "Value at '\(place()).partitionKey' failed to satisfy constraint: Member must have length "
          + "between 1 and \(KinesisLimits.keyMax)")
    }
    guard data.count + key.utf8.count <= limits.recordBytes else {
      throw .validation(
        "Value at '\(place()).data' failed to satisfy constraint: Member must have length less "
          + "than or equal to \(limits.recordBytes)")
    }
    var hash: UInt128?
    if let node = node["ExplicitHashKey"] {
      guard let text = json.string(node), let explicit = ShardMap.hash(ofExplicitKey: text) else {
        throw .argument(
          "Invalid ExplicitHashKey at \(place()): it must be a decimal from 0 to 2^128-1, without "
            + "leading zeros")
      }
      hash = explicit
    }
    return Record(data: data, key: key, rawKey: json.raw(keyNode), hash: hash)
  }

  /// The bytes of a base64 string. Some writers escape the slashes in it.
  private static func decode(_ node: JSONNode, _ escaped: Bool, _ json: JSONText) -> [UInt8]? {
    guard escaped else { return Base64.decode(json.raw(node).dropFirst().dropLast()) }
    return json.string(node).flatMap { Base64.decode(Array($0.utf8)[...]) }
  }
}
