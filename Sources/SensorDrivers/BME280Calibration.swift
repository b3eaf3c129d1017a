import TelemetryModel

extension BME280 {
  /// The output of the converters: data registers 0xF7 to 0xFE, most significant bits first (table
  /// 29).
  struct RawMeasurement: Equatable {
    /// 20 bits.
    var pressure: Int32
    /// 20 bits.
    var temperature: Int32
    /// 16 bits; nil on a BMP280.
    var humidity: Int32?

    /// - Parameter bytes: six, or eight with humidity.
    init(_ bytes: [UInt8]) {
      func twentyBits(_ at: Int) -> Int32 {
        Int32(bytes[at]) << 12 | Int32(bytes[at + 1]) << 4 | Int32(bytes[at + 2]) >> 4
      }
      pressure = twentyBits(0)
      temperature = twentyBits(3)
      humidity = bytes.count == 8 ? Int32(bytes[6]) << 8 | Int32(bytes[7]) : nil
    }

    /// Refuses registers that hold no measurement. The pressure's reset value decides, as all three
    /// are measured together: as a pressure it is out of range, while the temperature passes
    /// through that same number at some 23 °C, and the humidity at some 70 %.
    func check() throws(DriverError) {
      guard pressure != Self.resetValue else {
        throw .badData("no measurement yet: the data registers hold their reset values")
      }
      let isStuckLow = pressure == 0 && temperature == 0 && humidity ?? 0 == 0
      let isStuckHigh =
        pressure == 0xFFFFF && temperature == 0xFFFFF && humidity ?? 0xFFFF == 0xFFFF
      guard !isStuckLow, !isStuckHigh else {
        throw .badData("all data bytes are \(isStuckLow ? "0x00" : "0xFF")")
      }
    }

    /// Table 18: 0x80, 0x00, 0x00.
    private static let resetValue: Int32 = 0x80000
  }

  /// Trimming values that each chip is given in the factory (table 16), and the formulas of section
  /// 4.2.3 in the sheet's own integers. They wrap instead of trapping, because a damaged chip may
  /// say anything.
  struct Calibration: Equatable {
    var t1: UInt16, t2: Int16, t3: Int16
    var p1: UInt16, p2: Int16, p3: Int16, p4: Int16, p5: Int16, p6: Int16, p7: Int16
    var p8: Int16, p9: Int16
    /// nil on a BMP280.
    var humidity: Humidity?

    /// - Parameters:
    ///   - main: from 0x88: 24 bytes, or 26 with the first of the humidity's (0xA1) as the last.
    ///   - humidity: the seven from 0xE1; empty on a BMP280.
    init(_ main: [UInt8], humidity more: [UInt8]) throws(DriverError) {
      for block in [main, more] where !block.isEmpty {
        for empty: UInt8 in [0x00, 0xFF] where block.allSatisfy({ $0 == empty }) {
          throw .badData("all calibration bytes are \(hex(empty))")
        }
      }
      func unsigned(_ at: Int) -> UInt16 { UInt16(main[at]) | UInt16(main[at + 1]) << 8 }
      func signed(_ at: Int) -> Int16 { Int16(bitPattern: unsigned(at)) }
      (t1, t2, t3) = (unsigned(0), signed(2), signed(4))
      (p1, p2, p3) = (unsigned(6), signed(8), signed(10))
      (p4, p5, p6) = (signed(12), signed(14), signed(16))
      (p7, p8, p9) = (signed(18), signed(20), signed(22))
      humidity = more.isEmpty ? nil : Humidity(h1: main[25], more)
    }

    /// The temperature that all three formulas share, in 1/5120 °C (`t_fine`).
    func fineTemperature(_ raw: Int32) -> Int32 {
      let t1 = Int32(t1)
      let var1 = (((raw >> 3) &- (t1 << 1)) &* Int32(t2)) >> 11
      let distance = (raw >> 4) &- t1
      let var2 = (((distance &* distance) >> 12) &* Int32(t3)) >> 14
      return var1 &+ var2
    }

    /// Hundredths of a degree.
    static func centidegrees(_ fine: Int32) -> Int32 { (fine &* 5 &+ 128) >> 8 }

    /// Pascals times 256, by the 64-bit formula; nil when it would divide by zero. For the example
    /// of the BMP280's section 3.12 it gives 25767233, where the sheet prints 25767236: the sheet's
    /// own code gives the former.
    func pascals256(_ raw: Int32, _ fine: Int32) -> UInt32? {
      var var1 = Int64(fine) &- 128_000
      var var2 = var1 &* var1 &* Int64(p6)
      var2 = var2 &+ ((var1 &* Int64(p5)) << 17)
      var2 = var2 &+ (Int64(p4) << 35)
      var1 = ((var1 &* var1 &* Int64(p3)) >> 8) &+ ((var1 &* Int64(p2)) << 12)
      var1 = (((Int64(1) << 47) &+ var1) &* Int64(p1)) >> 33
      let dividend = (((1_048_576 &- Int64(raw)) << 31) &- var2) &* 3125
      let (quotient, overflow) = dividend.dividedReportingOverflow(by: var1)
      guard !overflow else { return nil }
      var1 = (Int64(p9) &* (quotient >> 13) &* (quotient >> 13)) >> 25
      var2 = (Int64(p8) &* quotient) >> 19
      let pressure = ((quotient &+ var1 &+ var2) >> 8) &+ (Int64(p7) << 4)
      return UInt32(exactly: pressure)
    }
  }

  /// The part of the calibration that only a BME280 has.
  struct Humidity: Equatable {
    var h1: UInt8, h2: Int16, h3: UInt8, h4: Int16, h5: Int16, h6: Int8

    init(h1: UInt8, h2: Int16, h3: UInt8, h4: Int16, h5: Int16, h6: Int8) {
      (self.h1, self.h2, self.h3, self.h4, self.h5, self.h6) = (h1, h2, h3, h4, h5, h6)
    }

    /// - Parameter bytes: the seven from 0xE1. H4 and H5 have twelve bits and share 0xE5: its low
    ///   half is the low end of H4, its high half that of H5. Their sign is in 0xE4 and 0xE6.
    init(h1: UInt8, _ bytes: [UInt8]) {
      func signed(_ byte: UInt8) -> Int16 { Int16(Int8(bitPattern: byte)) }
      self.h1 = h1
      h2 = Int16(bitPattern: UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
      h3 = bytes[2]
      h4 = signed(bytes[3]) << 4 | Int16(bytes[4] & 0x0F)
      h5 = signed(bytes[5]) << 4 | Int16(bytes[4] >> 4)
      h6 = Int8(bitPattern: bytes[6])
    }

    /// Percent of relative humidity times 1024, 0 to 102400.
    func percent1024(_ raw: Int32, _ fine: Int32) -> UInt32 {
      let base = fine &- 76_800
      let offset = (raw << 14) &- (Int32(h4) << 20) &- (Int32(h5) &* base)
      let slope = ((base &* Int32(h6)) >> 10) &* (((base &* Int32(h3)) >> 11) &+ 32_768)
      let scale = (((slope >> 10) &+ 2_097_152) &* Int32(h2) &+ 8192) >> 14
      var value = ((offset &+ 16_384) >> 15) &* scale
      let square = (value >> 15) &* (value >> 15)
      value = value &- (((square >> 7) &* Int32(h1)) >> 4)
      return UInt32(min(max(value, 0), 419_430_400)) >> 12
    }
  }
}
