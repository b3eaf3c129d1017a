import SensorDrivers
import TestSupport
import Testing

/// Control bytes by the TCA9548A's datasheet, SCPS207H, section 7.5.4: bit n is channel n.
@Suite struct MuxedI2CBusTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func end(_ bus: MuxedI2CBus, _ path: String) throws -> any I2CBus {
    bus.bus(behind: try I2CBusPath(path).channels)
  }

  private func identify(_ bus: any I2CBus, at address: UInt8 = 0x76) throws -> [UInt8] {
    try bus.transfer(to: address, write: [0xD0], readCount: 1)
  }

  /// The first use of a hub: told its channel, asked whether it took it.
  private func first(_ hub: UInt8, _ control: UInt8) -> [Transfer] {
    [Transfer(to: hub, write: [control]), Transfer(to: hub, write: [], reply: [control])]
  }

  private func off(_ hub: UInt8) -> Transfer { Transfer(to: hub, write: [0]) }

  /// The first use of an address behind a hub: nobody may have it before the hub.
  private func nobody(at address: UInt8 = 0x76) -> Transfer {
    Transfer(to: address, write: [], readCount: 1, error: silence)
  }

  private func chip(_ answer: UInt8, at address: UInt8 = 0x76) -> Transfer {
    Transfer(to: address, write: [0xD0], reply: [answer])
  }

  @Test func aBusWithoutHubsIsLeftAsItIs() throws {
    let wire = ScriptedI2CBus([chip(0x60), chip(0x60)])
    let bus = MuxedI2CBus(wire, named: "1")
    #expect(try identify(end(bus, "1")) == [0x60])
    #expect(try identify(end(bus, "1")) == [0x60])
    #expect(wire.isDone)
  }

  @Test func eightEqualChipsAreToldApart() throws {
    let wire = ScriptedI2CBus([off(0x70), nobody()] + first(0x70, 0x01) + [chip(0x10)])
    for channel in 1..<8 {
      wire.expect([
        off(0x70), nobody(), Transfer(to: 0x70, write: [1 << UInt8(channel)]),
        chip(0x10 + UInt8(channel)),
      ])
    }
    for channel in 0..<8 {
      wire.expect([
        Transfer(to: 0x70, write: [1 << UInt8(channel)]), chip(0x20 + UInt8(channel)),
      ])
    }
    let bus = MuxedI2CBus(wire, named: "1")
    let ends = try (0..<8).map { try end(bus, "1/mux@0x70/\($0)") }
    #expect(try ends.map { try identify($0)[0] } == Array(0x10...0x17))
    #expect(try ends.map { try identify($0)[0] } == Array(0x20...0x27))
    #expect(wire.isDone)
  }

  @Test func theChannelIsSetBeforeEachTransfer() throws {
    // Something else moved the hub meanwhile: nothing here relies on where it stood.
    let wire = ScriptedI2CBus(
      [off(0x72), nobody()] + first(0x72, 0x20)
        + [chip(0x60), Transfer(to: 0x72, write: [0x20]), chip(0x60)])
    let behind = try end(MuxedI2CBus(wire, named: "1"), "1/mux@0x72/5")
    _ = try identify(behind)
    _ = try identify(behind)
    #expect(wire.isDone)
  }

  @Test func theBusItselfIsUsedWithItsHubsOff() throws {
    let wire = ScriptedI2CBus(
      [off(0x70), chip(0x58, at: 0x77), chip(0x58, at: 0x77), nobody()] + first(0x70, 0x08)
        + [chip(0x60), off(0x70), chip(0x58, at: 0x77)])
    let bus = MuxedI2CBus(wire, named: "1")
    let (itself, behind) = (try end(bus, "1"), try end(bus, "1/mux@0x70/3"))
    #expect(try identify(itself, at: 0x77) == [0x58])
    #expect(try identify(itself, at: 0x77) == [0x58], "a hub that is off stays off")
    #expect(try identify(behind) == [0x60])
    #expect(try identify(itself, at: 0x77) == [0x58])
    #expect(wire.isDone)
  }

  @Test func oneHubIsOffWhileAnotherIsUsed() throws {
    let wire = ScriptedI2CBus(
      [off(0x71), off(0x70), nobody()] + first(0x70, 0x01) + [chip(0x60)]
        + [off(0x70), nobody()] + first(0x71, 0x01) + [chip(0x58)]
        + [off(0x71), Transfer(to: 0x70, write: [0x01]), chip(0x60)])
    let bus = MuxedI2CBus(wire, named: "1")
    let (one, other) = (try end(bus, "1/mux@0x70/0"), try end(bus, "1/mux@0x71/0"))
    #expect(try identify(one) == [0x60])
    #expect(try identify(other) == [0x58])
    #expect(try identify(one) == [0x60])
    #expect(wire.isDone)
  }

  @Test func aHubBehindAHubIsReachedThroughIt() throws {
    let outer = Transfer(to: 0x70, write: [0x08])
    let wire = ScriptedI2CBus(
      [off(0x70), nobody()] + first(0x70, 0x08) + [off(0x71), nobody()] + first(0x71, 0x01)
        + [chip(0x60)] + [outer, Transfer(to: 0x71, write: [0x01]), chip(0x60)]
        // Beside the inner hub, not behind it.
        + [off(0x70), nobody(at: 0x77), outer, off(0x71), chip(0x58, at: 0x77)]
        // Another channel of the outer hub: the inner one cannot be seen from there.
        + [off(0x70), nobody(), Transfer(to: 0x70, write: [0x01]), chip(0x55)])
    let bus = MuxedI2CBus(wire, named: "1")
    let inner = try end(bus, "1/mux@0x70/3/mux@0x71/0")
    let beside = try end(bus, "1/mux@0x70/3")
    let elsewhere = try end(bus, "1/mux@0x70/0")
    #expect(try identify(inner) == [0x60])
    #expect(try identify(inner) == [0x60])
    #expect(try identify(beside, at: 0x77) == [0x58])
    #expect(try identify(elsewhere) == [0x55])
    #expect(wire.isDone)
  }

  @Test func chipsOfOneAddressBeforeAndBehindAHubAreNotMixed() throws {
    let wire = ScriptedI2CBus(
      [off(0x70), Transfer(to: 0x76, write: [], reply: [0x00])]
        // The one before the hub can still be read alone.
        + [chip(0x58)]
        // Once it is gone, the one behind can.
        + [nobody()] + first(0x70, 0x01) + [chip(0x60)])
    let bus = MuxedI2CBus(wire, named: "1")
    let behind = try end(bus, "1/mux@0x70/0")
    let error = #expect(throws: HardwareError.self) { try identify(behind) }
    #expect(
      error?.reason.hasPrefix(
        "a chip on I2C bus 1 has this address, too, and would answer together")
        == true)
    #expect(try identify(end(bus, "1")) == [0x58])
    #expect(try identify(behind) == [0x60])
    #expect(wire.isDone)
  }

  @Test func aSilentHubIsNamedWithItsChannel() throws {
    let wire = ScriptedI2CBus([
      off(0x70), nobody(), Transfer(to: 0x70, write: [0x08], error: silence),
    ])
    let bus = MuxedI2CBus(wire, named: "i2c_arm")
    let reason = "open channel 3 of the hub at 0x70 on I2C bus i2c_arm: no acknowledge"
    // Not `noAcknowledge`: some drivers take that for a chip that is busy.
    #expect(throws: HardwareError(.absent, reason)) {
      try identify(end(bus, "i2c_arm/mux@0x70/3"))
    }
    #expect(wire.isDone)
  }

  @Test func aSilentInnerHubIsNamedWithItsWay() throws {
    let wire = ScriptedI2CBus(
      [off(0x70), nobody()] + first(0x70, 0x08) + [
        off(0x71), nobody(),
        Transfer(to: 0x71, write: [0x80], error: HardwareError(.timedOut, "timed out")),
      ])
    let bus = MuxedI2CBus(wire, named: "1")
    let reason = "open channel 7 of the hub at 0x71 on I2C bus 1/mux@0x70/3: timed out"
    #expect(throws: HardwareError(.timedOut, reason)) {
      try identify(end(bus, "1/mux@0x70/3/mux@0x71/7"))
    }
  }

  @Test(arguments: [HardwareError.Kind.absent, .notPermitted])
  func aFaultOfTheWholeBusIsNotBlamedOnAHub(kind: HardwareError.Kind) throws {
    let fault = HardwareError(kind, "there is no I2C bus 1")
    let wire = ScriptedI2CBus([Transfer(to: 0x70, write: [0], error: fault)])
    let bus = MuxedI2CBus(wire, named: "1")
    #expect(throws: fault) { try identify(end(bus, "1/mux@0x70/3")) }
    #expect(wire.isDone)
  }

  @Test func aSilentChipBehindAHubIsTheChipsOwnFault() throws {
    let wire = ScriptedI2CBus(
      [off(0x70), nobody()] + first(0x70, 0x08)
        + [Transfer(to: 0x76, write: [0xD0], readCount: 1, error: silence)])
    let bus = MuxedI2CBus(wire, named: "1")
    #expect(throws: silence) { try identify(end(bus, "1/mux@0x70/3")) }
    #expect(wire.isDone)
  }

  @Test func anotherChipAtAHubsAddressIsNoticed() throws {
    let wire = ScriptedI2CBus([
      off(0x76), nobody(at: 0x40), Transfer(to: 0x76, write: [0x08]),
      Transfer(to: 0x76, write: [], reply: [0x60]),
    ])
    let bus = MuxedI2CBus(wire, named: "1")
    let error = #expect(throws: HardwareError.self) {
      try bus.bus(behind: try I2CBusPath("1/mux@0x76/3").channels)
        .transfer(to: 0x40, write: [0], readCount: 1)
    }
    #expect(error?.reason.contains("told 0x08 and answers 0x60") == true)
    #expect(wire.isDone)
  }

  @Test func aHubIsProvenAnewAfterItWasAway() throws {
    let wire = ScriptedI2CBus(
      [off(0x70), nobody()] + first(0x70, 0x01)
        + [chip(0x60), Transfer(to: 0x70, write: [0x01], error: silence)]
        + [off(0x70), nobody()] + first(0x70, 0x01) + [chip(0x60)])
    let behind = try end(MuxedI2CBus(wire, named: "1"), "1/mux@0x70/0")
    _ = try identify(behind)
    #expect(throws: HardwareError.self) { try identify(behind) }
    #expect(try identify(behind) == [0x60])
    #expect(wire.isDone)
  }

  @Test func aMissingHubDoesNotStandInTheWayOfTheBusItself() throws {
    let wire = ScriptedI2CBus([
      Transfer(to: 0x70, write: [0], error: silence), chip(0x58), chip(0x58),
    ])
    let bus = MuxedI2CBus(wire, named: "1")
    _ = try end(bus, "1/mux@0x70/0")
    #expect(try identify(end(bus, "1")) == [0x58])
    #expect(try identify(end(bus, "1")) == [0x58])
    #expect(wire.isDone)
  }

  @Test func nothingIsReadWhileItIsUnknownWhoWouldAnswer() throws {
    let slow = HardwareError(.timedOut, "timed out")
    let wire = ScriptedI2CBus([
      Transfer(to: 0x70, write: [0], error: slow), Transfer(to: 0x70, write: [0]), chip(0x58),
    ])
    let bus = MuxedI2CBus(wire, named: "1")
    _ = try end(bus, "1/mux@0x70/0")
    let reason = "switch off the hub at 0x70 on I2C bus 1: timed out"
    #expect(throws: HardwareError(.timedOut, reason)) { try identify(end(bus, "1")) }
    #expect(try identify(end(bus, "1")) == [0x58])
    #expect(wire.isDone)
  }

  @Test func aChipCannotHaveTheAddressOfAHubBesideIt() throws {
    let wire = ScriptedI2CBus()
    let bus = MuxedI2CBus(wire, named: "1")
    _ = try end(bus, "1/mux@0x76/0")
    for path in ["1", "1/mux@0x70/2", "1/mux@0x76/0"] {
      let error = #expect(throws: HardwareError.self) { try identify(end(bus, path)) }
      #expect(error?.reason == "the hub at 0x76 on I2C bus 1 has this address itself")
    }
    #expect(wire.isDone)
  }

  @Test func handlesOnOneChannelAreTheSame() throws {
    let bus = MuxedI2CBus(ScriptedI2CBus(), named: "1")
    #expect(try end(bus, "1/mux@0x70/0") === end(bus, "1/mux@0x70/0"))
    #expect(try end(bus, "1") !== end(bus, "1/mux@0x70/0"))
  }
}
