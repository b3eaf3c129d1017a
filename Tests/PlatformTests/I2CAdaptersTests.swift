import Glibc
import SensorDrivers
import Testing

@testable import Platform

/// A /sys as a Raspberry Pi 4 has it, in a temporary folder.
private final class FakeSysfs {
  let root: String

  init() throws {
    var template = Array("/tmp/telemetryd-sysfs-XXXXXX\0".utf8CString)
    root = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit { removeTree(root) }

  private func removeTree(_ path: String) {
    // Not through links: remove() takes the link itself.
    if remove(path) == 0 { return }
    for name in (try? LinuxFiles.list(path)) ?? [] { removeTree("\(path)/\(name)") }
    remove(path)
  }

  func folder(_ path: String) {
    var whole = root
    for part in path.split(separator: "/") {
      whole += "/\(part)"
      mkdir(whole, 0o755)
    }
  }

  func file(_ path: String, _ text: String) throws {
    if let slash = path.lastIndex(of: "/") { folder(String(path[..<slash])) }
    let file = try #require(fopen("\(root)/\(path)", "w"))
    fwrite(text, 1, text.utf8.count, file)
    fclose(file)
  }

  func link(_ path: String, to target: String) {
    if let slash = path.lastIndex(of: "/") { folder(String(path[..<slash])) }
    symlink("\(root)/\(target)", "\(root)/\(path)")
  }

  /// An adapter with a device file, and its node in the device tree if it has one.
  func adapter(_ device: String, _ name: String, node: String? = nil) throws {
    let place = "devices/platform/\(device)"
    try file("\(place)/i2c-dev/\(device)/name", name + "\n")
    link("\(place)/i2c-dev/\(device)/device", to: place)
    link("class/i2c-dev/\(device)", to: "\(place)/i2c-dev/\(device)")
    if let node {
      folder("firmware/devicetree/base\(node)")
      link("\(place)/of_node", to: "firmware/devicetree/base\(node)")
    }
  }

  func alias(_ name: String, _ node: String) throws {
    try file("firmware/devicetree/base/aliases/\(name)", node + "\0")
  }
}

@Suite struct I2CAdaptersTests {
  private let sysfs: FakeSysfs
  private let adapters: I2CAdapters

  init() throws {
    sysfs = try FakeSysfs()
    adapters = I2CAdapters(sysfs: sysfs.root)
    try sysfs.adapter("i2c-1", "bcm2835 (i2c@7e804000)", node: "/soc/i2c@7e804000")
    try sysfs.adapter("i2c-20", "fef04500.i2c", node: "/soc/i2c@7ef04500")
    try sysfs.adapter("i2c-3", "i2c-tiny-usb at bus 001 device 004")
    try sysfs.alias("i2c1", "/soc/i2c@7e804000")
    try sysfs.alias("i2c_arm", "/soc/i2c@7e804000")
    try sysfs.alias("i2c_vc", "/soc/i2c0mux/i2c@0")
  }

  @Test(arguments: [
    ("1", "/dev/i2c-1"), ("7", "/dev/i2c-7"), ("i2c-3", "/dev/i2c-3"),
    ("/dev/serial/i2c", "/dev/serial/i2c"), ("bcm2835 (i2c@7e804000)", "/dev/i2c-1"),
    ("i2c-tiny-usb at bus 001 device 004", "/dev/i2c-3"), ("i2c1", "/dev/i2c-1"),
    ("i2c_arm", "/dev/i2c-1"),
  ])
  func aBusHasManyNames(name: String, path: String) throws {
    #expect(try adapters.path(of: name) == path)
  }

  @Test func adaptersComeByNumber() {
    #expect(adapters.all().map(\.device) == ["i2c-1", "i2c-3", "i2c-20"])
  }

  @Test func anAliasOfABusThatIsOffSaysSo() {
    let error = #expect(throws: HardwareError.self) { try adapters.path(of: "i2c_vc") }
    #expect(error?.kind == .absent)
    #expect(error?.reason.contains("alias i2c_vc is /soc/i2c0mux/i2c@0") == true)
    #expect(error?.reason.contains("dtparam") == true)
  }

  @Test(arguments: ["i2c_rm", "../aliases/i2c1", "..", ""])
  func anUnknownNameListsWhatThereIs(name: String) {
    let error = #expect(throws: HardwareError.self) { try adapters.path(of: name) }
    #expect(error?.kind == .absent)
    #expect(error?.reason.contains("'bcm2835 (i2c@7e804000)' (i2c-1)") == true)
  }

  @Test func aNameThatTwoAdaptersHaveIsNoName() throws {
    try sysfs.adapter("i2c-4", "fef04500.i2c")
    let error = #expect(throws: HardwareError.self) { try adapters.path(of: "fef04500.i2c") }
    #expect(error?.reason == "several I2C adapters are named 'fef04500.i2c': i2c-4, i2c-20")
  }

  @Test func aMachineWithoutI2CHasNone() {
    let error = #expect(throws: HardwareError.self) {
      try I2CAdapters(sysfs: "/tmp/no such folder").path(of: "i2c1")
    }
    #expect(error?.reason == "no I2C adapter is named 'i2c1'; there is none")
  }

  // MARK: The kernel's own drivers

  @Test func theDriverThatHasAChipIsNamedWithTheWaysOut() {
    sysfs.folder("bus/i2c/drivers/bmp280")
    sysfs.folder("bus/i2c/devices/1-0076/iio:device0")
    sysfs.link("bus/i2c/devices/1-0076/driver", to: "bus/i2c/drivers/bmp280")
    let reason = adapters.whoHas(0x76, onBus: 1)
    #expect(reason.hasPrefix("the kernel driver bmp280 has this address: read the chip through it"))
    #expect(reason.contains("(driver = iio)"))
    #expect(reason.contains("echo 1-0076 > /sys/bus/i2c/drivers/bmp280/unbind"))
    #expect(reason.contains("dtoverlay"))
  }

  @Test func aDriverForHwmonIsReadAsThat() {
    sysfs.folder("bus/i2c/drivers/lm75")
    sysfs.folder("bus/i2c/devices/20-0048/hwmon")
    sysfs.link("bus/i2c/devices/20-0048/driver", to: "bus/i2c/drivers/lm75")
    #expect(adapters.whoHas(0x48, onBus: 20).contains("(driver = hwmon)"))
  }

  @Test func aClockIsOnlyTakenAway() {
    sysfs.folder("bus/i2c/drivers/rtc-ds1307")
    sysfs.folder("bus/i2c/devices/1-0068")
    sysfs.link("bus/i2c/devices/1-0068/driver", to: "bus/i2c/drivers/rtc-ds1307")
    let reason = adapters.whoHas(0x68, onBus: 1)
    #expect(!reason.contains("driver ="))
    #expect(reason.contains("echo 1-0068 > /sys/bus/i2c/drivers/rtc-ds1307/unbind"))
  }

  @Test func aHubOfTheKernelsHasItsOwnBuses() {
    sysfs.folder("bus/i2c/drivers/pca954x")
    sysfs.folder("bus/i2c/devices/1-0070/channel-0")
    sysfs.link("bus/i2c/devices/1-0070/driver", to: "bus/i2c/drivers/pca954x")
    #expect(
      adapters.whoHas(0x70, onBus: 1)
        == "the kernel driver pca954x has this address: its channels are I2C buses of their own,"
        + " see /sys/bus/i2c/devices/1-0070")
  }

  @Test func aDriverThatCannotBeFoundIsStillTheKernels() {
    #expect(adapters.whoHas(0x50, onBus: 1) == "another driver of the kernel has this address")
    #expect(adapters.whoHas(0x50, onBus: nil) == "a kernel driver has this address")
  }
}
