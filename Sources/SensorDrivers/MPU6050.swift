package import TelemetryModel

/// InvenSense MPU-6050: acceleration, rotation and temperature; and the later chips with the same
/// registers that are sold on the same boards. The chip's own id decides how its temperature is
/// computed.
///
/// Registers by the register map RM-MPU-6000A-00, revision 4.2. The MPU-6500, the MPU-9250 and the
/// ICM-20689 have the same ones, as far as they are used here.
package struct MPU6050: SensorDriver {
  package static let kind = "mpu6050"
  package static let summary =
    "InvenSense MPU-6050, MPU-6500 or MPU-9250 acceleration, rotation, temperature, on I2C."
  package static let wiring = I2CDevice.wiring + " AD0 to GND: 0x68, to 3V3: 0x69."
  package static let quantities =
    Axes.quantities("accel", "m/s²") + Axes.quantities("gyro", "°/s") + [
      Quantity("temperature", "°C")
    ]
  package static let options =
    I2CDevice.options(addresses: [0x68, 0x69], "0x68 with pin AD0 low, 0x69 with it high.") + [
      Option(
        "accel_range", .choice(["2", "4", "8", "16"]), .value("2"),
        "The greatest acceleration in g; a greater one is read as this one."),
      Option(
        "gyro_range", .choice(["250", "500", "1000", "2000"]), .value("250"),
        "The fastest rotation in °/s; a faster one is read as this one."),
    ]

  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let power = try device.read(Register.powerManagement1)
    let chip = Chip(id: try device.read(Register.identifier))
    return chip != nil && power & Power.isZero == 0 ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let accelRange: AccelRange
  private let gyroRange: GyroRange
  /// Known once it is set up; forgotten after a fault, because it may have lost its power.
  private var chip: Chip?
  /// It was set up, and nothing was read since.
  private var isStarting = false

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    accelRange = try settings.choice("accel_range")
    gyroRange = try settings.choice("gyro_range")
    device = try I2CDevice("MPU-6050", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, chip) {
      case (.again, let chip?): return try collect(from: chip)
      case (.tick, let chip?) where !isStarting: return try collect(from: chip)
      case (.tick, _), (.again, nil): return try setUp()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      chip = nil
      throw error
    }
  }

  /// With power it is asleep. The gyroscope's clock is the most exact one.
  private mutating func setUp() throws(DriverError) -> Outcome {
    chip = try identify()
    isStarting = true
    try device.write(Register.powerManagement1, [Power.isAwakeOnGyroClock])
    try device.write(Register.powerManagement2, [Power.allAxes])
    try device.write(Register.configuration, settings)
    return .askAgain(after: Self.startTimeMax)
  }

  /// What stands in CONFIG, GYRO_CONFIG and ACCEL_CONFIG.
  private var settings: [UInt8] { [Filter.hertz44, gyroRange.code << 3, accelRange.code << 3] }

  /// Of the gyroscope, by the product specification PS-MPU-6000A-00: 30 ms. The
  /// MPU-6500's takes 35 ms, and the filter of 44 Hz some more.
  private static let startTimeMax = Duration.milliseconds(60)

  private mutating func collect(from chip: Chip) throws(DriverError) -> Outcome {
    if isStarting {
      let found = try device.read(Register.configuration, count: settings.count)
      guard found == settings else {
        throw .badData(
          "its settings are [\(found.map(hex).joined(separator: ", "))], and were set to"
            + " [\(settings.map(hex).joined(separator: ", "))]")
      }
    }
    // All at once, so that they are of one moment.
    let bytes = try device.read(Register.data, count: 14)
    guard !bytes.allSatisfy({ $0 == 0 }) else {
      throw .badData("all its registers are 0: it sleeps, as after a loss of power")
    }
    guard !bytes.allSatisfy({ $0 == 0xFF }) else {
      throw .badData("all its registers are 0xFF: nothing drives the bus as it should")
    }
    isStarting = false
    let celsius = chip.celsius(Int16(bitPattern: word(bytes[6], bytes[7])))
    return .readings(
      Axes(bytes[0..<6], .highByteFirst).readings("accel", step: accelRange.step)
        + Axes(bytes[8..<14], .highByteFirst).readings("gyro", step: 1 / gyroRange.steps)
        + [Reading("temperature", celsius)])
  }

  // MARK: Identifying

  private func identify() throws(DriverError) -> Chip {
    let id = try device.read(Register.identifier)
    if let chip = Chip(id: id) { return chip }
    let expected = "expected 0x68 (MPU-6050), 0x70 (MPU-6500), 0x71 (MPU-9250) or 0x98 (ICM-20689)"
    switch id {
    case 0x00, 0xFF:
      throw .badData("chip id \(hex(id)); nothing drives the bus as it should; \(expected)")
    default: throw .badData("chip id \(hex(id)); \(expected)")
    }
  }

  /// How the chips differ: in the temperature, whose formula is in each one's register map.
  struct Chip: Equatable {
    /// Steps of 1 °C.
    var steps: Double
    /// °C at raw 0.
    var zero: Double

    /// - Parameter id: WHO_AM_I; the same at both addresses.
    init?(id: UInt8) {
      switch id {
      case 0x68: (steps, zero) = (340, 36.53)
      // MPU-6500, MPU-9250, MPU-9255.
      case 0x70, 0x71, 0x73: (steps, zero) = (333.87, 21)
      case 0x98: (steps, zero) = (326.8, 25)
      default: return nil
      }
    }

    func celsius(_ raw: Int16) -> Double { Double(raw) / steps + zero }
  }
}

// MARK: - Registers

extension MPU6050 {
  enum Register {
    /// CONFIG; followed by GYRO_CONFIG and ACCEL_CONFIG.
    static let configuration: UInt8 = 0x1A
    /// ACCEL_XOUT_H: acceleration, temperature, rotation, the higher byte first.
    static let data: UInt8 = 0x3B
    /// PWR_MGMT_1.
    static let powerManagement1: UInt8 = 0x6B
    /// PWR_MGMT_2.
    static let powerManagement2: UInt8 = 0x6C
    /// WHO_AM_I.
    static let identifier: UInt8 = 0x75
  }

  /// PWR_MGMT_1 and PWR_MGMT_2.
  enum Power {
    static let isAwakeOnGyroClock: UInt8 = 0x01
    static let allAxes: UInt8 = 0x00
    /// A bit of PWR_MGMT_1 that is never set (in later chips: gyroscope standby).
    static let isZero: UInt8 = 0x10
  }

  /// DLPF_CFG: what is faster than half of the readings only adds noise, and 44 Hz passes on
  /// what a hand or a motor does.
  enum Filter { static let hertz44: UInt8 = 3 }

  /// g: AFS_SEL.
  enum AccelRange: String {
    case g2 = "2"
    case g4 = "4"
    case g8 = "8"
    case g16 = "16"

    var code: UInt8 {
      switch self {
      case .g2: 0
      case .g4: 1
      case .g8: 2
      case .g16: 3
      }
    }

    /// m/s² of one step.
    var step: Double { Axes.gravity / Double(16384 >> Int(code)) }
  }

  /// °/s: FS_SEL.
  enum GyroRange: String {
    case degrees250 = "250"
    case degrees500 = "500"
    case degrees1000 = "1000"
    case degrees2000 = "2000"

    var code: UInt8 {
      switch self {
      case .degrees250: 0
      case .degrees500: 1
      case .degrees1000: 2
      case .degrees2000: 3
      }
    }

    /// Steps of 1 °/s.
    var steps: Double {
      switch self {
      case .degrees250: 131
      case .degrees500: 65.5
      case .degrees1000: 32.8
      case .degrees2000: 16.4
      }
    }
  }
}
