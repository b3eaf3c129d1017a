import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct I2CScanTests {
  private typealias Finding = I2CScan.Finding

  /// The models of these drivers, elsewhere where an address is given.
  private func bus(_ drivers: String...) throws -> ModelBus {
    ModelBus(
      try drivers.flatMap { kind in
        try #require(ChipModel.all.first { $0.driver == kind }).chips()
      })
  }

  private func scan(_ hardware: ScriptedHardware) -> I2CScan {
    var scan = I2CScan(on: hardware, drivers: DriverCatalog.all)
    scan.run()
    return scan
  }

  private func scan(_ bus: any I2CBus) -> I2CScan { scan(ScriptedHardware(bus: "1", bus)) }

  private func found(_ address: UInt8, _ chip: Finding.Chip, on bus: String = "1") -> Finding {
    Finding(bus: bus, address: address, chip: chip)
  }

  // MARK: Chips

  @Test func findsChipsInTheOrderOfTheirAddresses() throws {
    let scan = scan(try bus("bme280", "sht4x", "bh1750", "ads1115"))
    #expect(scan.troubles.isEmpty)
    #expect(
      scan.findings == [
        found(0x23, .candidates(["bh1750"])), found(0x44, .recognized("sht4x")),
        found(0x48, .candidates(["ads1115", "ads1015"])), found(0x76, .recognized("bme280")),
      ])
  }

  @Test func aChipThatAllDriversDenyIsUnknown() {
    let scan = scan(AnyChip(at: 0x76, gives: 0x5A))
    #expect(scan.findings == [found(0x76, .unknown)])
  }

  @Test func aChipAtAnAddressOfNobodyIsUnknown() {
    let scan = scan(AnyChip(at: 0x3C, gives: 0x43))
    #expect(scan.findings == [found(0x3C, .unknown)])
  }

  @Test func anEmptyBusHasNothing() throws {
    let scan = scan(try bus())
    #expect(scan.findings.isEmpty)
    #expect(scan.troubles.isEmpty)
  }

  @Test func aSleeperIsWoken() throws {
    let scan = scan(SlowWaker(try bus("am2320"), at: 0x5C, sleepsFor: 8))
    #expect(scan.findings == [found(0x5C, .recognized("am2320"))])
  }

  @Test func theSecondAddressOfAChipIsPartOfIt() throws {
    let scan = scan(try bus("lsm9ds1", "hts221", "lps25h"))
    #expect(
      scan.findings == [
        found(0x5C, .recognized("lps25h")), found(0x5F, .recognized("hts221")),
        Finding(
          bus: "1", address: 0x6A, chip: .recognized("lsm9ds1"),
          parts: [.init("magnetic_address", 0x1C)]),
      ])
  }

  @Test func aSecondAddressAloneIsNoSensor() throws {
    let all = try #require(ChipModel.all.first { $0.driver == "lsm9ds1" }).chips()
    let scan = scan(ModelBus(all.filter { $0.address == 0x1C }))
    #expect(scan.findings == [found(0x1C, .unknown)])
  }

  /// Some memory modules of PCs are protected for ever by a write to these addresses.
  @Test func nothingIsWrittenWhereItMayProtectAMemory() {
    for address in UInt8(0x30)...0x37 {
      let chip = AnyChip(at: address, gives: 0x00)
      let scan = scan(chip)
      #expect(!chip.wasWrittenTo)
      let isPCT2075 = address >= 0x35
      #expect(
        scan.findings == [found(address, isPCT2075 ? .candidates(["pct2075"]) : .unknown)])
    }
  }

  @Test func nothingIsEverSentToTheGeneralCall() throws {
    let chip = AnyChip(at: 0x00, gives: 0x00)
    #expect(scan(chip).findings.isEmpty)
    #expect(!chip.wasAddressed)
  }

  // MARK: Buses

  @Test func anAddressOfTheKernelsIsHeldAndToldWhy() {
    let scan = scan(FailingBus { $0 == 0x76 ? .init(.busy, "bmp280 has it") : nil })
    #expect(scan.findings == [found(0x76, .held("bmp280 has it"))])
    #expect(scan.troubles.isEmpty)
  }

  @Test(arguments: [HardwareError.Kind.timedOut, .arbitrationLost])
  func aStuckBusIsLeftAloneSoon(kind: HardwareError.Kind) {
    let bus = FailingBus { _ in .init(kind, "SDA held low") }
    let scan = scan(bus)
    #expect(scan.findings.isEmpty)
    #expect(scan.troubles == [.init(bus: "1", reason: "SDA held low")])
    #expect(bus.count <= 3)
  }

  @Test func oneChipThatHangsDoesNotHideTheOthers() throws {
    let models = try bus("bme280")
    let bus = FailingBus(models) { $0 == 0x29 ? .init(.timedOut, "timed out") : nil }
    #expect(scan(bus).findings == [found(0x76, .recognized("bme280"))])
  }

  @Test func aBusThatMayNotBeOpenedSaysSo() {
    let bus = FailingBus { _ in .init(.notPermitted, "is the user in group i2c?") }
    let scan = scan(bus)
    #expect(
      scan.troubles == [
        .init(bus: "1", reason: "is the user in group i2c?", isNotPermitted: true)
      ])
    #expect(scan.troubles.map(\.text) == ["I2C bus 1: is the user in group i2c?"])
    #expect(bus.count == 1)
  }

  @Test func aBusOnWhichEverythingAnswersIsAShort() {
    let scan = scan(AnyChip(at: nil, gives: 0x00))
    #expect(scan.findings.isEmpty)
    #expect(scan.troubles.map(\.reason) == ["every address answers; is SDA held low?"])
  }

  @Test func anAdapterWithoutEmptyWritesIsReadInstead() throws {
    let bus = FailingBus(try bus("bme280"), onEmptyWrite: .init(.other, "cannot")) { _ in nil }
    #expect(scan(bus).findings == [found(0x76, .recognized("bme280"))])
  }

  @Test func anAdapterThatOnlyKnowsFaultsIsATrouble() {
    let scan = scan(FailingBus { _ in .init(.other, "Input/output error") })
    #expect(scan.troubles.map(\.reason) == ["Input/output error"])
  }

  @Test func twoChipsOfOneKindOnTwoBusesAreTwo() throws {
    let hardware = ScriptedHardware(bus: "1", try bus("bme280"))
    hardware.buses["3"] = try bus("bme280")
    #expect(
      scan(hardware).findings == [
        found(0x76, .recognized("bme280")), found(0x76, .recognized("bme280"), on: "3"),
      ])
  }
}

/// One chip that gives the same byte for ever; nil: at all addresses.
private final class AnyChip: I2CBus {
  private let address: UInt8?
  private let byte: UInt8
  private(set) var wasWrittenTo = false
  private(set) var wasAddressed = false

  init(at address: UInt8?, gives byte: UInt8) {
    self.address = address
    self.byte = byte
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    guard address == self.address ?? address else {
      throw HardwareError(.noAcknowledge, "no acknowledge")
    }
    wasAddressed = true
    if !write.isEmpty || readCount == 0 { wasWrittenTo = true }
    return Array(repeating: byte, count: readCount)
  }
}

/// Takes several transfers to wake up.
private final class SlowWaker: I2CBus {
  private let bus: any I2CBus
  private let address: UInt8
  private var sleeps: Int

  init(_ bus: any I2CBus, at address: UInt8, sleepsFor transfers: Int) {
    self.bus = bus
    self.address = address
    sleeps = transfers
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    if address == self.address, sleeps > 0 {
      sleeps -= 1
      throw HardwareError(.noAcknowledge, "no acknowledge")
    }
    return try bus.transfer(to: address, write: write, readCount: readCount)
  }
}

private final class FailingBus: I2CBus {
  private let bus: any I2CBus
  private let emptyWrite: HardwareError?
  private let fault: (UInt8) -> HardwareError?
  private(set) var count = 0

  init(
    _ bus: any I2CBus = ModelBus([]), onEmptyWrite emptyWrite: HardwareError? = nil,
    _ fault: @escaping (UInt8) -> HardwareError?
  ) {
    self.bus = bus
    self.emptyWrite = emptyWrite
    self.fault = fault
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    count += 1
    if let fault = fault(address) { throw fault }
    if let emptyWrite, write.isEmpty, readCount == 0 { throw emptyWrite }
    return try bus.transfer(to: address, write: write, readCount: readCount)
  }
}
