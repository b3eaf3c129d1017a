import SensorDrivers
import TestSupport
import Testing

@Suite struct KernelScanTests {
  private typealias Finding = KernelScan.Finding

  private func scan(_ files: [String: String]) -> [KernelScan.Finding] {
    let hardware = ScriptedHardware()
    hardware.files = files
    return KernelScan(on: hardware).run()
  }

  private let w1 = "/sys/bus/w1/devices"
  private let iio = "/sys/bus/iio/devices"
  private let hwmon = "/sys/class/hwmon"

  @Test func aMachineWithoutAnyHasNone() {
    #expect(scan([:]).isEmpty)
  }

  @Test func findsThermometersOnOneWireAndNothingElse() {
    let found = scan([
      "\(w1)/28-0316a2795aff/w1_slave": "", "\(w1)/10-000802b4d7e2/w1_slave": "",
      "\(w1)/3b-0000001921e8/w1_slave": "", "\(w1)/w1_bus_master1/w1_master_slaves": "",
      // A switch and an identity button.
      "\(w1)/3a-000000123456/state": "", "\(w1)/01-000012345678/id": "",
    ])
    #expect(
      found == [
        Finding(driver: "w1", option: "id", value: "10-000802b4d7e2"),
        Finding(driver: "w1", option: "id", value: "28-0316a2795aff"),
        Finding(driver: "w1", option: "id", value: "3b-0000001921e8"),
      ])
  }

  @Test func devicesAreCalledByTheirNames() {
    let found = scan([
      "\(iio)/iio:device0/name": "bme280\n", "\(iio)/iio_sysfs_trigger/name": "x\n",
      "\(hwmon)/hwmon0/name": "cpu_thermal\n", "\(hwmon)/hwmon1/name": "lm75\n",
    ])
    #expect(
      found == [
        Finding(driver: "iio", option: "device", value: "bme280"),
        Finding(driver: "hwmon", option: "chip", value: "cpu_thermal"),
        Finding(driver: "hwmon", option: "chip", value: "lm75"),
      ])
  }

  @Test func twoOfOneNameAreCalledByTheirPlace() {
    let i2c = "/sys/bus/i2c/devices"
    let found = scan([
      "\(iio)/iio:device0/name": "bme280\n", "\(iio)/iio:device1/name": "bme280\n",
      "\(i2c)/1-0076/iio:device1/name": "bme280\n",
      "\(hwmon)/hwmon0/name": "lm75\n", "\(hwmon)/hwmon1/name": "lm75\n",
      "\(i2c)/1-0048/hwmon/hwmon0/name": "lm75\n",
      "\(i2c)/1-0049/hwmon/hwmon1/name": "lm75\n",
    ])
    #expect(
      found.map(\.value) == [
        "\(iio)/iio:device0", "\(i2c)/1-0076", "\(i2c)/1-0048", "\(i2c)/1-0049",
      ])
  }

  @Test func aDeviceWithoutANameIsCalledByItsPlace() {
    #expect(scan(["\(hwmon)/hwmon2/temp1_input": "1"]).map(\.value) == ["\(hwmon)/hwmon2"])
  }

  @Test func aThermometerOnOneWireIsNotFoundTwice() {
    #expect(scan(["\(hwmon)/hwmon0/name": "w1_slave_temp\n"]).isEmpty)
  }
}
