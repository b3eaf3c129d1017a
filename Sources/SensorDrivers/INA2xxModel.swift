extension INA2xx {
  /// How the two chips differ.
  enum Model {
    case ina219, ina226

    struct Status: Equatable {
      var isReady: Bool
      var hasOverflowed: Bool
    }

    var chip: String {
      switch self {
      case .ina219: "INA219"
      case .ina226: "INA226"
      }
    }

    /// V. The INA219's with the widest range of its amplifier (PG), as at power-up.
    var shuntVoltageMax: Double {
      switch self {
      case .ina219: 0.32
      case .ina226: 0.08192
      }
    }

    /// Codes of the shunt's voltage that are not clipped: steps of 10 µV, and of 2.5 µV.
    var shuntRange: ClosedRange<Int16> {
      switch self {
      case .ina219: -31_999...31_999
      case .ina226: -32_767...32_766
      }
    }

    /// Volts that the calibration formula has above the line.
    var calibrationScale: Double {
      switch self {
      case .ina219: 0.04096
      case .ina226: 0.00512
      }
    }

    /// A step of the power register, in steps of the current's and volts.
    var powerStep: Double {
      switch self {
      case .ina219: 20
      case .ina226: 25
      }
    }

    /// For a current register that is full at `highest` amperes. The INA219's lowest bit and the
    /// INA226's highest are always 0.
    func calibration(shunt: Double, highest: Double) -> UInt16 {
      let step = highest / 32_768
      // What is whole but for the fractions that binary numbers do not have, is whole.
      let exact = calibrationScale / (step * shunt) * 1.000_000_001
      switch self {
      case .ina219: return UInt16(min(max(exact, 2), 0xFFFE)) & 0xFFFE
      case .ina226: return UInt16(min(max(exact, 1), 0x7FFF))
      }
    }

    func volts(_ word: UInt16) throws(DriverError) -> Double {
      switch self {
      case .ina219:
        // Bits 3 to 15 in steps of 4 mV, of which 8000 are the 32 V of the whole range.
        guard word >> 3 <= 8000 else {
          throw .badData("bus voltage \(hex(word)) is more than the range of 32 V")
        }
        return Double(word >> 3) * 4 / 1000
      case .ina226:
        guard word & 0x8000 == 0 else {
          throw .badData("bus voltage \(hex(word)) has its highest bit set, which is always 0")
        }
        return Double(word) * 1.25 / 1000
      }
    }

    /// CNVR and OVF of the INA219's bus voltage; CVRF and OVF of the INA226's mask/enable.
    func status(_ device: I2CDevice) throws(DriverError) -> Status {
      switch self {
      case .ina219:
        let word = try device.readWord(Register.busVoltage)
        return Status(isReady: word & 1 << 1 != 0, hasOverflowed: word & 1 << 0 != 0)
      case .ina226:
        let word = try device.readWord(Register.maskEnable)
        return Status(isReady: word & 1 << 3 != 0, hasOverflowed: word & 1 << 2 != 0)
      }
    }

    // MARK: Identifying

    func identify(_ device: I2CDevice) throws(DriverError) {
      switch self {
      case .ina219: try identifyINA219(device)
      case .ina226: try identifyINA226(device)
      }
    }

    /// It has no id; but its configuration's two highest bits read 0, and its relatives' do not.
    private func identifyINA219(_ device: I2CDevice) throws(DriverError) {
      let word = try device.readWord(Register.configuration)
      guard word & 0xC000 == 0, word != 0 else {
        throw .badData("configuration \(hex(word)) is not an INA219's; \(Self.advice(on: word))")
      }
    }

    private static func advice(on configuration: UInt16) -> String {
      switch configuration {
      case 0x4127: "this is an INA226, INA230 or INA231, as it powers up: driver = ina226"
      case 0x6127: "this is an INA260, as it powers up"
      case 0x7127: "this is an INA3221, as it powers up"
      case 0x0000, 0xFFFF: "nothing drives the bus as it should"
      default: "bits 14 and 15 are 0 on an INA219"
      }
    }

    private func identifyINA226(_ device: I2CDevice) throws(DriverError) {
      let manufacturer = try device.readWord(Register.manufacturer)
      guard manufacturer == 0x5449 else {
        throw .badData("manufacturer id \(hex(manufacturer)), expected 0x5449 (TI)")
      }
      let die = try device.readWord(Register.die)
      // The lowest four bits are the revision.
      guard die & 0xFFF0 == 0x2260 else {
        throw .badData("die id \(hex(die)), expected 0x2260 (INA226)")
      }
    }
  }

  /// How many samples are averaged, and what that means for the configuration and its time.
  struct Samples: Equatable {
    let conversionTimeMax: Duration
    /// Triggers one conversion of both voltages.
    let configuration: UInt16

    /// - Parameter count: one of the model's `sampleCounts`.
    init(_ model: Model, count: Int) {
      let place = UInt16(model.sampleCounts.firstIndex(of: count) ?? 0)
      conversionTimeMax = model.sampleTimeMax * (2 * count)
      switch model {
      case .ina219:
        // 32 V and ±320 mV; 12 bits for one sample (0b0011), or two to the power of the code's
        // lower bits (0b1001 to 0b1111).
        let code: UInt16 = place == 0 ? 0b0011 : 0b1000 | place
        configuration = 0x2000 | 0x1800 | code << 7 | code << 3 | 0b011
      case .ina226:
        // 1.1 ms for each sample of either voltage.
        configuration = 0x4000 | place << 9 | 0b100 << 6 | 0b100 << 3 | 0b011
      }
    }
  }
}

extension INA2xx.Model {
  /// In the order of the register's codes.
  var sampleCounts: [Int] {
    switch self {
    case .ina219: [1, 2, 4, 8, 16, 32, 64, 128]
    case .ina226: [1, 4, 16, 64, 128, 256, 512, 1024]
    }
  }

  /// The longest time of one sample of one voltage: both are a tenth above the usual.
  var sampleTimeMax: Duration {
    switch self {
    case .ina219: .microseconds(586)
    case .ina226: .microseconds(1210)
    }
  }
}

// MARK: - Telling chips for scan

extension INA2xx.Model {
  private typealias Register = INA2xx.Register

  var recognizer: Recognizer {
    switch self {
    case .ina219: Recognizer(by: .register, Self.recognizeINA219)
    case .ina226: Recognizer(by: .register, Self.recognizeINA226)
    }
  }

  /// Its values after power-up: configuration, no calibration, and so no current nor power. Once it
  /// was set up nothing tells it from others.
  @Sendable private static func recognizeINA219(
    _ device: I2CDevice
  ) throws(DriverError) -> Recognizer.Answer {
    let found = try device.readWord(Register.configuration)
    // Bit 2 of the bus voltage and the lowest bit of the calibration are always 0.
    let calibration = try device.readWord(Register.calibration)
    guard found & 0xC000 == 0, found != 0, calibration & 1 == 0,
      try device.readWord(Register.busVoltage) & 1 << 2 == 0
    else { return .no }
    let isNew = try device.hasWords([Register.power: 0, Register.current: 0])
    return found == 0x399F && calibration == 0 && isNew ? .yes : .maybe
  }

  /// The ids are asked for only where the configuration is one: their numbers are commands of other
  /// chips at 0x40, 0xFE a reset.
  @Sendable private static func recognizeINA226(
    _ device: I2CDevice
  ) throws(DriverError) -> Recognizer.Answer {
    guard try device.readWord(Register.configuration) & 0xF000 == 0x4000 else { return .no }
    try Self.ina226.identify(device)
    return .yes
  }
}
