import Testing

@testable import SensorDrivers

@Suite struct HwmonChannelTests {
  @Test(arguments: [
    ("temp1", "temperature1"), ("temperature1", "temperature1"), ("in0", "voltage0"),
    ("voltage0", "voltage0"), ("curr12", "current12"), ("fan3", "fan3"),
  ])
  func kernelsNameAndOursMeanTheSame(name: String, quantity: String) {
    #expect(HwmonChannel(name)?.quantity.name == quantity)
  }

  @Test(arguments: ["", "temp", "temp-1", "temp1_max", "pwm1", "1", "temp99999999999999999999"])
  func otherNamesAreNoChannels(name: String) {
    #expect(HwmonChannel(name) == nil)
  }

  @Test func onlyInputsAreChannelsInTheOrderOfTheirNumbers() {
    let files = [
      "temp10_input", "temp2_input", "in1_input", "in0_input", "temperature1_input", "temp1_max",
      "_input", "intrusion0_alarm",
    ]
    #expect(HwmonChannel.all(in: files).map(\.kernelName) == ["temp2", "temp10", "in0", "in1"])
  }
}
