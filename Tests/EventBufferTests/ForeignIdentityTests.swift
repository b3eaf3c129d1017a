import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct ForeignIdentityTests {
  private func foreign(
    _ sequence: UInt64 = 0, device: String? = nil, boot: String? = nil
  ) -> ForeignEvent {
    var foreign = ForeignEvent(event: event(sequence))
    foreign.device = device
    foreign.boot = boot
    return foreign
  }

  @Test func namelessEventsAreNumberedInTheirOrder() {
    var identity = ForeignIdentity(device: "pi", boot: "import-1")
    let named = (0..<3).compactMap { _ in identity.name(foreign()) }
    #expect(named.map(\.event.sequence) == [1, 2, 3])
    #expect(named.allSatisfy { $0.origin == Origin(device: "pi", boot: "import-1") })
  }

  @Test func aWholeNameIsKeptAndAPartOfOneGivesTheDevice() {
    var identity = ForeignIdentity(device: "pi", boot: "import-1")
    let whole = identity.name(foreign(7, device: "shed", boot: "b"))
    #expect(whole?.origin == Origin(device: "shed", boot: "b"))
    #expect(whole?.event.sequence == 7)
    let part = identity.name(foreign(7, device: "shed"))
    #expect(part?.origin == Origin(device: "shed", boot: "import-1"))
    #expect(part?.event.sequence == 1)
    #expect(identity.name(foreign())?.event.sequence == 1)
    #expect(identity.name(foreign(0, device: "shed"))?.event.sequence == 2)
    #expect(identity.counts == ["pi": 1, "shed": 2])
  }

  @Test func thousandsOfDevicesAreRefused() {
    var identity = ForeignIdentity(device: "pi", boot: "import-1")
    let named = (0..<1500).compactMap { identity.name(foreign(device: "d\($0)")) }
    #expect(named.count == 1000)
    #expect(identity.name(foreign(device: "d1")) != nil)
  }

  @Test func theSameContentGivesTheSameNameAndAnotherAnother() throws {
    let disk = FakeDisk()
    disk.put("/a", "foobar")
    disk.put("/b", "foobas")
    func boot(_ path: String, to end: Int = .max) throws -> String {
      var fingerprint = FileFingerprint()
      try fingerprint.extend(path, to: end, on: disk)
      return ForeignIdentity(device: "pi", fingerprint: fingerprint).boot
    }
    // FNV-1a's published test vectors.
    #expect(try boot("/a") == "import-85944171f73967e8")
    #expect(try boot("/a", to: 0) == "import-cbf29ce484222325")
    #expect(try boot("/b") != boot("/a"))
    #expect(try boot("/b", to: 5) == boot("/a", to: 5))
  }
}
