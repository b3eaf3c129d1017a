import TelemetryModel

/// One device of the kernel's, as a folder of /sys with a file `name`: an IIO device or a hwmon
/// chip. Their numbers change from boot to boot, so they are found anew for each reading.
struct KernelDevice: Equatable {
  enum Kind {
    /// Documentation/ABI/testing/sysfs-bus-iio.
    case iio
    /// Documentation/hwmon/sysfs-interface.rst.
    case hwmon

    var root: String { self == .iio ? "bus/iio/devices" : "class/hwmon" }
    var prefix: String { self == .iio ? "iio:device" : "hwmon" }
    var noun: String { self == .iio ? "IIO device" : "hwmon chip" }

    /// `iio:device0`, but not `iio_sysfs_trigger`.
    func isEntry(_ name: String) -> Bool {
      name.hasPrefix(prefix) && Int(name.dropFirst(prefix.count)) != nil
    }
  }

  let folder: String
  /// As its driver calls it: `bme280`.
  let name: String
  /// From the device tree, where it gives one.
  let label: String?

  /// - Parameters:
  ///   - wanted: a name, a label, a number, a folder's name, or a path: its own, or that of the
  ///     device it belongs to, such as /sys/bus/i2c/devices/1-0076.
  ///   - sys: where the sysfs file system is.
  static func find(
    _ wanted: String, _ kind: Kind, sys: String, on hardware: any Hardware
  ) throws(DriverError) -> KernelDevice {
    if wanted.contains("/") { return try find(path: wanted, kind, on: hardware) }
    let root = "\(sys)/\(kind.root)"
    let all = try entries(of: root, kind, on: hardware).map { entry in
      (entry: entry, device: describe("\(root)/\(entry)", on: hardware))
    }
    if let entry = all.first(where: { $0.entry == wanted || $0.entry == kind.prefix + wanted }) {
      return entry.device
    }
    let labelled = all.filter { $0.device.label == wanted }
    let matches = labelled.isEmpty ? all.filter { $0.device.name == wanted } : labelled
    if let only = matches.first, matches.count == 1 { return only.device }
    let list = (matches.isEmpty ? all : matches)
      .map { "\($0.device.label ?? $0.device.name) (\($0.entry))" }.joined(separator: ", ")
    guard matches.isEmpty else {
      throw .hardware(
        "\(matches.count) \(kind.noun)s are called '\(wanted)': \(list); give the path of one,"
          + " such as \(sys)/bus/i2c/devices/1-0076")
    }
    throw .hardware("no \(kind.noun) is called '\(wanted)'; there are: \(list)")
  }

  private static func find(
    path: String, _ kind: Kind, on hardware: any Hardware
  ) throws(DriverError) -> KernelDevice {
    var folder = path
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    var names = try list(folder, on: hardware)
    // The path of an I2C device has its chip in a folder hwmon/hwmon3, or in iio:device0.
    if kind == .hwmon, names.contains("hwmon"), !names.contains(where: isInput) {
      folder += "/hwmon"
      names = try list(folder, on: hardware)
    }
    let inside = names.filter(kind.isEntry).sorted(by: KernelText.isBefore)
    guard inside.count < 2 else {
      throw .hardware("\(folder) has several: \(inside.joined(separator: ", ")); name one")
    }
    return describe(inside.first.map { "\(folder)/\($0)" } ?? folder, on: hardware)
  }

  private static func isInput(_ name: String) -> Bool { name.hasSuffix("_input") }

  private static func entries(
    of root: String, _ kind: Kind, on hardware: any Hardware
  ) throws(DriverError) -> [String] {
    let names: [String]
    do throws(HardwareError) {
      names = try hardware.list(root).filter(kind.isEntry)
    } catch {
      if error.kind == .absent { throw .hardware("the kernel has no \(kind.noun)s: no \(root)") }
      throw .hardware(error.reason)
    }
    guard !names.isEmpty else {
      throw .hardware("the kernel has no \(kind.noun): \(root) is empty")
    }
    return names.sorted(by: KernelText.isBefore)
  }

  /// A device that vanishes meanwhile has no name; reading it then fails by itself.
  private static func describe(_ folder: String, on hardware: any Hardware) -> KernelDevice {
    // Old hwmon drivers have their name beside the chip's folder.
    let name =
      text("\(folder)/name", on: hardware) ?? text("\(folder)/device/name", on: hardware)
    return KernelDevice(
      folder: folder, name: name ?? "", label: text("\(folder)/label", on: hardware))
  }

  private static func text(_ path: String, on hardware: any Hardware) -> String? {
    do throws(HardwareError) {
      let text = KernelText.trimmed(try hardware.readText(path))
      return text.isEmpty ? nil : text
    } catch {
      return nil
    }
  }

  /// The names in its folder.
  func files(on hardware: any Hardware) throws(DriverError) -> [String] {
    try Self.list(folder, on: hardware)
  }

  /// A file that does not change while the device is there, such as a channel's label.
  func fixedText(_ file: String, on hardware: any Hardware) -> String? {
    Self.text("\(folder)/\(file)", on: hardware)
  }

  private static func list(
    _ folder: String, on hardware: any Hardware
  ) throws(DriverError) -> [String] {
    do throws(HardwareError) {
      return try hardware.list(folder)
    } catch {
      throw .hardware(error.reason)
    }
  }
}
