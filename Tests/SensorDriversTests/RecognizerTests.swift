import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct RecognizerTests {
  private func device(_ bus: any I2CBus) throws -> I2CDevice {
    try I2CDevice(
      "any", Settings(for: I2CDevice.options(addresses: [0x76], "Any.")),
      on: ScriptedHardware(bus: "1", bus))
  }

  @Test func givesTheChipsAnswer() throws {
    let recognizer = Recognizer(by: .register) { device throws(DriverError) in
      try device.read(0xD0) == 0x60 ? .yes : .no
    }
    let bus = ScriptedI2CBus([.init(to: 0x76, write: [0xD0], reply: [0x60])])
    #expect(recognizer.answer(of: try device(bus)) == .yes)
    #expect(bus.isDone)
  }

  @Test func aChipThatDoesNotAnswerIsAnother() throws {
    let recognizer = Recognizer(by: .command) { device throws(DriverError) in
      _ = try device.readWords(1)
      return .yes
    }
    #expect(recognizer.answer(of: try device(ScriptedI2CBus())) == .no)
  }

  @Test func registersAreAskedForBeforeCommands() {
    #expect(Recognizer.Means.register < .command)
  }
}
