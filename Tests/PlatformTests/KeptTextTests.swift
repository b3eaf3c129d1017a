import Testing

@testable import Platform

@Suite struct KeptTextTests {
  @Test func givesBackWhatWasSavedLast() throws {
    let place = try TemporaryFolder()
    let folder = place.path
    let kept = KeptText("rain.total", in: folder + "/sensors")
    #expect(try kept.load() == nil)
    try kept.save("17")
    try kept.save("18 µS")
    #expect(try KeptText("rain.total", in: folder + "/sensors").load() == "18 µS")
    #expect(try KeptText("other", in: folder + "/sensors").load() == nil)
  }

  @Test func saysWhereItCannotSave() throws {
    #expect {
      try KeptText("rain", in: "/proc/none").save("1")
    } throws: {
      "\($0)".contains("/proc/none")
    }
  }
}
