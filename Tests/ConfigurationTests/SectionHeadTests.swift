import Testing

@testable import Configuration

@Suite struct SectionHeadTests {
  static let allowed =
    "; allowed: [telemetryd], [buffer], [spool], [uplink.NAME], [sensor.NAME]"

  @Test(arguments: [
    ("telemtryd", "[telemetryd]"), ("Spol", "[spool]"), ("sensr.door", "[sensor.door]"),
    ("uplink cloud", "[uplink.cloud]"), ("sensors.door", "[sensor.door]"),
    ("uplinks", "[uplink.NAME]"), ("isstramer.client_config", "[isstreamer.client_config]"),
  ])
  func aMistypedSectionIsToldWhatWasMeant(name: String, meant: String) {
    #expect(
      complaints("[\(name)]\na = b\n" + minimal) == [
        "t.ini:1: [\(name)]: is not a section\(Self.allowed) (did you mean \(meant)?)"
      ])
  }

  @Test(arguments: [
    ("sensor", "needs a name, as in [sensor.greenhouse]"),
    ("Uplink", "needs a name, as in [uplink.greenhouse]"), ("weather", "is not a section"),
  ])
  func anUnknownSectionIsToldWhatItMayBe(name: String, complaint: String) {
    #expect(
      complaints("[\(name)]\na = b\n" + minimal) == [
        "t.ini:1: [\(name)]: \(complaint)\(Self.allowed)"
      ])
  }
}
