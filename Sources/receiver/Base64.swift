/// Base64 with the standard alphabet and padding (RFC 4648, section 4), and nothing else: no line
/// breaks, no missing padding, no bits left over in the last character.
enum Base64 {
  /// The bytes behind `text`, or nil when it is not base64.
  static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    guard let last = text.last else { return [] }
    var padding = 0
    if last == pad { padding = text[text.endIndex - 2] == pad ? 2 : 1 }
    let values = values
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var at = text.startIndex
    let wholeEnd = text.endIndex - (padding == 0 ? 0 : 4)
    while at < wholeEnd {
      let a = values[Int(text[at])]
      let b = values[Int(text[at + 1])]
      let c = values[Int(text[at + 2])]
      let d = values[Int(text[at + 3])]
      guard (a | b | c | d) & invalid == 0 else { return nil }
      bytes.append(a << 2 | b >> 4)
      bytes.append(b << 4 | c >> 2)
      bytes.append(c << 6 | d)
      at += 4
    }
    guard padding > 0 else { return bytes }
    let a = values[Int(text[at])]
    let b = values[Int(text[at + 1])]
    let c = padding == 2 ? 0 : values[Int(text[at + 2])]
    guard (a | b | c) & invalid == 0, (padding == 2 ? b << 4 : c << 6) == 0 else { return nil }
    bytes.append(a << 2 | b >> 4)
    if padding == 1 { bytes.append(b << 4 | c >> 2) }
    return bytes
  }

  /// Appends `bytes` in base64 to `text`.
  static func encode(_ bytes: [UInt8], to text: inout [UInt8]) {
    let alphabet = alphabet
    text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let left = bytes.count - start
      let a = bytes[start]
      let b = left > 1 ? bytes[start + 1] : 0
      let c = left > 2 ? bytes[start + 2] : 0
      text.append(alphabet[Int(a >> 2)])
      text.append(alphabet[Int((a & 3) << 4 | b >> 4)])
      text.append(left > 1 ? alphabet[Int((b & 15) << 2 | c >> 6)] : pad)
      text.append(left > 2 ? alphabet[Int(c & 63)] : pad)
    }
  }

  private static let pad = UInt8(ascii: "=")
  /// Marks a byte that is not in the alphabet; values of the alphabet are below 64.
  private static let invalid: UInt8 = 0x80
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: invalid, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
