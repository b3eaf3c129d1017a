/// Base64 by RFC 4648, section 4, straight into the request's body: each record goes through it.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Bytes that `count` bytes become.
  static func length(of count: Int) -> Int { (count + 2) / 3 * 4 }

  static func append(_ data: [UInt8], to body: inout [UInt8]) {
    body.reserveCapacity(body.count + length(of: data.count))
    var position = 0
    while position + 3 <= data.count {
      let group =
        UInt32(data[position]) << 16 | UInt32(data[position + 1]) << 8 | UInt32(data[position + 2])
      body.append(digit(group >> 18))
      body.append(digit(group >> 12))
      body.append(digit(group >> 6))
      body.append(digit(group))
      position += 3
    }
    let left = data.count - position
    guard left > 0 else { return }
    let second = left == 2 ? UInt32(data[position + 1]) : 0
    let group = UInt32(data[position]) << 16 | second << 8
    body.append(digit(group >> 18))
    body.append(digit(group >> 12))
    body.append(left == 2 ? digit(group >> 6) : UInt8(ascii: "="))
    body.append(UInt8(ascii: "="))
  }

  private static func digit(_ bits: UInt32) -> UInt8 { alphabet[Int(bits & 0x3F)] }
}
