import Testing

@testable import Uplinks

@Suite struct ProtobufWireTests {
  /// What a reader makes of a message: "1=150 2=[616263]"; nil when it is none.
  private func text(_ bytes: [UInt8]) -> String? {
    var reader = ProtobufReader(bytes[...])
    var fields: [String] = []
    do throws(ProtobufReader.Malformed) {
      while let (field, content) = try reader.next() {
        switch content {
        case .integer(let integer): fields.append("\(field)=\(integer)")
        case .bytes(let bytes): fields.append("\(field)=[\(Hexadecimal.text(bytes))]")
        case .other: fields.append("\(field)=?")
        }
      }
      return fields.joined(separator: " ")
    } catch { return nil }
  }

  /// The first three are the examples of protobuf.dev, "Encoding".
  private static let messages: [([UInt8], String)] = [
    ([0x08, 0x96, 0x01], "1=150"),
    ([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67], "2=[74657374696e67]"),
    ([0x1A, 0x03, 0x08, 0x96, 0x01], "3=[089601]"),
    ([], ""), ([0x0A, 0x00], "1=[]"), ([0x08, 0x80, 0x00], "1=0"),
    ([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x08, 0x01], "1=? 2=? 1=1"),
    ([0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01], "1=18446744073709551615"),
    ([0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x01], "536870911=1"),
  ]

  @Test(arguments: messages)
  func aMessageIsReadFieldByField(bytes: [UInt8], expected: String) {
    #expect(text(bytes) == expected)
  }

  private static let broken: [[UInt8]] = [
    [0x08], [0x08, 0x80], [0x80], [0x0A], [0x0A, 0x01], [0x0A, 0x02, 0x00], [0x09, 1, 2, 3],
    [0x0D, 1], [0x00, 0x01], [0x07], [0x0B, 0x0C], [0x0C], [0x0E],
    [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
    [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
    [0x08] + [UInt8](repeating: 0x80, count: 10) + [0x00],
    // Field 2^29.
    [0x80, 0x80, 0x80, 0x80, 0x10, 0x01],
  ]

  @Test(arguments: broken)
  func whatIsNoMessageIsRefused(bytes: [UInt8]) {
    #expect(text(bytes) == nil)
  }

  @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, Int.max])
  func sizesAreKnownBeforeTheyAreWritten(number: Int) {
    var writer = ProtobufWriter()
    writer.integer(number, field: 1)
    #expect(writer.bytes.count == ProtobufWriter.size(ofInteger: number))
    #expect(text(writer.bytes) == "1=\(number)")
  }

  @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 2_097_152])
  func bytesAreReadBack(count: Int) {
    let content = [UInt8](repeating: 0xAB, count: count)
    var writer = ProtobufWriter()
    writer.bytes(content, field: 3)
    #expect(writer.bytes.count == ProtobufWriter.size(ofBytes: count))
    #expect(text(writer.bytes) == "3=[\(Hexadecimal.text(content))]")
  }
}
