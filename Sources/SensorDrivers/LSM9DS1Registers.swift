/// The LSM9DS1's registers and scales, by its datasheet, DocID025715 revision 3.
extension LSM9DS1 {
  /// WHO_AM_I and WHO_AM_I_M.
  enum Identifier {
    static let register: UInt8 = 0x0F
    static let motion: UInt8 = 0x68
    static let magnetometer: UInt8 = 0x3D
  }

  /// Accelerometer and gyroscope: chapter 7.
  enum Motion {
    /// CTRL_REG1_G; CTRL_REG2_G, CTRL_REG3_G and ORIENT_CFG_G follow.
    static let control1: UInt8 = 0x10
    static let status: UInt8 = 0x17
    static let rotation: UInt8 = 0x18
    /// CTRL_REG4; those up to CTRL_REG10 follow.
    static let control4: UInt8 = 0x1E
    static let control8: UInt8 = 0x22
    static let acceleration: UInt8 = 0x28
    static let fifoControl: UInt8 = 0x2E

    /// Of both, in CTRL_REG1_G and CTRL_REG6_XL.
    static let hertz119: UInt8 = 0b011 << 5
    static let allAxes: UInt8 = 0b0011_1000
    /// CTRL_REG8: BDU, so that no value is half old, and IF_ADD_INC.
    static let isWholeAndCountsUp: UInt8 = 0b0100_0100
    static let bypass: UInt8 = 0

    /// STATUS_REG: GDA and XLDA.
    static let isReady: UInt8 = 0b011
    /// A bit that is never set.
    static let isZero: UInt8 = 0b1000_0000
  }

  /// The magnetometer: chapter 8.
  enum Magnetic {
    /// CTRL_REG1_M; those up to CTRL_REG5_M follow.
    static let control1: UInt8 = 0x20
    static let status: UInt8 = 0x27
    static let data: UInt8 = 0x28
    /// With this bit of the register's address it counts up; the other chip has CTRL_REG8 for that.
    static let countsUp: UInt8 = 0x80

    /// TEMP_COMP, x and y in ultra-high performance, 40 Hz.
    static let hertz40Compensated: UInt8 = 0b1_11_110_0_0
    /// CTRL_REG3_M.
    static let isContinuous: UInt8 = 0
    /// CTRL_REG4_M: z in ultra-high performance.
    static let isFineInZ: UInt8 = 0b0000_1100
    /// CTRL_REG5_M: BDU, so that no value is half old.
    static let isWhole: UInt8 = 0b0100_0000
    /// STATUS_REG_M: ZYXDA.
    static let isReady: UInt8 = 0b1000
  }

  /// g; codes of FS_XL in CTRL_REG6_XL, steps by table 3. The one of 16 g is not twice that of 8 g.
  enum AccelRange: String {
    case g2 = "2"
    case g4 = "4"
    case g8 = "8"
    case g16 = "16"

    var code: UInt8 {
      switch self {
      case .g2: 0b00
      case .g4: 0b10
      case .g8: 0b11
      case .g16: 0b01
      }
    }

    /// m/s².
    var step: Double {
      switch self {
      case .g2: Axes.gravity * 0.061e-3
      case .g4: Axes.gravity * 0.122e-3
      case .g8: Axes.gravity * 0.244e-3
      case .g16: Axes.gravity * 0.732e-3
      }
    }
  }

  /// °/s; codes of FS_G in CTRL_REG1_G, steps by table 3.
  enum GyroRange: String {
    case degrees245 = "245"
    case degrees500 = "500"
    case degrees2000 = "2000"

    var code: UInt8 {
      switch self {
      case .degrees245: 0b00
      case .degrees500: 0b01
      case .degrees2000: 0b11
      }
    }

    /// °/s.
    var step: Double {
      switch self {
      case .degrees245: 0.00875
      case .degrees500: 0.0175
      case .degrees2000: 0.070
      }
    }
  }

  /// µT, of which 100 are a gauss; codes of FS in CTRL_REG2_M, steps by table 3.
  enum MagneticRange: String {
    case microtesla400 = "400"
    case microtesla800 = "800"
    case microtesla1200 = "1200"
    case microtesla1600 = "1600"

    var code: UInt8 {
      switch self {
      case .microtesla400: 0b00
      case .microtesla800: 0b01
      case .microtesla1200: 0b10
      case .microtesla1600: 0b11
      }
    }

    /// µT.
    var step: Double {
      switch self {
      case .microtesla400: 0.014
      case .microtesla800: 0.029
      case .microtesla1200: 0.043
      case .microtesla1600: 0.058
      }
    }
  }
}
