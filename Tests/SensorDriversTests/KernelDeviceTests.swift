import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct KernelDeviceTests {
  private let hardware = ScriptedHardware()

  init() {
    hardware.files = [
      "/sys/bus/iio/devices/iio:device0/name": "bme280\n",
      "/sys/bus/iio/devices/iio:device0/in_temp_input": "21000\n",
      "/sys/bus/iio/devices/iio:device2/name": "bmp280\n",
      "/sys/bus/iio/devices/iio:device2/label": "cellar\n",
      "/sys/bus/iio/devices/iio:device10/name": "bme280\n",
      "/sys/bus/iio/devices/iio_sysfs_trigger/add_trigger": "",
      "/sys/bus/i2c/devices/1-0076/name": "bme280\n",
      "/sys/bus/i2c/devices/1-0076/iio:device10/name": "bme280\n",
      "/sys/class/hwmon/hwmon0/device/name": "old\n",
      "/sys/class/hwmon/hwmon1/name": "lm75\n",
      "/sys/class/hwmon/hwmon1/temp1_input": "21000\n",
      "/sys/bus/i2c/devices/1-0048/name": "lm75\n",
      "/sys/bus/i2c/devices/1-0048/hwmon/hwmon1/name": "lm75\n",
    ]
  }

  private func folder(_ wanted: String, _ kind: KernelDevice.Kind = .iio) throws -> String {
    try KernelDevice.find(wanted, kind, sys: "/sys", on: hardware).folder
  }

  @Test(arguments: [
    ("bmp280", "/sys/bus/iio/devices/iio:device2"), ("cellar", "/sys/bus/iio/devices/iio:device2"),
    ("10", "/sys/bus/iio/devices/iio:device10"),
    ("iio:device0", "/sys/bus/iio/devices/iio:device0"),
    ("/sys/bus/iio/devices/iio:device0/", "/sys/bus/iio/devices/iio:device0"),
    ("/sys/bus/i2c/devices/1-0076", "/sys/bus/i2c/devices/1-0076/iio:device10"),
  ])
  func deviceIsFound(wanted: String, expected: String) throws {
    #expect(try folder(wanted) == expected)
  }

  @Test(arguments: [
    ("lm75", "/sys/class/hwmon/hwmon1"), ("hwmon1", "/sys/class/hwmon/hwmon1"),
    ("old", "/sys/class/hwmon/hwmon0"),
    ("/sys/bus/i2c/devices/1-0048", "/sys/bus/i2c/devices/1-0048/hwmon/hwmon1"),
    ("/sys/class/hwmon/hwmon1", "/sys/class/hwmon/hwmon1"),
  ])
  func chipIsFound(wanted: String, expected: String) throws {
    #expect(try folder(wanted, .hwmon) == expected)
  }

  @Test func twoOfOneNameAreListed() {
    #expect(
      throws: DriverError.hardware(
        "2 IIO devices are called 'bme280': bme280 (iio:device0), bme280 (iio:device10); give the"
          + " path of one, such as /sys/bus/i2c/devices/1-0076")
    ) { try folder("bme280") }
  }

  @Test func labelTellsTwoOfOneNameApart() throws {
    hardware.files["/sys/bus/iio/devices/iio:device10/label"] = "attic\n"
    #expect(try folder("attic") == "/sys/bus/iio/devices/iio:device10")
  }

  @Test func unknownNameListsWhatThereIs() {
    #expect(
      throws: DriverError.hardware(
        "no IIO device is called 'dht11'; there are: bme280 (iio:device0), cellar (iio:device2),"
          + " bme280 (iio:device10)")
    ) { try folder("dht11") }
  }

  @Test func kernelWithoutTheSubsystemIsToldSo() {
    hardware.files = ["/sys/class/hwmon/x": ""]
    #expect(
      throws: DriverError.hardware("the kernel has no IIO devices: no /sys/bus/iio/devices")
    ) { try folder("bme280") }
    #expect(
      throws: DriverError.hardware("the kernel has no hwmon chip: /sys/class/hwmon is empty")
    ) { try folder("lm75", .hwmon) }
  }

  @Test func folderOfSeveralIsRefused() {
    #expect(
      throws: DriverError.hardware(
        "/sys/bus/iio/devices has several: iio:device0, iio:device2, iio:device10; name one")
    ) { try folder("/sys/bus/iio/devices") }
  }
}
