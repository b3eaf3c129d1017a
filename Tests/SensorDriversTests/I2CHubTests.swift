import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct I2CHubTests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  @Test func aHubIsLeftAsItWasFound() throws {
    let bus = HubbedBus(ModelBus([]), hub: 0x72, channels: [:], control: 0b0010_0100)
    let hub = try #require(try I2CHub(at: 0x72, on: bus))
    #expect(hub.address == 0x72)
    #expect(hub.channelCount == 8)
    #expect(bus.control == 0b0010_0100)
    #expect(hub.channel(5, of: "1") == "1/mux@0x72/5")
  }

  @Test func aSmallHubHasFourChannels() throws {
    let bus = HubbedBus(ModelBus([]), hub: 0x70, channels: [:], mask: 0x0F)
    #expect(try I2CHub(at: 0x70, on: bus)?.channelCount == 4)
  }

  @Test func aChipWhoseReadsDifferIsNotWrittenTo() throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x77, write: [], reply: [0x01, 0x02, 0x03])])
    #expect(try I2CHub(at: 0x77, on: bus) == nil)
    #expect(bus.isDone)
  }

  @Test func aChipThatDoesNotKeepAByteIsNone() throws {
    let zeros: [UInt8] = [0, 0, 0]
    let bus = ScriptedI2CBus([
      Transfer(to: 0x70, write: [], reply: zeros), Transfer(to: 0x70, write: [], reply: zeros),
      Transfer(to: 0x70, write: [0x01], reply: zeros),
    ])
    #expect(try I2CHub(at: 0x70, on: bus) == nil)
    #expect(bus.isDone)
  }

  @Test(arguments: [HardwareError.Kind.noAcknowledge, .busy])
  func whereNobodyAnswersThereIsNone(kind: HardwareError.Kind) throws {
    let bus = ScriptedI2CBus([
      Transfer(to: 0x70, write: [], readCount: 3, error: HardwareError(kind, "none"))
    ])
    #expect(try I2CHub(at: 0x70, on: bus) == nil)
  }

  @Test func aBusThatFailsIsAnError() {
    let fault = HardwareError(.timedOut, "timed out")
    let bus = ScriptedI2CBus([Transfer(to: 0x70, write: [], readCount: 3, error: fault)])
    #expect(throws: fault) { try I2CHub(at: 0x70, on: bus) }
  }
}
