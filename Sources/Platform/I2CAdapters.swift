import Glibc
import SensorDrivers

/// The I2C adapters of the machine as /sys tells of them: which device file a name means, and
/// whether the kernel itself uses a chip.
struct I2CAdapters {
  /// "/sys".
  private let sysfs: String

  init(sysfs: String = "/sys") { self.sysfs = sysfs }

  /// The path of the bus that the ini names: by number, /dev path, device (`i2c-1`), adapter name,
  /// or alias of the device tree (`i2c1`, `i2c_arm`), in this order.
  func path(of name: String) throws(HardwareError) -> String {
    if name.hasPrefix("/") { return name }
    if let number = Int(name), number >= 0 { return "/dev/i2c-\(number)" }
    if name.hasPrefix("i2c-"), Int(name.dropFirst(4)) != nil { return "/dev/" + name }
    let adapters = all()
    let matches = adapters.filter { $0.name == name }
    if let match = matches.first, matches.count == 1 { return "/dev/" + match.device }
    if matches.count > 1 {
      let devices = matches.map(\.device).joined(separator: ", ")
      throw HardwareError(.other, "several I2C adapters are named '\(name)': \(devices)")
    }
    if let node = node(ofAlias: name) {
      return "/dev/" + (try device(ofNode: node, alias: name, among: adapters))
    }
    let known = adapters.map { "'\($0.name)' (\($0.device))" }.joined(separator: ", ")
    let others = known.isEmpty ? "there is none" : "there are \(known)"
    throw HardwareError(.absent, "no I2C adapter is named '\(name)'; \(others)")
  }

  /// The adapters that have a device file, e.g. ("i2c-1", "bcm2835 (i2c@7e804000)"), by number.
  func all() -> [(device: String, name: String)] {
    let devices = (try? LinuxFiles.list(classFolder)) ?? []
    return
      devices
      .sorted { ($0.count, $0) < ($1.count, $1) }
      .compactMap { device in
        guard let text = try? LinuxFiles.readText("\(classFolder)/\(device)/name") else {
          return nil
        }
        return (device, text.last == "\n" ? String(text.dropLast()) : text)
      }
  }

  private var classFolder: String { sysfs + "/class/i2c-dev" }

  // MARK: The device tree

  private var treeFolder: String { sysfs + "/firmware/devicetree/base" }

  /// `/soc/i2c@7e804000` for `i2c1`; a property of the tree ends with a zero byte.
  private func node(ofAlias alias: String) -> String? {
    guard !alias.contains("/"), alias != ".", alias != "..",
      let text = try? LinuxFiles.readText("\(treeFolder)/aliases/\(alias)")
    else { return nil }
    let node = String(text.prefix { $0 != "\0" && $0 != "\n" })
    return node.hasPrefix("/") ? node : nil
  }

  private func device(
    ofNode node: String, alias: String, among adapters: [(device: String, name: String)]
  ) throws(HardwareError) -> String {
    if let wanted = Self.resolved(treeFolder + node) {
      for (device, _) in adapters
      where Self.resolved("\(classFolder)/\(device)/device/of_node") == wanted {
        return device
      }
    }
    throw HardwareError(
      .absent,
      "the device tree's alias \(alias) is \(node), which has no I2C bus; is it enabled?"
        + " (Raspberry Pi: dtparam=i2c_arm=on, and the module i2c-dev)")
  }

  /// Without links; nil when there is no such file.
  private static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  // MARK: The kernel's own drivers

  /// Why `address` on bus `number` is refused as busy, and the ways out.
  func whoHas(_ address: UInt8, onBus number: Int?) -> String {
    guard let number else { return "a kernel driver has this address" }
    let digits = String(address, radix: 16)
    let client = "\(number)-\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
    let folder = "\(sysfs)/bus/i2c/devices/\(client)"
    guard let driver = Self.resolved(folder + "/driver")?.split(separator: "/").last else {
      return "another driver of the kernel has this address"
    }
    let files = (try? LinuxFiles.list(folder)) ?? []
    let has = "the kernel driver \(driver) has this address"
    if files.contains(where: { $0.hasPrefix("channel-") }) {
      return "\(has): its channels are I2C buses of their own, see /sys/bus/i2c/devices/\(client)"
    }
    var ways: [String] = []
    if files.contains(where: { $0.hasPrefix("iio:") }) { ways.append("driver = iio") }
    if files.contains("hwmon") { ways.append("driver = hwmon") }
    let reading =
      ways.isEmpty ? "" : "read the chip through it (\(ways.joined(separator: " or "))), or "
    return "\(has): \(reading)take it away (echo \(client) >"
      + " /sys/bus/i2c/drivers/\(driver)/unbind, and remove its dtoverlay)"
  }
}
