extension BMP180 {
  /// Each chip's own coefficients (section 3.4), and the formulas of section 3.5.
  ///
  /// The sheet writes divisions where Bosch's code shifts: they differ below zero, and the sheet's
  /// example comes out right with shifts (rounding down) and one division that rounds to zero, as
  /// in C. Dividing throughout as C does gives 69965 Pa instead of 69964.
  struct Calibration: Equatable {
    static let byteCount = 22

    let ac1: Int, ac2: Int, ac3: Int
    let ac4: Int, ac5: Int, ac6: Int
    let b1: Int, b2: Int, mb: Int, mc: Int, md: Int

    /// - Parameter bytes: `byteCount` from 0xAA, the higher byte of each word first. Section 3.4:
    ///   0x0000 and 0xFFFF stand for a failed transfer.
    init(_ bytes: [UInt8]) throws(DriverError) {
      var words: [UInt16] = []
      for place in stride(from: 0, to: Self.byteCount, by: 2) {
        let word = word(bytes[place], bytes[place + 1])
        guard word != 0x0000, word != 0xFFFF else {
          throw .badData("calibration word \(place / 2 + 1) is \(hex(word)), which none may be")
        }
        words.append(word)
      }
      func signed(_ place: Int) -> Int { Int(Int16(bitPattern: words[place])) }
      (ac1, ac2, ac3) = (signed(0), signed(1), signed(2))
      (ac4, ac5, ac6) = (Int(words[3]), Int(words[4]), Int(words[5]))
      (b1, b2, mb, mc, md) = (signed(6), signed(7), signed(8), signed(9), signed(10))
    }

    /// What both formulas share, in 1/160 °C. nil when it would divide by zero.
    /// - Parameter raw: `UT`, 16 bits.
    func b5(_ raw: Int) -> Int? {
      let x1 = ((raw - ac6) * ac5) >> 15
      guard x1 + md != 0 else { return nil }
      let x2 = (mc << 11) / (x1 + md)
      return x1 + x2
    }

    /// Tenths of a degree.
    static func decidegrees(_ b5: Int) -> Int { (b5 + 8) >> 4 }

    /// nil when it would divide by zero, or leave what numbers can be computed with.
    /// - Parameters:
    ///   - raw: `UP`, 16 to 19 bits.
    ///   - b5: of a possible temperature.
    func pascals(_ raw: Int, _ b5: Int, _ oversampling: Oversampling) -> Int? {
      let b6 = b5 - 4000
      let square = (b6 * b6) >> 12
      let x3 = ((b2 * square) >> 11) + ((ac2 * b6) >> 11)
      let b3 = (((ac1 * 4 + x3) << Int(oversampling.code)) + 2) / 4
      let slope = (((ac3 * b6) >> 13) + ((b1 * square) >> 16) + 2) >> 2
      let b4 = (ac4 * (slope + 32_768)) >> 15
      let b7 = (raw - b3) * (50_000 >> Int(oversampling.code))
      guard b4 > 0, b7 >= 0 else { return nil }
      let p = b7 < 0x8000_0000 ? b7 * 2 / b4 : b7 / b4 * 2
      // Far above any pressure, and far below where the next square would not fit.
      guard p < 1 << 24 else { return nil }
      let x1 = ((p >> 8) * (p >> 8) * 3038) >> 16
      let x2 = (-7357 * p) >> 16
      return p + ((x1 + x2 + 3791) >> 4)
    }
  }
}
