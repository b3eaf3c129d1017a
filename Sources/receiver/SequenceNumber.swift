/// Kinesis' sequence numbers: 56 decimal digits that only grow, also from one run to the next.
/// Here they are `4960`, the start of the run in microseconds (16 digits), and a count.
struct SequenceNumber {
  private(set) var digits: [UInt8]

  init(startedAt start: WallTime) {
    let run = Array(String(max(0, start.microseconds)).utf8.suffix(16))
    let zero = UInt8(ascii: "0")
    digits = Array("4960".utf8)
    digits += [UInt8](repeating: zero, count: 16 - run.count) + run
    digits += [UInt8](repeating: zero, count: 36)
  }

  /// Moves on to the next number.
  mutating func advance() {
    var place = digits.count - 1
    while place >= 0 {
      if digits[place] < UInt8(ascii: "9") {
        digits[place] += 1
        return
      }
      digits[place] = UInt8(ascii: "0")
      place -= 1
    }
  }
}
