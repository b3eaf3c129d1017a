import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// A bus that plays the chip for as many seconds as a test likes, and notes what it was told.
private final class PlayedSGP30: I2CBus {
  var answers: [[UInt8]: [UInt8]] = [
    [0x36, 0x82]: [0x00, 0x00, 0x81, 0x00, 0x48, 0x05, 0xA1, 0xB2, 0x57],
    [0x20, 0x2F]: [0x00, 0x22, 0x65],
    [0x20, 0x15]: [0x89, 0x73, 0xCA, 0x8A, 0xAE, 0xAF],
  ]
  /// Commands so far, but for measuring.
  private(set) var commands: [[UInt8]] = []
  private var last: [UInt8] = []
  var isUnplugged = false

  init() {
    answers[[0x20, 0x08]] = [0x01, 0x9C, 0x00, 0x56].withChecksums
  }

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    if isUnplugged { throw HardwareError(.noAcknowledge, "no acknowledge") }
    guard readCount > 0 else {
      last = write
      if write != [0x20, 0x08] { commands.append(write) }
      return []
    }
    guard let answer = answers[last], answer.count == readCount else {
      throw HardwareError(.noAcknowledge, "no acknowledge")
    }
    return answer
  }
}

extension [UInt8] {
  /// Sensirion's checksum after each two of them.
  fileprivate var withChecksums: [UInt8] {
    stride(from: 0, to: count, by: 2).flatMap { place in
      let pair = Array(self[place..<place + 2])
      return pair + [CRC8.sensirion.of(pair)]
    }
  }
}

@Suite struct SGP30Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(
    _ hardware: ScriptedHardware, _ values: [String: String] = [:]
  ) throws -> SGP30 {
    try SGP30(Settings(name: "air", values, for: SGP30.options), on: hardware)
  }

  private func board(_ bus: any I2CBus, boot: String = "b1", uptime: Int = 100) -> ScriptedHardware
  {
    let hardware = ScriptedHardware(bus: "1", bus)
    hardware.files = [
      "/proc/sys/kernel/random/boot_id": boot + "\n", "/proc/uptime": "\(uptime).25 1.00\n",
    ]
    return hardware
  }

  /// One tick, and all that the driver asks for after it.
  private func second(_ chip: inout SGP30) throws -> (readings: [Reading], waits: [Duration]) {
    var waits: [Duration] = []
    var outcome = try chip.read(.tick)
    var readings = outcome.readings
    while let wait = outcome.askAgain {
      waits.append(wait)
      outcome = try chip.read(.again)
      readings += outcome.readings
    }
    return (readings, waits)
  }

  /// The seconds, from 0, that gave readings.
  private func seconds(_ count: Int, _ chip: inout SGP30) throws -> [Int] {
    try (0..<count).filter { _ in try !second(&chip).readings.isEmpty }
  }

  private func wrote(_ bytes: [UInt8]) -> Transfer { Transfer(to: 0x58, write: bytes) }
  private func answered(_ bytes: [UInt8]) -> Transfer {
    Transfer(to: 0x58, write: [], reply: bytes)
  }

  // MARK: What it gives

  /// Words of the tests of the Rust driver sgp30-rs: 4660 and 54274.
  @Test func readsWhatAPublicDriversTestReads() throws {
    let measurement = [wrote([0x20, 0x08]), answered([0x12, 0x34, 0x37, 0xD4, 0x02, 0xA4])]
    let bus = ScriptedI2CBus(
      [
        wrote([0x36, 0x82]), answered([0x00, 0x00, 0x81, 0x00, 0x48, 0x05, 0xA1, 0xB2, 0x57]),
        wrote([0x20, 0x2F]), answered([0x00, 0x22, 0x65]), wrote([0x20, 0x03]),
      ] + Array(repeating: measurement, count: 17).flatMap { $0 })
    var chip = try sensor(board(bus))
    #expect(
      try second(&chip).waits == [
        .milliseconds(1), .milliseconds(10), .milliseconds(10), .milliseconds(12),
      ])
    for _ in 1..<16 { #expect(try second(&chip).readings.isEmpty) }
    let (readings, waits) = try second(&chip)
    #expect(readings == [Reading("eco2", .number(4660)), Reading("tvoc", .number(54_274))])
    #expect(waits == [.milliseconds(12)])
    #expect(bus.isDone)
  }

  @Test func asksTheChipEachSecondAndGivesAReadingEach10() throws {
    var chip = try sensor(board(PlayedSGP30()))
    #expect(chip.trigger == .every(.seconds(1)))
    #expect(try seconds(50, &chip) == [16, 26, 36, 46])
    var quick = try sensor(board(PlayedSGP30()), ["every": "1s"])
    #expect(try seconds(20, &quick) == [16, 17, 18, 19])
  }

  @Test func cleanAirIsAReadingOnceTheStartIsOver() throws {
    let bus = PlayedSGP30()
    bus.answers[[0x20, 0x08]] = [0x01, 0x90, 0x4C, 0x00, 0x00, 0x81]
    var chip = try sensor(board(bus))
    #expect(try seconds(17, &chip) == [16])
  }

  @Test func aFaultBeginsTheStartAnew() throws {
    let bus = PlayedSGP30()
    var chip = try sensor(board(bus), ["every": "1s"])
    #expect(try seconds(18, &chip) == [16, 17])
    bus.isUnplugged = true
    #expect(throws: DriverError.self) { try second(&chip) }
    bus.isUnplugged = false
    #expect(try seconds(18, &chip) == [16, 17])
    #expect(bus.commands.filter { $0 == [0x20, 0x03] }.count == 2)
  }

  @Test(
    arguments: [
      ([0x01, 0x8F, 0x00, 0x00], "399 ppm"), ([0xEA, 0x61, 0x00, 0x00], "60001 ppm"),
      ([0x01, 0x90, 0xEA, 0x61], "60001 ppb"), ([0x00, 0x00, 0x00, 0x00], "0 ppm"),
      ([0xFF, 0xFF, 0xFF, 0xFF], "65535 ppm"),
    ] as [([UInt8], String)])
  func whatTheChipCannotMeanIsBadData(bytes: [UInt8], text: String) throws {
    let bus = PlayedSGP30()
    bus.answers[[0x20, 0x08]] = bytes.withChecksums
    var chip = try sensor(board(bus))
    let error = #expect(throws: DriverError.self) { try second(&chip) }
    #expect(error?.reason.contains(text) == true)
  }

  @Test(
    arguments: [([0x10, 0x22], "SGPC3"), ([0x32, 0x20], "0x3220"), ([0x00, 0x00], "0x0000")]
      as [([UInt8], String)])
  func anotherProductIsNamed(bytes: [UInt8], text: String) throws {
    let bus = PlayedSGP30()
    bus.answers[[0x20, 0x2F]] = bytes.withChecksums
    var chip = try sensor(board(bus))
    let error = #expect(throws: DriverError.self) { try second(&chip) }
    #expect(error?.reason.contains(text) == true)
    #expect(error?.reason.contains("SGP30") == true)
  }

  @Test func aWrongChecksumIsBadData() throws {
    let bus = PlayedSGP30()
    bus.answers[[0x20, 0x08]] = [0x01, 0x9C, 0x00, 0x00, 0x56, 0x00]
    var chip = try sensor(board(bus))
    let error = #expect(throws: DriverError.self) { try second(&chip) }
    #expect(error?.reason.contains("checksum") == true)
  }

  // MARK: The baseline

  private let kept = "1 48a1b2 35187 35502 b1 43300\n"
  /// The other way round than it is read.
  private let restored: [UInt8] = [0x20, 0x1E, 0x8A, 0xAE, 0xAF, 0x89, 0x73, 0xCA]

  @Test func keepsTheBaselineAfterTwelveHoursAndThenHourly() throws {
    let bus = PlayedSGP30()
    let hardware = board(bus, uptime: 43_300)
    var chip = try sensor(hardware)
    _ = try seconds(43_199, &chip)
    #expect(hardware.kept.isEmpty)
    _ = try second(&chip)
    #expect(hardware.kept == ["air.baseline": kept])
    hardware.kept = [:]
    _ = try seconds(3599, &chip)
    #expect(hardware.kept.isEmpty)
    _ = try second(&chip)
    #expect(hardware.kept == ["air.baseline": kept])
  }

  @Test func theSecondThatKeepsTheBaselineGivesItsReadingToo() throws {
    var chip = try sensor(board(PlayedSGP30()), ["every": "1s"])
    _ = try seconds(43_199, &chip)
    let (readings, waits) = try second(&chip)
    #expect(readings.count == 2)
    #expect(waits == [.milliseconds(12), .milliseconds(10)])
  }

  @Test func givesAYoungBaselineBackAndKeepsItAnHourLater() throws {
    let bus = PlayedSGP30()
    let hardware = board(bus, uptime: 50_000)
    hardware.kept = ["air.baseline": kept]
    var chip = try sensor(hardware)
    _ = try seconds(3599, &chip)
    #expect(bus.commands == [[0x36, 0x82], [0x20, 0x2F], [0x20, 0x03], restored])
    #expect(hardware.kept == ["air.baseline": kept])
    _ = try second(&chip)
    #expect(hardware.kept == ["air.baseline": "1 48a1b2 35187 35502 b1 50000\n"])
  }

  @Test(arguments: [
    ("b1", 43_300 + 604_800, "boot", true), ("b1", 43_300 + 604_801, "boot", false),
    ("b2", 43_400, "boot", false), ("b2", 10, "always", true), ("b1", 43_400, "never", false),
  ])
  func theAgeOfABaselineAndTheOptionDecide(
    boot: String, uptime: Int, use: String, isRestored: Bool
  ) throws {
    let bus = PlayedSGP30()
    let hardware = board(bus, boot: boot, uptime: uptime)
    hardware.kept = ["air.baseline": kept]
    var chip = try sensor(hardware, ["baseline": use])
    _ = try second(&chip)
    #expect(bus.commands.contains(restored) == isRestored)
  }

  @Test(arguments: ["1 48a1b3 35187 35502 b1 43300\n", "rubbish", ""])
  func anotherChipsOrADamagedBaselineIsNotUsed(text: String) throws {
    let bus = PlayedSGP30()
    let hardware = board(bus, uptime: 43_400)
    hardware.kept = ["air.baseline": text]
    var chip = try sensor(hardware, ["baseline": "always"])
    _ = try second(&chip)
    #expect(!bus.commands.contains { $0.starts(with: [0x20, 0x1E]) })
  }

  @Test func neverKeepsNoBaseline() throws {
    let bus = PlayedSGP30()
    let hardware = board(bus)
    var chip = try sensor(hardware, ["baseline": "never"])
    _ = try seconds(43_201, &chip)
    #expect(hardware.kept.isEmpty)
    #expect(!bus.commands.contains([0x20, 0x15]))
  }

  @Test func aChipWithoutABaselineKeepsNone() throws {
    let bus = PlayedSGP30()
    bus.answers[[0x20, 0x15]] = [0x00, 0x00, 0x81, 0x00, 0x00, 0x81]
    let hardware = board(bus)
    var chip = try sensor(hardware)
    _ = try seconds(43_201, &chip)
    #expect(hardware.kept.isEmpty)
  }

  // MARK: Settings

  @Test(arguments: [
    ("address", "0x59"), ("every", "500ms"), ("every", "1.5s"), ("baseline", "maybe"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedHardware(), [option: value])
    }
    #expect(error?.option == option)
  }
}
