/// Writes the two kinds of Protocol Buffers fields that KPL's messages have.
/// Source: protobuf.dev, "Encoding".
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  /// A whole number, as the fields `uint64` have.
  mutating func integer(_ value: Int, field: UInt8) {
    bytes.append(Self.tag(field, .varint))
    varint(value)
  }

  /// A string, bytes or a message.
  mutating func bytes(_ content: [UInt8], field: UInt8) {
    bytes.append(Self.tag(field, .bytes))
    varint(content.count)
    bytes.append(contentsOf: content)
  }

  /// Bytes that a field takes whose content has `count`; the field's number is below 16.
  static func size(ofBytes count: Int) -> Int { 1 + size(ofVarint: count) + count }
  static func size(ofInteger value: Int) -> Int { 1 + size(ofVarint: value) }

  /// Seven bits each.
  private static func size(ofVarint value: Int) -> Int {
    max(1, (UInt64.bitWidth - UInt64(clamping: value).leadingZeroBitCount + 6) / 7)
  }

  private static func tag(_ field: UInt8, _ kind: ProtobufReader.Kind) -> UInt8 {
    field << 3 | kind.rawValue
  }

  private mutating func varint(_ value: Int) {
    var rest = UInt64(clamping: value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Reads a message field by field, whoever wrote it.
struct ProtobufReader {
  /// It is no message of Protocol Buffers.
  struct Malformed: Error {}

  enum Kind: UInt8 {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
    // 3 and 4, a group's ends, are deprecated, and in none of the messages that are read here.
  }

  enum Content {
    case integer(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// Of a fixed width; no field that is read here is.
    case other
  }

  private var rest: ArraySlice<UInt8>

  init(_ message: ArraySlice<UInt8>) { rest = message }

  /// The next field; nil at the end.
  mutating func next() throws(Malformed) -> (field: UInt64, content: Content)? {
    guard !rest.isEmpty else { return nil }
    let tag = try varint()
    let field = tag >> 3
    guard field > 0, field <= Self.fieldMax, let kind = Kind(rawValue: UInt8(tag & 7)) else {
      throw Malformed()
    }
    switch kind {
    case .varint: return (field, .integer(try varint()))
    case .bytes:
      guard let count = Int(exactly: try varint()) else { throw Malformed() }
      return (field, .bytes(try take(count)))
    case .fixed64: _ = try take(8)
    case .fixed32: _ = try take(4)
    }
    return (field, .other)
  }

  /// The highest number that a field can have.
  private static let fieldMax: UInt64 = (1 << 29) - 1

  private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Malformed() }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private mutating func varint() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Malformed() }
      // Ten bytes have room for 70 bits; those beyond 64 are dropped, as other readers do.
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Malformed()
  }
}
