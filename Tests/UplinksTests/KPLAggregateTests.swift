import FoundationEssentials
import Platform
import Testing

@testable import Uplinks

@Suite struct KPLAggregateTests {
  private let crypto = LibCrypto()

  /// What to compare entries by: equal strings may be other keys.
  private func plain(_ entries: [KPLAggregate.Entry]?) -> [[[UInt8]?]]? {
    entries?.map {
      [Array($0.partitionKey.utf8), $0.explicitHashKey.map { Array($0.utf8) }, $0.data]
    }
  }

  /// An aggregate with this message in it.
  private func sealed(_ message: [UInt8]) -> [UInt8] {
    [0xF3, 0x89, 0x9A, 0xC2] + message + crypto.md5(message)
  }

  private func decode(_ message: [UInt8]) -> [[[UInt8]?]]? {
    plain(KPLAggregate.decode(sealed(message), crypto: crypto))
  }

  private func random(_ random: inout SeededRandom) -> [KPLAggregate.Entry] {
    let keys =
      (0..<Int.random(in: 1...200, using: &random)).map { "sensor-\($0)" } + ["é", "e\u{301}", ""]
    let hashes = ["0", "1", HashKey.max.description]
    return (0..<Int.random(in: 0...300, using: &random)).map { _ in
      KPLAggregate.Entry(
        partitionKey: keys.randomElement(using: &random) ?? "",
        explicitHashKey: Bool.random(using: &random) ? hashes.randomElement(using: &random) : nil,
        data: random.bytes(0...300))
    }
  }

  // MARK: Vectors

  @Test func everyVectorComesOutByteForByte() throws {
    let vectors = try KPLVectors.load()
    #expect(vectors.positive.count == 7)
    for vector in vectors.positive {
      let blob = KPLAggregate.encode(vector.entries, crypto: crypto)
      #expect(blob == vector.blob, "\(vector.name)")
      let first = vector.entries.first?.hashKey(crypto: crypto)
      #expect(first?.description == vector.firstRecordHashKey, "\(vector.name)")
    }
  }

  @Test func everyVectorIsReadBack() throws {
    for vector in try KPLVectors.load().positive {
      let entries = KPLAggregate.decode(vector.blob, crypto: crypto)
      #expect(plain(entries) == plain(vector.entries), "\(vector.name)")
    }
  }

  @Test func everyBadVectorIsNoAggregate() throws {
    let vectors = try KPLVectors.load()
    #expect(vectors.negative.count == 5)
    for vector in vectors.negative {
      #expect(KPLAggregate.decode(vector.blob, crypto: crypto) == nil, "\(vector.name)")
    }
  }

  // MARK: Sizes

  @Test(arguments: 0..<10 as Range<UInt64>)
  func theSizeIsKnownBeforeAnEntryIsAdded(seed: UInt64) {
    var random = SeededRandom(state: seed)
    var aggregate = KPLAggregate()
    #expect(aggregate.size == 20)
    for entry in self.random(&random) {
      let expected = aggregate.size(adding: entry)
      aggregate.append(entry)
      #expect(aggregate.size == expected)
    }
    #expect(aggregate.encoded(crypto: crypto).count == aggregate.size)
  }

  @Test(arguments: [100, 127, 128, 16_383, 16_384, 1 << 20])
  func theSizeIsRightWhereLengthsGrowAByte(count: Int) {
    for size in (count - 8)...count {
      let entry = KPLAggregate.Entry(
        partitionKey: "k", explicitHashKey: "1", data: [UInt8](repeating: 1, count: size))
      let blob = KPLAggregate.encode([entry], crypto: crypto)
      #expect(KPLAggregate().size(adding: entry) == blob.count)
    }
  }

  // MARK: Both ways

  @Test(arguments: 0..<20 as Range<UInt64>)
  func anyEntriesComeBack(seed: UInt64) {
    var random = SeededRandom(state: seed)
    let entries = self.random(&random)
    // Without a record there is no message, and so no aggregate.
    guard !entries.isEmpty else { return }
    let blob = KPLAggregate.encode(entries, crypto: crypto)
    #expect(plain(KPLAggregate.decode(blob, crypto: crypto)) == plain(entries))
  }

  @Test func keysThatUnicodeTakesForEqualStayApart() {
    let entries = ["caf\u{E9}", "cafe\u{301}"].map {
      KPLAggregate.Entry(partitionKey: $0, data: [1])
    }
    let blob = KPLAggregate.encode(entries, crypto: crypto)
    #expect(plain(KPLAggregate.decode(blob, crypto: crypto)) == plain(entries))
  }

  // MARK: Messages of others

  @Test func unknownFieldsAndTagsArePassedOver() {
    // Fields 15 (bytes), 14 (a number) and 13 (four bytes); in the record tags and field 9.
    let message: [UInt8] =
      [0x7A, 0x02, 0xFF, 0xFF, 0x0A, 0x01, 0x6B, 0x70, 0x05, 0x6D, 1, 2, 3, 4]
      + [0x1A, 0x0B, 0x08, 0x00, 0x1A, 0x01, 0x78, 0x22, 0x02, 0x0A, 0x00, 0x48, 0x07]
    #expect(decode(message) == [[[0x6B], nil, [0x78]]])
  }

  @Test func keysMayStandBehindTheRecordsThatNameThem() {
    let message: [UInt8] = [0x1A, 0x06, 0x1A, 0x00, 0x10, 0x00, 0x08, 0x00, 0x12, 0x01, 0x39]
    #expect(decode(message + [0x0A, 0x01, 0x6B]) == [[[0x6B], [0x39], []]])
    #expect(decode(message) == nil)
  }

  @Test func aKnownFieldOfAnotherKindIsAnUnknownOne() {
    // The key's number as bytes: then there is none.
    #expect(decode([0x0A, 0x01, 0x6B, 0x1A, 0x05, 0x0A, 0x01, 0x00, 0x1A, 0x00]) == nil)
    // A number where the table of keys should be, before the right one.
    #expect(decode([0x08, 0x07, 0x0A, 0x01, 0x6B, 0x1A, 0x04, 0x08, 0x00, 0x1A, 0x00])?.count == 1)
  }

  private static let broken: [(what: String, message: [UInt8])] = [
    ("no key's number", [0x0A, 0x01, 0x6B, 0x1A, 0x02, 0x1A, 0x00]),
    ("no data", [0x0A, 0x01, 0x6B, 0x1A, 0x02, 0x08, 0x00]),
    ("no such key", [0x1A, 0x04, 0x08, 0x00, 0x1A, 0x00]),
    ("no such hash key", [0x0A, 0x01, 0x6B, 0x1A, 0x06, 0x08, 0x00, 0x10, 0x00, 0x1A, 0x00]),
    (
      "a key's number of 2^64 - 1",
      [0x0A, 0x01, 0x6B, 0x1A, 0x0D, 0x08] + [UInt8](repeating: 0xFF, count: 9)
        + [0x01, 0x1A, 0x00]
    ),
    ("a key that is not UTF-8", [0x0A, 0x01, 0xFF, 0x1A, 0x04, 0x08, 0x00, 0x1A, 0x00]),
    ("a record that is cut off", [0x0A, 0x01, 0x6B, 0x1A, 0x05, 0x08, 0x00, 0x1A, 0x00]),
    ("data longer than its record", [0x0A, 0x01, 0x6B, 0x1A, 0x04, 0x08, 0x00, 0x1A, 0x01, 0x00]),
    ("a group", [0x0B, 0x0C]), ("half a number", [0x08, 0x80]), ("field 0", [0x00, 0x00]),
  ]

  @Test(arguments: broken)
  func aBrokenMessageIsNoAggregate(what: String, message: [UInt8]) {
    #expect(decode(message) == nil, "\(what)")
  }

  @Test func anAggregateWithoutRecordsHasNone() {
    #expect(decode([0x0A, 0x01, 0x6B]) == [])
  }

  // MARK: Anything

  @Test func noBitMayBeWrong() throws {
    let vectors = try KPLVectors.load().positive
    let blob = try #require(vectors.first { $0.name == "mixed_ehk" }).blob
    for place in blob.indices {
      var damaged = blob
      damaged[place] ^= 1 << UInt8(place % 8)
      #expect(KPLAggregate.decode(damaged, crypto: crypto) == nil)
      #expect(KPLAggregate.decode(Array(blob[..<place]), crypto: crypto) == nil)
    }
  }

  /// Goal: a message that somebody made up, with its right digest, is read or refused, no more.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func aMessageOfAnyBytesIsReadOrRefused(seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    let vectors = try KPLVectors.load().positive
    let vector = try #require(vectors.randomElement(using: &random))
    var message = Array(vector.blob.dropFirst(4).dropLast(16).prefix(400))
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let place = Int.random(in: 0..<message.count, using: &random)
      switch Int.random(in: 0...2, using: &random) {
      case 0: message[place] = UInt8.random(in: .min ... .max, using: &random)
      case 1: message.insert(contentsOf: random.bytes(1...5), at: place)
      default: message.replaceSubrange(place..., with: [0xFF])
      }
    }
    guard let entries = KPLAggregate.decode(sealed(message), crypto: crypto) else { return }
    #expect(entries.reduce(0) { $0 + $1.data.count + 6 } <= message.count)
  }
}

/// Records in, aggregated blobs out; each blob was compared with the Python aggregator's.
struct KPLVectors: Decodable {
  struct Positive: Decodable {
    struct Record: Decodable {
      let partitionKey: String
      let explicitHashKey: String?
      let dataB64: Data
    }
    let name: String
    let records: [Record]
    let blobHex: String
    let firstRecordHashKey: String

    var blob: [UInt8] { KPLVectors.bytes(blobHex) }
    var entries: [KPLAggregate.Entry] {
      records.map {
        KPLAggregate.Entry(
          partitionKey: $0.partitionKey, explicitHashKey: $0.explicitHashKey,
          data: Array($0.dataB64))
      }
    }
  }

  struct Negative: Decodable {
    let name: String
    let blobHex: String

    var blob: [UInt8] { KPLVectors.bytes(blobHex) }
  }

  let positive: [Positive]
  let negative: [Negative]

  static func load() throws -> KPLVectors { try Fixtures.decode("kpl-aggregation.json") }

  private static func bytes(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap(Hexadecimal.value)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
