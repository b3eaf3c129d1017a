extension MS5611 {
  /// The factory's words in the PROM, and the formulas of "Pressure and temperature
  /// calculation".
  struct Calibration: Equatable {
    static let wordCount = 8

    /// Pressure's sensitivity and offset, their drift with temperature, the temperature's reference
    /// and sensitivity.
    let c1: Int, c2: Int, c3: Int, c4: Int, c5: Int, c6: Int

    /// - Parameter words: `wordCount` from address 0. The first is the maker's own, and the last
    ///   ends in the checksum of all.
    init(_ words: [UInt16]) throws(DriverError) {
      let stored = UInt8(words[7] & 0xF)
      let computed = Self.checksum(words)
      guard stored == computed else {
        throw .badData("the PROM has checksum \(hex(stored)); its words give \(hex(computed))")
      }
      // A bus that is held low gives words whose checksum is right: all 0x0000.
      for place in 1...6 where words[place] == 0x0000 || words[place] == 0xFFFF {
        throw .badData("C\(place) in the PROM is \(hex(words[place])), as where nothing is")
      }
      (c1, c2, c3) = (Int(words[1]), Int(words[2]), Int(words[3]))
      (c4, c5, c6) = (Int(words[4]), Int(words[5]), Int(words[6]))
    }

    /// CRC-4 (application note AN520), polynomial x⁴ + x + 1, over all bytes but the last, which
    /// counts as zero.
    static func checksum(_ words: [UInt16]) -> UInt8 {
      var remainder: UInt16 = 0
      for (place, word) in words.enumerated() {
        let low = place == words.count - 1 ? 0 : word & 0xFF
        for byte in [word >> 8, low] {
          remainder ^= byte
          for _ in 0..<8 {
            remainder = remainder & 0x8000 != 0 ? remainder << 1 ^ 0x3000 : remainder << 1
          }
        }
      }
      return UInt8(remainder >> 12)
    }

    /// - Parameters: `D1` and `D2`, of 24 bits: nothing here can leave 64 bits.
    func compensate(
      pressure d1: Int, temperature d2: Int, _ variant: Variant
    ) -> (centidegrees: Int, pascals: Int) {
      let extra = variant == .ms5607 ? 1 : 0
      let dT = d2 - (c5 << 8)
      let temperature = 2000 + ((dT * c6) >> 23)
      let offset = (c2 << (16 + extra)) + ((c4 * dT) >> (7 - extra))
      let sensitivity = (c1 << (15 + extra)) + ((c3 * dT) >> (8 - extra))
      let second = Self.secondOrder(temperature, dT, variant)
      let product = d1 * (sensitivity - second.sensitivity)
      let pascals = ((product >> 21) - (offset - second.offset)) >> 15
      return (temperature - second.temperature, pascals)
    }

    /// What is to be taken off below 20 °C, and more below -15 °C ("Second order temperature
    /// compensation").
    private static func secondOrder(
      _ temperature: Int, _ dT: Int, _ variant: Variant
    ) -> (temperature: Int, offset: Int, sensitivity: Int) {
      guard temperature < 2000 else { return (0, 0, 0) }
      let cool = (temperature - 2000) * (temperature - 2000)
      let cold = temperature < -1500 ? (temperature + 1500) * (temperature + 1500) : 0
      let off = (dT * dT) >> 31
      return switch variant {
      case .ms5611:
        (off, ((5 * cool) >> 1) + 7 * cold, ((5 * cool) >> 2) + ((11 * cold) >> 1))
      case .ms5607:
        (off, ((61 * cool) >> 4) + 15 * cold, 2 * cool + 8 * cold)
      }
    }
  }
}
