import TelemetryModel

/// The answer of a DHT11 or DHT22 on its single wire: 40 bits, each a low of 50 µs and then a high,
/// of 22 to 30 µs for 0 and of 68 to 75 µs for 1 (Aosong's AM2302 sheet, "single-bus signal
/// characteristics"); before them a low and a high of 80 µs, after them a low.
enum DHTFrame {
  private static let bitCount = 40
  /// Half way between the longest 0 and the shortest 1.
  private static let threshold = Duration.microseconds(49)
  /// What a high and a low of a bit may last; kernels stamp edges some microseconds late.
  private static let highs = Duration.microseconds(10)...Duration.microseconds(100)
  private static let lows = Duration.microseconds(35)...Duration.microseconds(65)

  /// The five bytes that the edges tell, checked by their sum. What came before the last 40 bits is
  /// not looked at, because the first edges may be lost while the line changes its direction.
  ///
  /// The directions of edges are not trusted one by one: the kernel reads the level some time after
  /// it took the stamp, when a short pulse may be over. Most of them are right.
  static func bytes(from edges: [LineEdge]) throws(DriverError) -> [UInt8] {
    guard edges.count > 2 else {
      throw .badData("no answer; is it powered, and does a resistor pull the line up?")
    }
    guard edges.count >= 2 * bitCount else {
      throw .badData("only \(edges.count) edges of a frame's 84 were seen")
    }
    var fault = DriverError.badData("the pulses' widths are not those of a frame")
    // The last edge lets go of the line after the last bit; or it is that bit's own, and the last
    // one was lost.
    for end in [edges.count - 2, edges.count - 1] {
      guard let bits = bits(of: edges, endingAt: end) else { continue }
      let bytes = stride(from: 0, to: bitCount, by: 8).map { start in
        bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
      }
      let sum = bytes[..<4].reduce(0, &+)
      if sum == bytes[4] { return bytes }
      fault = .badData("checksum \(hex(bytes[4])), but the data's is \(hex(sum))")
    }
    throw fault
  }

  /// The bits whose last high ends with the edge at `end`; nil when the widths cannot be theirs.
  private static func bits(of edges: [LineEdge], endingAt end: Int) -> [Bool]? {
    let firstRise = end - 2 * bitCount + 1
    guard firstRise >= 0 else { return nil }
    var bits: [Bool] = []
    var rightDirections = 0
    for rise in stride(from: firstRise, through: end - 1, by: 2) {
      let high = edges[rise + 1].time - edges[rise].time
      guard highs.contains(high) else { return nil }
      if rise > firstRise {
        guard lows.contains(edges[rise].time - edges[rise - 1].time) else { return nil }
      }
      rightDirections += (edges[rise].level ? 1 : 0) + (edges[rise + 1].level ? 0 : 1)
      bits.append(high > threshold)
    }
    return rightDirections >= bitCount ? bits : nil
  }
}
