import TelemetryModel

extension BME680 {
  /// Section 5.2, table 16, for I2C; 0xF0 and what a BME688 adds from Bosch's BME68x SensorAPI.
  enum Register {
    static let calibration3: UInt8 = 0x00
    static let field: UInt8 = 0x1D
    static let heaterResistance: UInt8 = 0x5A
    static let gasWait: UInt8 = 0x64
    static let controlGas0: UInt8 = 0x70
    static let controlGas1: UInt8 = 0x71
    static let controlHumidity: UInt8 = 0x72
    static let controlMeasurement: UInt8 = 0x74
    static let configuration: UInt8 = 0x75
    static let calibration1: UInt8 = 0x8A
    static let identifier: UInt8 = 0xD0
    static let calibration2: UInt8 = 0xE1
    static let variant: UInt8 = 0xF0
  }

  enum Mode {
    static let sleep: UInt8 = 0b00
    static let forced: UInt8 = 0b01
  }

  /// The gas part of the chip, as the variant id names it: the BME680's, and the BME688's.
  enum Variant: UInt8 {
    case low = 0x00
    case high = 0x01

    /// ctrl_gas_1: convert gas, with the first heater profile.
    var runGas: UInt8 {
      switch self {
      case .low: 0x10
      case .high: 0x20
      }
    }

    /// Where gas_r_msb stands in a field.
    var gasPlace: Int {
      switch self {
      case .low: 13
      case .high: 15
      }
    }
  }

  /// Control of temperature, pressure and humidity.
  enum Oversampling: String {
    case x1 = "1"
    case x2 = "2"
    case x4 = "4"
    case x8 = "8"
    case x16 = "16"

    var code: UInt8 {
      switch self {
      case .x1: 1
      case .x2: 2
      case .x4: 3
      case .x8: 4
      case .x16: 5
      }
    }

    /// Without the heating, as Bosch's own driver (BME68x SensorAPI 4.4) reckons it: 1963 µs for
    /// each sample of three quantities, nine switches of 477 µs, and 1 ms to wake up.
    var measurementTimeMax: Duration {
      let samples = 3 << (Int(code) - 1)
      return .microseconds(1963 * samples + 477 * 9 + 1000)
    }
  }

  /// gas_wait: six bits of milliseconds, times 1, 4, 16 or 64 (section 5.3.3).
  struct GasWait: Equatable {
    static let longest = Duration.milliseconds(63 * 64)

    let code: UInt8
    let duration: Duration

    /// The shortest that can be written and is not shorter than this.
    init(atLeast wanted: Duration) {
      var count = Int((min(wanted, Self.longest).seconds * 1000).rounded(.up))
      var power: UInt8 = 0
      while count > 63 {
        count = (count + 3) / 4
        power += 1
      }
      code = power << 6 | UInt8(count)
      duration = .milliseconds(count << (2 * Int(power)))
    }
  }

  /// The output of one measurement: 17 bytes from 0x1D (sections 5.3.4 and 5.3.5).
  struct Field: Equatable {
    static let byteCount = 17

    /// Measured, and nothing is being measured now.
    let isNew: Bool
    /// 20 bits.
    let pressure: Double
    /// 20 bits.
    let temperature: Double
    /// 16 bits.
    let humidity: Double
    /// 10 bits.
    let gas: Int
    /// 4 bits.
    let gasRange: Int
    /// gas_valid and heat_stab: the result is that of a gas measurement, and the plate was hot.
    let hasGas: Bool

    /// - Parameter bytes: `byteCount`.
    init(_ bytes: [UInt8], _ variant: Variant) {
      func twentyBits(_ at: Int) -> Double {
        Double(Int(bytes[at]) << 12 | Int(bytes[at + 1]) << 4 | Int(bytes[at + 2]) >> 4)
      }
      // new_data_0, gas_measuring and measuring.
      isNew = bytes[0] & 0b1110_0000 == 0b1000_0000
      pressure = twentyBits(2)
      temperature = twentyBits(5)
      humidity = Double(word(bytes[8], bytes[9]))
      let (high, low) = (bytes[variant.gasPlace], bytes[variant.gasPlace + 1])
      gas = Int(high) << 2 | Int(low) >> 6
      gasRange = Int(low & 0x0F)
      hasGas = low & 0b0011_0000 == 0b0011_0000
    }

    /// Refuses registers that hold no measurement. As on a BME280 the pressure's reset value
    /// decides: the others pass through theirs at ordinary temperatures and humidities.
    func check() throws(DriverError) {
      guard pressure != Self.pressureAtReset else {
        throw .badData("no measurement: the data registers hold their reset values")
      }
      for (raw, byte) in [(0.0, UInt8(0x00)), (0xFFFFF, 0xFF)]
      where pressure == raw && temperature == raw {
        throw .badData("all data bytes are \(hex(byte))")
      }
    }

    /// Table 16: 0x80, 0x00, 0x00.
    private static let pressureAtReset = Double(0x80000)
  }
}
