import Testing

@testable import SensorDrivers

@Suite struct PartialReadingsTests {
  private func outcome(
    _ parts: [Result<[Reading], DriverError>]
  ) throws(DriverError) -> Outcome {
    var readings = PartialReadings()
    for part in parts { readings.add { () throws(DriverError) in try part.get() } }
    return try readings.outcome()
  }

  @Test func allThatCameIsGivenWithoutAComplaint() throws {
    #expect(
      try outcome([.success([Reading("a", 1)]), .success([]), .success([Reading("b", 2)])])
        == .readings([Reading("a", 1), Reading("b", 2)]))
    #expect(try outcome([]) == Outcome())
  }

  @Test func failedPartLeavesTheOthers() throws {
    #expect(
      try outcome([
        .failure(.hardware("x")), .success([Reading("b", 2)]), .failure(.badData("y")),
      ]) == Outcome([Reading("b", 2)], complaint: "x; y"))
  }

  @Test func onlyFailuresAreAnError() {
    #expect(throws: DriverError.bus(.busy, "x")) { try outcome([.failure(.bus(.busy, "x"))]) }
    #expect(throws: DriverError.badData("x; y")) {
      try outcome([.failure(.badData("x")), .failure(.badData("y"))])
    }
    #expect(throws: DriverError.hardware("x; y")) {
      try outcome([.failure(.badData("x")), .failure(.hardware("y"))])
    }
  }

  @Test func manyFailuresAreCounted() {
    let parts = (1...9).map { Result<[Reading], DriverError>.failure(.badData("\($0)")) }
    #expect(throws: DriverError.badData("1; 2; 3; 4; and 5 more")) { try outcome(parts) }
  }
}
