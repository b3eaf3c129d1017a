import Glibc
import SensorDrivers

extension HardwareError {
  /// The fault of a file, a device or a line: "open /dev/gpiochip0: permission denied".
  init(_ errno: Errno, _ doing: String) {
    let kind: Kind =
      switch errno.code {
      case ENOENT, ENODEV, ENXIO, ENOTDIR: .absent
      case EACCES, EPERM: .notPermitted
      case EBUSY: .busy
      case ETIMEDOUT: .timedOut
      default: .other
      }
    self.init(kind, "\(doing): \(errno.text)")
  }
}
