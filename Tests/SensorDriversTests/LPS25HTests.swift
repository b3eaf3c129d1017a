import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct LPS25HTests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  /// Application note AN4450, section 4.3: 0x3FF58D is 1023.347 hPa, 0xE07C is 25.7 °C.
  private static let note: [UInt8] = [0x8D, 0xF5, 0x3F, 0x7C, 0xE0]

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> LPS25H {
    try LPS25H(
      Settings(name: "hat", values, for: LPS25H.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func setUp(at address: UInt8 = 0x5C) -> [Transfer] {
    [
      Transfer(to: address, write: [0x0F], reply: [0xBD]),
      Transfer(to: address, write: [0x20, 0x00]),
      Transfer(to: address, write: [0x10, 0x0F]),
      Transfer(to: address, write: [0x21, 0x00]),
      Transfer(to: address, write: [0x20, 0x84]),
    ]
  }

  /// The top bit of a register's number: go on with the next ones.
  private func measurement(_ data: [UInt8] = note, at address: UInt8 = 0x5C) -> [Transfer] {
    [
      Transfer(to: address, write: [0x21, 0x01]),
      Transfer(to: address, write: [0xA0], reply: [0x84, 0x00]),
      Transfer(to: address, write: [0xA8], reply: data),
    ]
  }

  private func finish(_ chip: inout LPS25H) throws -> [Reading] {
    _ = try chip.read(.tick)
    return try chip.read(.again).readings
  }

  // MARK: What it gives

  @Test func givesTheApplicationNotesExample() throws {
    let bus = ScriptedI2CBus(setUp() + measurement())
    var chip = try sensor(bus)
    #expect(chip.subject == "LPS25H at 0x5C on I2C bus 1")
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(40)))
    #expect(
      try chip.read(.again).readings == [
        Reading("pressure", 1023.347), Reading("temperature", 25.692),
      ])
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      // AN4450: 0xB050 is 0 °C, 0x6BD0 is 100 °C. And the sign's edges.
      ([0x50, 0xB0], 0.0), ([0xD0, 0x6B], 100.0), ([0x00, 0x00], 42.5), ([0xFF, 0xFF], 42.498),
      ([0xD0, 0x99], -12.0),
    ] as [([UInt8], Double)])
  func convertsTemperatures(bytes: [UInt8], celsius: Double) throws {
    let bus = ScriptedI2CBus(setUp() + measurement([0x8D, 0xF5, 0x3F] + bytes))
    var chip = try sensor(bus)
    #expect(try finish(&chip).last == Reading("temperature", celsius))
  }

  @Test(
    arguments: [([0x00, 0x40, 0x10], 260.0), ([0x00, 0xC0, 0x4E], 1260.0)]
      as [([UInt8], Double)])
  func convertsPressuresAtTheEndsOfItsRange(bytes: [UInt8], hectopascals: Double) throws {
    let bus = ScriptedI2CBus(setUp(at: 0x5D) + measurement(bytes + [0x7C, 0xE0], at: 0x5D))
    var chip = try sensor(bus, ["address": "0x5D"])
    #expect(try finish(&chip).first == Reading("pressure", hectopascals))
    #expect(bus.isDone)
  }

  // MARK: How it goes about it

  @Test func setsTheChipUpOnce() throws {
    let bus = ScriptedI2CBus(setUp() + measurement() + measurement())
    var chip = try sensor(bus)
    for _ in 0..<2 { #expect(try finish(&chip).count == 2) }
    #expect(bus.isDone)
  }

  @Test func looksAgainWhileTheChipMeasures() throws {
    let busy = Transfer(to: 0x5C, write: [0xA0], reply: [0x84, 0x01])
    let bus = ScriptedI2CBus(
      setUp() + measurement().prefix(1) + [busy] + measurement().dropFirst())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(5)))
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x5C, write: [0xA0], reply: [0x84, 0x01])
    let bus = ScriptedI2CBus(
      setUp() + measurement().prefix(1) + Array(repeating: busy, count: 10))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the measurement does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func setsAChipThatLostItsPowerUpAgain() throws {
    let bus = ScriptedI2CBus(
      setUp() + measurement().prefix(1) + [Transfer(to: 0x5C, write: [0xA0], reply: [0x00, 0x00])]
        + setUp() + measurement())
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try finish(&chip) }
    #expect(error?.reason.contains("lost its settings") == true)
    #expect(try finish(&chip).count == 2)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test(arguments: [
    (UInt8(0xB1), "this is a LPS22HB"), (0xBB, "this is a LPS331AP"), (0x00, "nothing drives"),
    (0xFF, "nothing drives"), (0xBC, "chip id 0xBC"),
  ])
  func refusesOtherChips(identifier: UInt8, says: String) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x5C, write: [0x0F], reply: [identifier])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(says) == true)
    #expect(error?.reason.hasSuffix("expected 0xBD (LPS25H, LPS25HB)") == true)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      // The registers at power-up, and AN4450: a damaged element reads 760 hPa for ever.
      ([0x00, 0x80, 0x2F, 0x00, 0x00], "760 hPa exactly"),
      ([0x00, 0x00, 0x00, 0x00, 0x00], "pressure 0.0"),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "pressure"),
      ([0x00, 0x00, 0x80, 0x7C, 0xE0], "pressure -2048.0"),
      ([0xFF, 0xFF, 0x7F, 0x7C, 0xE0], "pressure 2048.0"),
    ] as [([UInt8], String)])
  func whatTheChipCannotMeanIsBadData(data: [UInt8], says: String) throws {
    var chip = try sensor(ScriptedI2CBus(setUp() + measurement(data)))
    let error = #expect(throws: DriverError.self) { try finish(&chip) }
    guard case .badData(let reason) = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
    #expect(reason.contains(says))
  }

  @Test func wrongAddressNamesTheOption() {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["address": "0x5E"])
    }
    #expect(error?.option == "address")
  }
}
