import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// Every driver of an address meets every chip that has it, as `scan` would ask: none is taken for
/// another, and none is changed.
@Suite struct RecognizerPairTests {
  /// Chips that are as they are after power-up and that nothing tells from others, by the driver.
  private static let undecided: Set<String> = [
    // No sign at all.
    "bh1750",
    // As each other.
    "ads1015", "ads1115", "lm75",
  ]

  /// Where memory modules of PCs are protected from writing by a write.
  private static let unasked: ClosedRange<UInt8> = 0x30...0x37

  @Test(arguments: ChipModel.all)
  func onlyItsOwnDriverSaysYes(_ model: ChipModel) throws {
    for driver in Self.drivers(of: try address(model)) {
      guard let recognizer = driver.recognizer else { continue }
      let bus = WatchedBus(try model.chips())
      let answer = recognizer.answer(of: try device(driver, model, bus))
      if driver.kind != model.driver {
        #expect(answer != .yes, "\(driver.kind) takes it for its own")
      } else if Self.undecided.contains(model.driver) {
        #expect(answer == .maybe)
      } else {
        #expect(answer == .yes)
      }
      #expect(try bus.isUnchanged(model), "\(driver.kind) changed it")
    }
  }

  @Test(arguments: ChipModel.all)
  func askedByAllItIsFoundAndStillReadRight(_ model: ChipModel) throws {
    let bus = WatchedBus(try model.chips())
    let hardware = ScriptedHardware(bus: "1", bus)
    var scan = I2CScan(on: hardware, drivers: DriverCatalog.all)
    scan.run()
    #expect(scan.troubles.isEmpty)
    let address = try address(model)
    let own = try #require(scan.findings.first { $0.address == address })
    switch own.chip {
    case .recognized(let kind): #expect(kind == model.driver)
    case .candidates(let kinds):
      #expect(kinds.contains(model.driver))
      #expect(Self.undecided.contains(model.driver) || Self.unasked.contains(address))
    case .hub, .unknown, .held: Issue.record("\(own.chip)")
    }
    #expect(scan.findings.count == 1, "\(scan.findings)")
    #expect(try bus.isUnchanged(model))
    var asked = AskedDriver(driver: try model.makeDriver(on: bus))
    #expect(model.matches(try asked.firstReadings()))
  }

  /// By their sheets: what one byte alone does to a chip.
  private static let harmful: [String: Set<UInt8>] = [
    // Heaters, reset, measurements.
    "sht4x": [0x39, 0x32, 0x2F, 0x24, 0x1E, 0x15, 0x94, 0xFD, 0xF6, 0xE0],
    // Off, on, reset, all measurements, and the measurement time.
    "bh1750": Set(
      [0x00, 0x01, 0x07, 0x10, 0x11, 0x13, 0x20, 0x21, 0x23] + Array(0x40...0x47)
        + Array(0x60...0x7F)),
    // Reset, and measurements.
    "htu21d": [0xFE, 0xE3, 0xE5, 0xF3, 0xF5], "si7021": [0xFE, 0xE0, 0xE3, 0xE5, 0xF3, 0xF5],
    // Reset, and conversions.
    "ms5611": Set([0x1E] + Array(0x40...0x5F)),
    // A byte sets the pins of a PCF8574A at its place.
    "aht20": Set(0x00...0xFF),
    // Start of the application, of an update, and the reset.
    "ccs811": [0xF1, 0xF2, 0xF3, 0xF4, 0xFF],
  ]

  @Test(arguments: ChipModel.all)
  func noByteIsSentThatDoesMoreThanAsk(_ model: ChipModel) throws {
    let bus = WatchedBus(try model.chips())
    let address = try address(model)
    for driver in Self.drivers(of: address) {
      _ = driver.recognizer?.answer(of: try device(driver, model, bus))
    }
    let first = Set(bus.writes.filter { $0.address == address }.compactMap(\.bytes.first))
    #expect(first.isDisjoint(with: Self.harmful[model.driver] ?? []))
  }

  /// As a PCA9685 at 0x40 would: its second byte would move a servo.
  @Test(arguments: Array(UInt8(0x08)...0x77))
  func aChipOfRegistersGetsNoSecondByte(address: UInt8) throws {
    for byte in [UInt8(0x00), 0x11, 0x5A, 0xA5] {
      let bus = RegisterBus(address, filledWith: byte)
      var scan = I2CScan(on: ScriptedHardware(bus: "1", bus), drivers: DriverCatalog.all)
      scan.run()
      #expect(bus.stored == 0, "with \(byte)")
    }
  }

  /// A PCF8574 takes each byte for its pins, and gives them back.
  @Test(arguments: Array(UInt8(0x20)...0x27) + Array(0x38...0x3F))
  func aPortExpanderKeepsItsPins(address: UInt8) throws {
    for pins in [UInt8(0xFF), 0x7F, 0xF0, 0x55] {
      let bus = PortBus(address, pins)
      var scan = I2CScan(on: ScriptedHardware(bus: "1", bus), drivers: DriverCatalog.all)
      scan.run()
      #expect(bus.pins == pins)
      #expect(bus.writes == [])
      for finding in scan.findings {
        if case .recognized(let kind) = finding.chip { Issue.record("taken for \(kind)") }
      }
    }
  }

  // MARK: Parts

  private static func drivers(of address: UInt8) -> [any SensorDriver.Type] {
    DriverCatalog.all.filter { type in
      type.options.contains { option in
        guard option.name == "address", case .address(let list) = option.kind else { return false }
        return list.contains(address)
      }
    }
  }

  private func address(_ model: ChipModel) throws -> UInt8 {
    UInt8(try #require(model.settings["address"].flatMap(Option.integer)))
  }

  private func device(
    _ driver: any SensorDriver.Type, _ model: ChipModel, _ bus: any I2CBus
  ) throws -> I2CDevice {
    let settings = ["address": try #require(model.settings["address"])]
    return try I2CDevice(
      driver.kind, Settings(settings, for: driver.options), on: ScriptedHardware(bus: "1", bus))
  }
}

/// Model chips whose bus notes what was written.
private final class WatchedBus: I2CBus {
  private let chips: [ModelChip]
  private let bus: ModelBus
  private(set) var writes: [(address: UInt8, bytes: [UInt8])] = []

  init(_ chips: [ModelChip]) {
    self.chips = chips
    bus = ModelBus(chips)
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    if !write.isEmpty { writes.append((address, write)) }
    return try bus.transfer(to: address, write: write, readCount: readCount)
  }

  func isUnchanged(_ model: ChipModel) throws -> Bool {
    try chips.map(\.contents) == model.chips().map(\.contents)
  }
}

/// A chip of 256 registers, the first byte written being the number of one.
private final class RegisterBus: I2CBus {
  private let address: UInt8
  private let byte: UInt8
  /// Bytes written to registers.
  private(set) var stored = 0

  init(_ address: UInt8, filledWith byte: UInt8) {
    self.address = address
    self.byte = byte
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    guard address == self.address else { throw HardwareError(.noAcknowledge, "no acknowledge") }
    stored += max(write.count - 1, 0)
    return Array(repeating: byte, count: readCount)
  }
}

/// A PCF8574.
private final class PortBus: I2CBus {
  private let address: UInt8
  private(set) var pins: UInt8
  private(set) var writes: [UInt8] = []

  init(_ address: UInt8, _ pins: UInt8) {
    self.address = address
    self.pins = pins
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    guard address == self.address else { throw HardwareError(.noAcknowledge, "no acknowledge") }
    writes += write
    pins = write.last ?? pins
    return Array(repeating: pins, count: readCount)
  }
}
