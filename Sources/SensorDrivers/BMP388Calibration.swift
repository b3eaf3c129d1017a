extension BMP388 {
  /// Trimming values that each chip is given in the factory, brought to the size that the formulas
  /// in floating point want (the sheet's appendix on
  /// compensation).
  struct Calibration: Equatable {
    static let byteCount = 21

    let t1: Double, t2: Double, t3: Double
    let p1: Double, p2: Double, p3: Double, p4: Double, p5: Double, p6: Double
    let p7: Double, p8: Double, p9: Double, p10: Double, p11: Double

    /// - Parameter bytes: `byteCount` from 0x31, the lower byte of each word first.
    init(_ bytes: [UInt8]) throws(DriverError) {
      for empty: UInt8 in [0x00, 0xFF] where bytes.allSatisfy({ $0 == empty }) {
        throw .badData("all calibration bytes are \(hex(empty))")
      }
      func unsigned(_ at: Int) -> Double { Double(word(bytes[at + 1], bytes[at])) }
      func signed(_ at: Int) -> Double {
        Double(Int16(bitPattern: word(bytes[at + 1], bytes[at])))
      }
      func byte(_ at: Int) -> Double { Double(Int8(bitPattern: bytes[at])) }
      t1 = unsigned(0) * 0x1p8
      t2 = unsigned(2) * 0x1p-30
      t3 = byte(4) * 0x1p-48
      p1 = (signed(5) - 0x1p14) * 0x1p-20
      p2 = (signed(7) - 0x1p14) * 0x1p-29
      p3 = byte(9) * 0x1p-32
      p4 = byte(10) * 0x1p-37
      p5 = unsigned(11) * 0x1p3
      p6 = unsigned(13) * 0x1p-6
      p7 = byte(15) * 0x1p-8
      p8 = byte(16) * 0x1p-15
      p9 = signed(17) * 0x1p-48
      p10 = byte(19) * 0x1p-48
      p11 = byte(20) * 0x1p-65
    }

    /// - Parameter raw: 24 bits.
    func celsius(_ raw: Double) -> Double {
      let distance = raw - t1
      return distance * t2 + distance * distance * t3
    }

    /// - Parameters:
    ///   - raw: 24 bits.
    ///   - celsius: measured with it.
    func pascals(_ raw: Double, _ celsius: Double) -> Double {
      let t = celsius
      let offset = p5 + p6 * t + p7 * t * t + p8 * t * t * t
      let slope = p1 + p2 * t + p3 * t * t + p4 * t * t * t
      let curve = p9 + p10 * t + p11 * raw
      return offset + raw * slope + raw * raw * curve
    }
  }
}
