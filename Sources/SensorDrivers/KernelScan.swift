import TelemetryModel

/// Finds what the kernel reads itself: 1-Wire thermometers, IIO and hwmon devices. Reads names
/// only.
package struct KernelScan {
  package struct Finding: Sendable, Equatable {
    /// The driver that reads it.
    package var driver: String
    /// The option that names it, and its value.
    package var option: String
    package var value: String

    package init(driver: String, option: String, value: String) {
      self.driver = driver
      self.option = option
      self.value = value
    }
  }

  private let hardware: any Hardware
  private let sys: String

  package init(on hardware: any Hardware, sys: String = "/sys") {
    self.hardware = hardware
    self.sys = sys
  }

  package func run() -> [Finding] { oneWire() + industrialIO() + hardwareMonitors() }

  /// Families of thermometers: DS18S20, DS1822, DS18B20, DS1825 and MAX31850, DS28EA00.
  private static let families = ["10-", "22-", "28-", "3b-", "42-"]

  private func oneWire() -> [Finding] {
    names("\(sys)/bus/w1/devices").filter { name in
      Self.families.contains { name.hasPrefix($0) }
    }.map { Finding(driver: "w1", option: "id", value: $0) }
  }

  private func industrialIO() -> [Finding] {
    let folder = "\(sys)/bus/iio/devices"
    let devices = names(folder).filter { $0.hasPrefix("iio:device") }
    return named(devices, in: folder).map { Finding(driver: "iio", option: "device", value: $0) }
  }

  private func hardwareMonitors() -> [Finding] {
    let folder = "\(sys)/class/hwmon"
    let chips = named(names(folder), in: folder)
    // A 1-Wire thermometer stands here a second time.
    return chips.filter { !$0.hasPrefix("w1_slave") }.map {
      Finding(driver: "hwmon", option: "chip", value: $0)
    }
  }

  /// The devices' names; where two have one name, the paths of their I2C devices, which stay the
  /// same from boot to boot, or else their own.
  private func named(_ devices: [String], in folder: String) -> [String] {
    let names = devices.map { device in
      (try? hardware.readText("\(folder)/\(device)/name")).map(KernelText.trimmed) ?? ""
    }
    return zip(devices, names).map { device, name in
      let isOne = !name.isEmpty && names.count(where: { $0 == name }) == 1
      return isOne ? name : chip(of: device) ?? "\(folder)/\(device)"
    }
  }

  /// An I2C device has its IIO device in its folder, and its hwmon device in a folder there.
  private func chip(of device: String) -> String? {
    let folder = "\(sys)/bus/i2c/devices"
    return names(folder).map { "\(folder)/\($0)" }.first { chip in
      names(chip).contains(device) || names(chip + "/hwmon").contains(device)
    }
  }

  private func names(_ folder: String) -> [String] { (try? hardware.list(folder)) ?? [] }
}
