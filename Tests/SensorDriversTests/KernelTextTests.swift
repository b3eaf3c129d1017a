import Testing

@testable import SensorDrivers

@Suite struct KernelTextTests {
  @Test(arguments: [("47774\n", 47774.0), (" -0.5 \n", -0.5), ("0.009765625", 0.009765625)])
  func numberIsRead(text: String, number: Double) {
    #expect(KernelText.number(text) == number)
  }

  @Test(arguments: ["", "\n", "1 2", "nan", "inf", "-inf", "1e999", "2.5 dB", "x"])
  func otherTextIsNoNumber(text: String) {
    #expect(KernelText.number(text) == nil)
  }

  @Test(arguments: [
    ("Package id 0", "package_id_0"), ("cpu-thermal", "cpu-thermal"), ("+3.3V", "_3.3v"),
    ("  CPU  Fan\n", "cpu_fan"), ("", ""),
  ])
  func nameBecomesPartOfAKey(name: String, key: String) {
    #expect(KernelText.key(name) == key)
  }

  @Test func listIsCutAtItsCommas() {
    #expect(KernelText.list(" temp1 ,CPU Fan,, ") == ["temp1", "CPU Fan"])
  }

  @Test func secondComesBeforeTenth() {
    #expect(
      ["zone10", "zone2", "zone1"].sorted(by: KernelText.isBefore) == ["zone1", "zone2", "zone10"])
  }

  @Test func longTextIsQuotedInPart() {
    #expect(KernelText.quoted(" \n") == "an empty file")
    #expect(KernelText.quoted(String(repeating: "x", count: 1000)).count == 42)
  }
}
