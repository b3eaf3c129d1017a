/// Many user records in one record of a stream, as the Kinesis Producer Library packs them: four
/// bytes of magic, a message of Protocol Buffers, and its MD5.
///
/// All of one aggregate must belong to one shard: a consumer drops those that do not. Its size is
/// known before an entry is added, so a record is filled up to its limit and no further.
/// Source: amazon-kinesis-producer, aggregation-format.md.
package struct KPLAggregate: Sendable {
  /// One user record.
  package struct Entry: Sendable, Equatable {
    package var partitionKey: String
    /// Decimal; it is kept as it is written.
    package var explicitHashKey: String?
    package var data: [UInt8]

    package init(partitionKey: String, explicitHashKey: String? = nil, data: [UInt8]) {
      self.partitionKey = partitionKey
      self.explicitHashKey = explicitHashKey
      self.data = data
    }

    /// Where it belongs: its explicit hash key, or else its partition key's hash. nil when the
    /// former is no hash key.
    package func hashKey(crypto: any Cryptography) -> HashKey? {
      if let explicitHashKey { return HashKey(decimal: explicitHashKey) }
      return HashKey(partitionKey: partitionKey, crypto: crypto)
    }
  }

  private static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]
  private static let digestSize = 16

  /// Fields of the messages AggregatedRecord and Record.
  private enum Field {
    static let partitionKeys: UInt8 = 1
    static let explicitHashKeys: UInt8 = 2
    static let records: UInt8 = 3
    static let partitionKeyIndex: UInt8 = 1
    static let explicitHashKeyIndex: UInt8 = 2
    static let data: UInt8 = 3
  }

  /// Strings that records name by their number, each once, in the order of their first use.
  private struct Table {
    /// By their bytes: strings that Unicode takes for equal are other keys.
    private var numbers: [[UInt8]: Int] = [:]
    private(set) var fields = ProtobufWriter()
    let field: UInt8

    init(_ field: UInt8) { self.field = field }

    func number(of key: [UInt8]) -> Int { numbers[key] ?? numbers.count }

    func size(adding key: [UInt8]) -> Int {
      numbers[key] == nil ? ProtobufWriter.size(ofBytes: key.count) : 0
    }

    mutating func add(_ key: [UInt8]) -> Int {
      if let number = numbers[key] { return number }
      let number = numbers.count
      numbers[key] = number
      fields.bytes(key, field: field)
      return number
    }
  }

  private var partitionKeys = Table(Field.partitionKeys)
  private var explicitHashKeys = Table(Field.explicitHashKeys)
  private var records = ProtobufWriter()
  /// User records in it.
  package private(set) var count = 0

  package init() {}

  /// Bytes of the whole, magic and digest included.
  package var size: Int {
    Self.magic.count + partitionKeys.fields.bytes.count + explicitHashKeys.fields.bytes.count
      + records.bytes.count + Self.digestSize
  }

  /// What `size` becomes when `entry` is added.
  package func size(adding entry: Entry) -> Int {
    let partitionKey = Array(entry.partitionKey.utf8)
    var added = partitionKeys.size(adding: partitionKey)
    var record = ProtobufWriter.size(ofInteger: partitionKeys.number(of: partitionKey))
    if let explicitHashKey = entry.explicitHashKey.map({ Array($0.utf8) }) {
      added += explicitHashKeys.size(adding: explicitHashKey)
      record += ProtobufWriter.size(ofInteger: explicitHashKeys.number(of: explicitHashKey))
    }
    record += ProtobufWriter.size(ofBytes: entry.data.count)
    return size + added + ProtobufWriter.size(ofBytes: record)
  }

  package mutating func append(_ entry: Entry) {
    var record = ProtobufWriter()
    record.integer(
      partitionKeys.add(Array(entry.partitionKey.utf8)), field: Field.partitionKeyIndex)
    if let explicitHashKey = entry.explicitHashKey {
      record.integer(
        explicitHashKeys.add(Array(explicitHashKey.utf8)), field: Field.explicitHashKeyIndex)
    }
    record.bytes(entry.data, field: Field.data)
    records.bytes(record.bytes, field: Field.records)
    count += 1
  }

  /// The data of the stream's record.
  package func encoded(crypto: any Cryptography) -> [UInt8] {
    let message = partitionKeys.fields.bytes + explicitHashKeys.fields.bytes + records.bytes
    return Self.magic + message + crypto.md5(message)
  }

  /// All of `entries` in one, in their order.
  package static func encode(_ entries: [Entry], crypto: any Cryptography) -> [UInt8] {
    var aggregate = KPLAggregate()
    for entry in entries { aggregate.append(entry) }
    return aggregate.encoded(crypto: crypto)
  }
}

// MARK: - Reading

extension KPLAggregate {
  /// Entries of one aggregate. Ten times what a record of 10 MiB holds of real ones; each takes
  /// more memory than the few bytes that it can stand in.
  package static let entriesMax = 1 << 20

  /// The entries of an aggregate; nil when `bytes` is none, or is damaged: it is then a user record
  /// by itself, and handed on unchanged. An aggregate without records has none.
  package static func decode(_ bytes: [UInt8], crypto: any Cryptography) -> [Entry]? {
    guard bytes.count > magic.count + digestSize, bytes.starts(with: magic) else { return nil }
    let message = bytes.dropFirst(magic.count).dropLast(digestSize)
    guard bytes.suffix(digestSize).elementsEqual(crypto.md5(Array(message))) else { return nil }
    return try? entries(of: message)
  }

  /// A record with the numbers of its keys, whose tables may follow it.
  private struct Record {
    var partitionKey: UInt64?
    var explicitHashKey: UInt64?
    var data: ArraySlice<UInt8>?
  }

  private static func entries(
    of message: ArraySlice<UInt8>
  ) throws(ProtobufReader.Malformed) -> [Entry] {
    var partitionKeys: [String] = []
    var explicitHashKeys: [String] = []
    var records: [Record] = []
    var reader = ProtobufReader(message)
    while let (field, content) = try reader.next() {
      guard case .bytes(let bytes) = content else { continue }
      switch field {
      case UInt64(Field.partitionKeys): partitionKeys.append(try text(bytes))
      case UInt64(Field.explicitHashKeys): explicitHashKeys.append(try text(bytes))
      case UInt64(Field.records):
        guard records.count < entriesMax else { throw ProtobufReader.Malformed() }
        records.append(try record(bytes))
      default: break
      }
    }
    var entries: [Entry] = []
    entries.reserveCapacity(records.count)
    for record in records {
      guard let number = record.partitionKey, let data = record.data else {
        throw ProtobufReader.Malformed()
      }
      entries.append(
        Entry(
          partitionKey: try element(number, of: partitionKeys),
          explicitHashKey: try optionalElement(record.explicitHashKey, of: explicitHashKeys),
          data: Array(data)))
    }
    return entries
  }

  /// Its tags are passed over: nothing writes them.
  private static func record(
    _ message: ArraySlice<UInt8>
  ) throws(ProtobufReader.Malformed) -> Record {
    var record = Record()
    var reader = ProtobufReader(message)
    while let (field, content) = try reader.next() {
      switch (field, content) {
      case (UInt64(Field.partitionKeyIndex), .integer(let number)): record.partitionKey = number
      case (UInt64(Field.explicitHashKeyIndex), .integer(let number)):
        record.explicitHashKey = number
      case (UInt64(Field.data), .bytes(let data)): record.data = data
      default: break
      }
    }
    return record
  }

  private static func text(
    _ bytes: ArraySlice<UInt8>
  ) throws(ProtobufReader.Malformed) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ProtobufReader.Malformed()
    }
    return text
  }

  private static func element(
    _ number: UInt64, of table: [String]
  ) throws(ProtobufReader.Malformed) -> String {
    guard let index = Int(exactly: number), index < table.count else {
      throw ProtobufReader.Malformed()
    }
    return table[index]
  }

  private static func optionalElement(
    _ number: UInt64?, of table: [String]
  ) throws(ProtobufReader.Malformed) -> String? {
    guard let number else { return nil }
    return try element(number, of: table)
  }
}
