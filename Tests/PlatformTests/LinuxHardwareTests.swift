import Glibc
import SensorDrivers
import Testing

@testable import Platform

@Suite struct LinuxHardwareTests {
  private let hardware = LinuxHardware()

  @Test func readsWhatTheKernelTells() throws {
    #expect(try hardware.readText("/proc/uptime").split(separator: " ").count == 2)
    #expect(try hardware.list("/proc/self").contains("status"))
    let space = try hardware.diskSpace("/")
    #expect(space.total > 0)
    #expect(space.available <= space.total)
  }

  @Test func missingFilesAreAbsent() {
    let error = #expect(throws: HardwareError.self) { try hardware.readText("/proc/nothing") }
    #expect(error?.kind == .absent)
    #expect(error?.reason == "open /proc/nothing: no such file or directory")
    #expect(throws: HardwareError.self) { try hardware.list("/proc/nothing") }
    #expect(throws: HardwareError.self) { try hardware.diskSpace("/proc/nothing") }
    #expect(throws: HardwareError.self) { try hardware.readText("/proc") }
  }

  @Test func aFileWithoutEndIsRefused() {
    #expect(throws: HardwareError.self) { try hardware.readText("/dev/zero") }
  }

  @Test(arguments: ["4711", "/dev/i2c-4711", "i2c-4711", "no such adapter"])
  func aMissingBusIsAbsentAndIsLookedForEachTime(name: String) {
    let bus = hardware.i2cBus(name)
    for _ in 0..<2 {
      let error = #expect(throws: HardwareError.self) {
        try bus.transfer(to: 0x76, write: [0xD0], readCount: 1)
      }
      #expect(error?.kind == .absent)
    }
    #expect(bus === hardware.i2cBus(name))
  }

  @Test(arguments: ["4711", "i2c-4711", "/dev/i2c-4711"])
  func allNamesOfABusShareItsHubs(name: String) throws {
    #expect(hardware.i2cBus(name) === hardware.i2cBus("4711"))
    #expect(hardware.i2cBus(name + "/mux@0x70/1") === hardware.i2cBus("4711/mux@0x70/1"))
    #expect(hardware.i2cBus(name) !== hardware.i2cBus("4711/mux@0x70/1"))
    let error = #expect(throws: HardwareError.self) {
      try hardware.i2cBus("4711/mux@0x70/1").transfer(to: 0x76, write: [0xD0], readCount: 1)
    }
    #expect(error?.kind == .absent)
    #expect(error?.reason.hasPrefix("there is no I2C bus") == true)
  }

  @Test func aBusThatIsWrittenWronglySaysHow() {
    let error = #expect(throws: HardwareError.self) {
      try hardware.i2cBus("1/mux@0x70").transfer(to: 0x76, write: [0xD0], readCount: 1)
    }
    #expect(error?.reason.hasPrefix("bus is '1/mux@0x70' and names no channel") == true)
  }

  @Test func aFileThatIsNoBusIsRefused() {
    let error = #expect(throws: HardwareError.self) {
      try hardware.i2cBus("/dev/null").transfer(to: 0x76, write: [], readCount: 1)
    }
    #expect(error?.reason.contains("no I2C bus") == true)
  }

  @Test func anImpossibleTransferIsRefused() {
    let bus = hardware.i2cBus("4711")
    #expect(throws: HardwareError(.other, "an I2C address has seven bits")) {
      try bus.transfer(to: 0x80, write: [], readCount: 1)
    }
    #expect(throws: HardwareError.self) { try bus.transfer(to: 1, write: [], readCount: 8193) }
    #expect(throws: HardwareError.self) { try bus.transfer(to: 1, write: [], readCount: -1) }
  }

  @Test(arguments: [
    LineRequest.Line.offset(chip: "4711", 0), .offset(chip: "/dev/gpiochip4711", 0),
    .offset(chip: "no such label", 0), .offset(chip: "/dev/null", 0), .named("NO SUCH LINE"),
  ])
  func aMissingLineIsAbsent(line: LineRequest.Line) {
    let error = #expect(throws: HardwareError.self) {
      _ = try hardware.openLines([LineRequest(line)])
    }
    #expect(error?.kind == .absent)
  }

  @Test func aNearlyRightLineNameIsSuggested() {
    let names = ["GPIO16", "GPIO17", "ID_SDA"]
    #expect(GPIOChips.suggestion(for: "gpio17", among: names) == "; did you mean GPIO17?")
    #expect(GPIOChips.suggestion(for: "GPI017", among: names) == "; did you mean GPIO17?")
    #expect(GPIOChips.suggestion(for: "DOOR", among: names) == "")
  }
}
