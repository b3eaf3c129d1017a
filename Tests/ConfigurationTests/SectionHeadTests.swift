import Testing

@testable import Configuration

@Suite struct SectionHeadTests {
  static let allowed =
    "; allowed: [telemetryd], [buffer], [spool], [uplink.NAME], [sensor.NAME]"

  @Test(arguments: [
    ("telemtryd", "is not a section; did you mean [telemetryd]?"),
    ("Spol", "is not a section; did you mean [spool]?"),
    ("sensr.door", "is not a section; did you mean [sensor.door]?"),
    ("uplink cloud", "is not a section; did you mean [uplink.cloud]?"),
    ("sensors.door", "is not a section; did you mean [sensor.door]?"),
    ("sensor", "needs a name, as in [sensor.greenhouse]"),
    ("Uplink", "needs a name, as in [uplink.greenhouse]"),
    ("uplinks", "is not a section; did you mean [uplink.NAME]?"),
    ("isstramer.client_config", "is not a section; did you mean [isstreamer.client_config]?"),
    ("weather", "is not a section"),
  ])
  func anUnknownSectionIsToldWhatItMayBe(name: String, complaint: String) {
    #expect(
      complaints("[\(name)]\na = b\n" + minimal) == [
        "t.ini:1: [\(name)]: \(complaint)\(Self.allowed)"
      ])
  }
}
