import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct I2CBusPathTests {
  @Test(arguments: [
    "1", "i2c-1", "/dev/i2c-1", "i2c_arm", "bcm2835 (i2c@7e804000)", "AUX A/DDI A/PHY A",
    "i2c-1-mux (chan_id 0)", "/dev/multiplexer",
  ])
  func aBusWithoutAHubIsWhatItSays(text: String) throws {
    let path = try I2CBusPath(text)
    #expect(path.root == text)
    #expect(path.channels.isEmpty)
    #expect(path.text == text)
  }

  @Test func hubsLeadOnFromOneAnother() throws {
    let path = try I2CBusPath("/dev/i2c-1/mux@0x70/3/mux@0x77/0")
    #expect(path.root == "/dev/i2c-1")
    #expect(path.channels.map(\.hub) == [0x70, 0x77])
    #expect(path.channels.map(\.number) == [3, 0])
    #expect(path.text == "/dev/i2c-1/mux@0x70/3/mux@0x77/0")
  }

  @Test func anAddressMayBeDecimalAndCaseDoesNotCount() throws {
    #expect(try I2CBusPath("1/MUX@113/7").text == "1/mux@0x71/7")
  }

  @Test(arguments: [
    ("1/mux@0x6F/3", "allowed: 0x70 to 0x77"), ("1/mux@0x78/3", "allowed: 0x70 to 0x77"),
    ("1/mux@/3", "allowed: 0x70 to 0x77"), ("1/mux@70/3", "allowed: 0x70 to 0x77"),
    ("1/mux@0x70/8", "allowed: 0 to 7"), ("1/mux@0x70/-1", "allowed: 0 to 7"),
    ("1/mux@0x70/", "allowed: 0 to 7"), ("1/mux@0x70/x", "allowed: 0 to 7"),
    ("1/mux@0x70", "names no channel"), ("1/mux@0x70/3/", "'' where a hub is expected"),
    ("1/mux@0x70/3/4", "'4' where a hub is expected"), ("mux@0x70/3", "no bus before the hub"),
    ("/mux@0x70/3", "no bus before the hub"), ("1/0x70/3", "'0x70', which is no hub"),
    ("1/3", "'3', which is no hub"), ("1/", "'', which is no hub"),
    ("i2c_arm/mux0x70/3", "'mux0x70', which is no hub"),
    ("i2c_arm/tca9548a@0x70/3", "'tca9548a@0x70', which is no hub"),
    ("1/mux@0x70/3/mux@0x70/0", "both would answer"),
  ])
  func aMistakeIsNamedWithWhatIsAllowed(text: String, complaint: String) {
    let error = #expect(throws: I2CBusPath.Malformed.self) { try I2CBusPath(text) }
    #expect(error?.complaint.hasPrefix("is '\(text)' and ") == true)
    #expect(error?.complaint.contains(complaint) == true, "\(error?.complaint ?? "")")
  }

  @Test func aDriverRefusesABusThatIsWrittenWrongly() {
    let options = I2CDevice.options(addresses: [0x76, 0x77], "Pin SDO.")
    let error = #expect(throws: Settings.Invalid.self) {
      try I2CDevice(
        "BME280", Settings(["bus": "1/mux@0x70"], for: options), on: ScriptedHardware())
    }
    #expect(error?.option == "bus")
  }

  @Test func aDriverRefusesTheAddressOfAHubOnItsWay() {
    let options = I2CDevice.options(addresses: [0x76, 0x77], "Pin SDO.")
    let settings = Settings(["bus": "1/mux@0x77/2", "address": "0x77"], for: options)
    let error = #expect(throws: Settings.Invalid.self) {
      try I2CDevice("BME280", settings, on: ScriptedHardware())
    }
    #expect(error?.option == "address")
  }
}
