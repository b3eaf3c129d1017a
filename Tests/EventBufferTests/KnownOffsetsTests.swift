import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct KnownOffsetsTests {
  private let disk = FakeDisk()
  private let path = "/spool/cloud/clock"

  private func loaded() -> KnownOffsets { KnownOffsets(in: "/spool/cloud", on: disk) }

  @Test func whatWasNotedIsKnownInTheNextBoot() throws {
    var offsets = loaded()
    #expect(offsets.offset(of: "0a11") == nil)
    #expect(offsets.note(.nanoseconds(1_780_271_999_000_000_001), of: "0a11") == true)
    #expect(offsets.note(.nanoseconds(-5_000_000_000), of: "0b00") == true)
    try offsets.save(in: "/spool/cloud", on: disk)
    #expect(
      disk.text(path) == #"""
        {"kernel_boot":"0a11","offset":1780271999.000000001}
        {"kernel_boot":"0b00","offset":-5}

        """#)
    // It is for a power cut.
    disk.cutPower()
    #expect(loaded() == offsets)
    #expect(loaded().offset(of: "0a11") == .nanoseconds(1_780_271_999_000_000_001))
    #expect(loaded().offset(of: "0b00") == .seconds(-5))
  }

  @Test func onlyWhatIsNewIsWorthAWrite() {
    var offsets = KnownOffsets()
    #expect(offsets.note(.seconds(100), of: "0a11") == true)
    #expect(offsets.note(.seconds(100) + .microseconds(999), of: "0a11") == false)
    #expect(offsets.note(.seconds(100) - .microseconds(999), of: "0a11") == false)
    #expect(offsets.offset(of: "0a11") == .seconds(100))
    #expect(offsets.note(.seconds(101), of: "0a11") == true)
    #expect(offsets.offset(of: "0a11") == .seconds(101))
  }

  @Test func theOldestBootGoes() {
    var offsets = KnownOffsets()
    for boot in 1...20 { _ = offsets.note(.seconds(boot), of: "b\(boot)"[...]) }
    #expect(offsets.offset(of: "b4") == nil)
    #expect(offsets.offset(of: "b5") == .seconds(5))
    #expect(offsets.offset(of: "b20") == .seconds(20))
  }

  @Test func aBootWithoutANameIsNotNoted() {
    var offsets = KnownOffsets()
    #expect(offsets.note(.seconds(1), of: "unknown") == false)
    #expect(offsets.offset(of: "unknown") == nil)
  }

  @Test(arguments: [
    "", "\n\n", "x", "{", "{}", #"{"kernel_boot":"0a11"}"#, #"{"offset":1}"#,
    #"{"kernel_boot":"0a11","offset":1e99}"#, #"{"kernel_boot":1,"offset":1}"#,
    #"[{"kernel_boot":"0a11","offset":1}]"#, #"{"kernel_boot":"0a11","offset":1} x"#,
  ])
  func aDamagedLineTellsNothing(line: String) {
    disk.put(path, line + "\n" + #"{"kernel_boot":"0b00","offset":7,"later":[1]}"# + "\n")
    #expect(loaded().offset(of: "0a11") == nil)
    #expect(loaded().offset(of: "0b00") == .seconds(7))
  }
}
