package import TelemetryModel

/// ST LSM9DS1, as on the Sense HAT: acceleration, rotation and magnetic field. Two chips in one
/// housing, each with its address: accelerometer and gyroscope, and the magnetometer, whose axes do
/// not all point the same way as theirs (figure 1).
///
/// Figure and table numbers refer to its datasheet, DocID025715 revision 3.
package struct LSM9DS1: SensorDriver {
  package static let kind = "lsm9ds1"
  package static let summary =
    "ST LSM9DS1 acceleration, rotation and magnetic field (the Sense HAT's), on I2C."
  package static let wiring =
    I2CDevice.wiring + " SDO_A/G and SDO_M to GND: 0x6A and 0x1C, to 3V3: 0x6B and 0x1E."
  package static let quantities =
    Axes.quantities("accel", "m/s²") + Axes.quantities("gyro", "°/s")
    + Axes.quantities("magnetic", "µT")
  package static let options =
    I2CDevice.options(
      addresses: [0x6A, 0x6B],
      "Of the accelerometer: 0x6A with pin SDO_A/G low (Sense HAT), 0x6B with it high.",
      atLeast: .milliseconds(200)) + [
      Option(
        "magnetic_address", .address([0x1C, 0x1E]), .value("0x1C"),
        "Of the magnetometer: 0x1C with pin SDO_M low (Sense HAT), 0x1E with it high."),
      Option(
        "accel_range", .choice(["2", "4", "8", "16"]), .value("2"),
        "The greatest acceleration in g; a greater one is read as this one."),
      Option(
        "gyro_range", .choice(["245", "500", "2000"]), .value("245"),
        "The fastest rotation in °/s; a faster one is read as this one."),
      Option(
        "magnetic_range", .choice(["400", "800", "1200", "1600"]), .value("400"),
        "The strongest field in µT; the earth's has 25 to 65."),
    ]

  package static let recognizer: Recognizer? = Recognizer(
    by: .register,
    parts: [
      "magnetic_address": { (device) throws(DriverError) in
        try device.read(Identifier.register) == Identifier.magnetometer ? .yes : .no
      }
    ]
  ) { (device) throws(DriverError) in
    try device.read(Identifier.register) == Identifier.motion ? .yes : .no
  }

  package let trigger: Trigger
  private let motion: I2CDevice
  private let magnetometer: I2CDevice
  private let accelRange: AccelRange
  private let gyroRange: GyroRange
  private let magneticRange: MagneticRange
  /// False after a fault: it may have lost its power.
  private var isSetUp = false
  /// Looks for new measurements so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    accelRange = try settings.choice("accel_range")
    gyroRange = try settings.choice("gyro_range")
    magneticRange = try settings.choice("magnetic_range")
    motion = try I2CDevice("LSM9DS1", settings, on: hardware)
    magnetometer = try I2CDevice(
      "LSM9DS1 magnetometer", settings, on: hardware, address: "magnetic_address")
  }

  package var subject: String? { motion.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .tick:
        looks = 0
        return isSetUp ? try collect() : try setUp()
      case .again: return isSetUp ? try collect() : try setUp()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      isSetUp = false
      throw error
    }
  }

  // MARK: Setting up

  private mutating func setUp() throws(DriverError) -> Outcome {
    try identify(motion, as: Identifier.motion, "LSM9DS1")
    try named { () throws(DriverError) in
      try identify(magnetometer, as: Identifier.magnetometer, "LSM9DS1's magnetometer")
    }
    // First, for the others are written in a row.
    try motion.write(Motion.control8, [Motion.isWholeAndCountsUp])
    try motion.write(Motion.control1, [Motion.hertz119 | gyroRange.code << 3, 0, 0, 0])
    try motion.write(
      Motion.control4,
      [
        Motion.allAxes, Motion.allAxes, Motion.hertz119 | accelRange.code << 3, 0,
        Motion.isWholeAndCountsUp, 0, 0,
      ])
    try motion.write(Motion.fifoControl, [Motion.bypass])
    try named { () throws(DriverError) in
      try magnetometer.write(
        Magnetic.control1 | Magnetic.countsUp,
        [
          Magnetic.hertz40Compensated, magneticRange.code << 5, Magnetic.isContinuous,
          Magnetic.isFineInZ, Magnetic.isWhole,
        ])
    }
    looks = 0
    isSetUp = true
    return .askAgain(after: Self.startTimeMax)
  }

  /// The gyroscope needs its time to swing; the first three of its measurements are to be dropped.
  private static let startTimeMax = Duration.milliseconds(100)

  private func identify(
    _ device: I2CDevice, as expected: UInt8, _ name: String
  ) throws(DriverError) {
    let id = try device.read(Identifier.register)
    guard id != expected else { return }
    let advice: String =
      switch id {
      case 0xD4: "; this is an LSM9DS0 or L3GD20"
      case 0x49: "; this is an LSM9DS0 or LSM303D"
      case 0x69, 0x6A, 0x6B, 0x6C: "; this is a chip of the LSM6DS family"
      case 0x00, 0xFF: "; nothing drives the bus as it should"
      default: ""
      }
    throw .badData("chip id \(hex(id))\(advice); expected \(hex(expected)) (\(name))")
  }

  /// Messages name the sensor by its first address: what concerns the second has to say so.
  private func named<T>(_ body: () throws(DriverError) -> T) throws(DriverError) -> T {
    do throws(DriverError) {
      return try body()
    } catch {
      let place = "magnetometer at \(hex(magnetometer.address)): "
      switch error {
      case .hardware(let reason): throw .hardware(place + reason)
      case .badData(let reason): throw .badData(place + reason)
      case .bus(let kind, let reason): throw .bus(kind, place + reason)
      }
    }
  }

  // MARK: Reading

  /// Looks for new measurements, and the wait between two: both chips measure 40 times in a second
  /// or more.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(10)

  private mutating func collect() throws(DriverError) -> Outcome {
    let status = try motion.read(Motion.status)
    guard status & Motion.isZero == 0 else {
      throw .badData("its status is \(hex(status)): nothing drives the bus as it should")
    }
    let field = try named { () throws(DriverError) in try magnetometer.read(Magnetic.status) }
    guard status & Motion.isReady == Motion.isReady, field & Magnetic.isReady != 0 else {
      looks += 1
      guard looks < Self.looksMax else {
        throw .badData("it does not measure: no new data; was it without power?")
      }
      return .askAgain(after: Self.lookAgain)
    }
    let rotation = try motion.read(Motion.rotation, count: 6)
    let acceleration = try motion.read(Motion.acceleration, count: 6)
    let magnetic = try named { () throws(DriverError) in
      let bytes = try magnetometer.read(Magnetic.data | Magnetic.countsUp, count: 6)
      guard !bytes.allSatisfy({ $0 == 0xFF }) else {
        throw DriverError.badData("all its registers are 0xFF: nothing drives the bus as it should")
      }
      return bytes
    }
    return .readings(
      Axes(acceleration, .lowByteFirst).readings("accel", step: accelRange.step)
        + Axes(rotation, .lowByteFirst).readings("gyro", step: gyroRange.step)
        + Axes(magnetic, .lowByteFirst).readings("magnetic", step: magneticRange.step))
  }
}
