extension BME680 {
  /// Trimming values that each chip is given in the factory, and the formulas of section 3.3 in
  /// floating point.
  struct Calibration: Equatable {
    /// From 0x8A, 0xE1 and 0x00.
    static let byteCount1 = 23, byteCount2 = 14, byteCount3 = 5

    let t1: Double, t2: Double, t3: Double
    let p1: Double, p2: Double, p3: Double, p4: Double, p5: Double
    let p6: Double, p7: Double, p8: Double, p9: Double, p10: Double
    let h1: Double, h2: Double, h3: Double, h4: Double, h5: Double, h6: Double, h7: Double
    let gh1: Double, gh2: Double, gh3: Double
    let heaterValue: Double, heaterRange: Double, rangeSwitchingError: Double

    /// The lower byte of each word first. P6 stands behind P7; H1 and H2 have twelve bits and
    /// share a byte.
    init(_ first: [UInt8], _ second: [UInt8], _ third: [UInt8]) throws(DriverError) {
      for block in [first, second, third] {
        for empty: UInt8 in [0x00, 0xFF] where block.allSatisfy({ $0 == empty }) {
          throw .badData("all calibration bytes are \(hex(empty))")
        }
      }
      func unsigned(_ bytes: [UInt8], _ at: Int) -> Double {
        Double(word(bytes[at + 1], bytes[at]))
      }
      func signed(_ bytes: [UInt8], _ at: Int) -> Double {
        Double(Int16(bitPattern: word(bytes[at + 1], bytes[at])))
      }
      func byte(_ byte: UInt8) -> Double { Double(Int8(bitPattern: byte)) }
      t1 = unsigned(second, 8)
      (t2, t3) = (signed(first, 0), byte(first[2]))
      (p1, p2, p3) = (unsigned(first, 4), signed(first, 6), byte(first[8]))
      (p4, p5) = (signed(first, 10), signed(first, 12))
      (p6, p7) = (byte(first[15]), byte(first[14]))
      (p8, p9, p10) = (signed(first, 18), signed(first, 20), Double(first[22]))
      h1 = Double(Int(second[2]) << 4 | Int(second[1] & 0x0F))
      h2 = Double(Int(second[0]) << 4 | Int(second[1] >> 4))
      (h3, h4, h5) = (byte(second[3]), byte(second[4]), byte(second[5]))
      (h6, h7) = (Double(second[6]), byte(second[7]))
      (gh1, gh2, gh3) = (byte(second[12]), signed(second, 10), byte(second[13]))
      heaterValue = byte(third[0])
      heaterRange = Double(third[2] >> 4 & 0b11)
      rangeSwitchingError = Double(Int8(bitPattern: third[4]) >> 4)
    }

    /// The temperature that the other formulas share, in 1/5120 °C (`t_fine`).
    func fineTemperature(_ raw: Double) -> Double {
      let distance = raw / 131_072 - t1 / 8192
      return (raw / 16_384 - t1 / 1024) * t2 + distance * distance * t3 * 16
    }

    /// Infinite or no number where the calibration makes it divide by zero.
    func pascals(_ raw: Double, _ fine: Double) -> Double {
      let half = fine / 2 - 64_000
      let offset = (half * half * p6 / 131_072 + half * p5 * 2) / 4 + p4 * 65_536
      let slope = (1 + (p3 * half * half / 16_384 + p2 * half) / 524_288 / 32_768) * p1
      let pressure = (1_048_576 - raw - offset / 4096) * 6250 / slope
      let square = p9 * pressure * pressure / 2_147_483_648
      let page = pressure / 256
      let cube = page * page * page * p10 / 131_072
      return pressure + (square + pressure * p8 / 32_768 + cube + p7 * 128) / 16
    }

    /// Percent of relative humidity, 0 to 100.
    func percent(_ raw: Double, _ celsius: Double) -> Double {
      let distance = raw - (h1 * 16 + h3 / 2 * celsius)
      let slope = 1 + h4 / 16_384 * celsius + h5 / 1_048_576 * celsius * celsius
      let first = distance * h2 / 262_144 * slope
      let second = (h6 / 16_384 + h7 / 2_097_152 * celsius) * first * first
      return min(max(first + second, 0), 100)
    }

    /// What to write into res_heat for this temperature of the plate (section 3.3.5), to the
    /// nearest, as Bosch's integer code has it; their floating point cuts it off.
    func heaterResistance(celsius: Double, ambient: Double) -> UInt8 {
      let slope = gh2 / 32_768 * 0.0005 + 0.00235
      let wanted = (gh1 / 16 + 49) * (1 + slope * celsius) + gh3 / 1024 * ambient
      let code = 3.4 * (wanted * 4 / (4 + heaterRange) / (1 + heaterValue * 0.002) - 25)
      return UInt8(min(max(code.rounded(), 0), 255))
    }

    /// Of a BME680.
    /// - Parameters:
    ///   - raw: 10 bits.
    ///   - range: 0 to 15.
    func ohms(_ raw: Int, range: Int) -> Double {
      let full = (1340 + 5 * rangeSwitchingError) * (1 + (Self.gain[range] ?? 0) / 100)
      let step = 0.000_000_125 * Double(1 << range) * (1 + (Self.offset[range] ?? 0) / 100)
      return 1 / (step * ((Double(raw) - 512) / full + 1))
    }

    /// Of a BME688.
    static func ohmsOfHighVariant(_ raw: Int, range: Int) -> Double {
      1_000_000 * Double(262_144 >> range) / Double(4096 + (raw - 512) * 3)
    }

    /// Section 3.4.1: constants by range, in percent; those not here are zero.
    private static let gain: [Int: Double] = [5: -1, 7: -0.8, 10: -0.2, 11: -0.5, 13: -1]
    private static let offset: [Int: Double] = [4: 0.1, 5: 0.7, 7: -0.8, 8: -0.1]
  }
}
