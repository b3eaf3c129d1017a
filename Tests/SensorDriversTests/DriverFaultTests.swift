import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What can happen to any chip on a bus, tried on every driver that has a model in Tests/Chips.
@Suite struct DriverFaultTests {
  @Test func everyDriverOfAChipHasAModel() {
    let modelled = Set(ChipModel.all.map(\.driver))
    let chips = DriverCatalog.all.filter { type in type.options.contains { $0.name == "address" } }
    for chip in chips { #expect(modelled.contains(chip.kind), "Tests/Chips has no model of it") }
    #expect(modelled.count == ChipModel.all.count)
  }

  @Test(arguments: ChipModel.all)
  func theModelIsReadRight(_ model: ChipModel) throws {
    var asked = AskedDriver(driver: try model.makeDriver(on: ModelBus(try model.chips())))
    let readings = try asked.firstReadings()
    #expect(model.matches(readings), "\(readings)")
    #expect(asked.driver.subject?.contains(hexAddress(model)) == true)
  }

  @Test(arguments: ChipModel.all)
  func aFailingTransferIsAnErrorOrDoesNotMatter(_ model: ChipModel) throws {
    for fault in [ModelBus.Fault.noAcknowledge, .timedOut, .shortRead] {
      for place in 0..<(try transfers(of: model)) {
        let bus = ModelBus(try model.chips())
        bus.faults[place] = fault
        try expectNoInventedValue(model, bus, "\(fault) at transfer \(place)")
      }
    }
  }

  @Test(arguments: ChipModel.all.filter(\.isChecked))
  func aTurnedBitDoesNotPassAChecksum(_ model: ChipModel) throws {
    let whole = ModelBus(try model.chips())
    var asked = AskedDriver(driver: try model.makeDriver(on: whole))
    _ = try asked.firstReadings()
    for (place, count) in whole.readCounts.enumerated() {
      for byte in 0..<count {
        for bit in 0..<8 {
          let bus = ModelBus(try model.chips())
          bus.faults[place] = .flipped(byte: byte, mask: 1 << UInt8(bit))
          try expectNoInventedValue(model, bus, "bit \(bit) of byte \(byte), transfer \(place)")
        }
      }
    }
  }

  /// Whatever the bytes are, a driver gives finite values or an error.
  @Test(arguments: ChipModel.all)
  func bytesThatAreAllOneOrAllZeroCrashNothing(_ model: ChipModel) throws {
    for byte: UInt8 in [0x00, 0xFF, 0x80, 0x7F] {
      let bus = ConstantBus(byte)
      var asked = AskedDriver(driver: try model.makeDriver(on: bus))
      for _ in 0..<3 {
        guard let readings = try? asked.round() else { continue }
        let areFinite = readings.allSatisfy { $0.value.isFinite }
        #expect(areFinite, "\(byte): \(readings)")
      }
    }
  }

  private func hexAddress(_ model: ChipModel) -> String {
    (model.settings["address"] ?? "?").uppercased().replacing("0X", with: "0x")
  }

  private func transfers(of model: ChipModel) throws -> Int {
    let bus = ModelBus(try model.chips())
    var asked = AskedDriver(driver: try model.makeDriver(on: bus))
    _ = try asked.firstReadings()
    return bus.count
  }

  /// An error with a reason, or the right values; and right values from the next good round on.
  private func expectNoInventedValue(
    _ model: ChipModel, _ bus: ModelBus, _ fault: String
  ) throws {
    var asked = AskedDriver(driver: try model.makeDriver(on: bus))
    var readings: [Reading] = []
    do throws(DriverError) {
      readings = try asked.firstReadings()
    } catch {
      let reason = error.reason
      #expect(!reason.isEmpty)
      // One more error is fair where the fault left the chip in the middle of something.
      for _ in 0..<3 where readings.isEmpty { readings = (try? asked.firstReadings()) ?? [] }
    }
    #expect(model.matches(readings), "\(fault): \(readings)")
  }
}

/// Every read gives the same byte over and over, as a bus does that nobody drives.
private final class ConstantBus: I2CBus {
  private let byte: UInt8
  init(_ byte: UInt8) { self.byte = byte }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    Array(repeating: byte, count: readCount)
  }
}
