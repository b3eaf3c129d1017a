import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct EarlierBootsTests {
  private let disk = FakeDisk()
  private let earlier = Origin(device: "bench", boot: "0a11-9")

  private var boots: EarlierBoots {
    EarlierBoots(folder: "/spool/cloud", on: disk, crc32: plainCRC32)
  }

  private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

  private func unset(_ sequence: UInt64, boot seconds: Int64, text: String = "") -> SensorEvent {
    var event = event(sequence, value: .text(text), at: seconds * 1_000_000_000)
    event.isClockSynchronised = false
    return event
  }

  private func write(_ batches: [[SensorEvent]], boot: String, segment: Int = 1 << 20) throws {
    var store = testStore(disk, segment: segment, boot: boot)
    _ = store.open()
    for batch in batches { _ = try store.append(batch, to: testDestination) }
  }

  @Test func aBootsEndIsItsLastEventInTheSpool() throws {
    try write([[unset(1, boot: 10), unset(2, boot: 20)], [unset(3, boot: 30)]], boot: "0a11-9")
    var boots = boots
    #expect(boots.clock(of: earlier) == .unset(end: at(30)))
  }

  @Test func otherBootsEventsAreNoneOfItsOwn() throws {
    try write([[unset(1, boot: 10)]], boot: "0a11-1")
    try write([[unset(2, boot: 20)]], boot: "0a11-9")
    try write([[unset(3, boot: 5)]], boot: "0b00-1")
    var boots = boots
    // A boot's runs of the agent share its clock.
    #expect(boots.clock(of: Origin(device: "bench", boot: "0a11-1")) == .unset(end: at(20)))
    #expect(boots.clock(of: Origin(device: "bench", boot: "0b00-1")) == .unset(end: at(5)))
    #expect(boots.clock(of: Origin(device: "bench", boot: "0c00-1")) == .unknown)
  }

  @Test func eventsOfASetClockHaveNoBootTimeToTell() throws {
    try write([[unset(1, boot: 10), event(2)]], boot: "0a11-9")
    var boots = boots
    #expect(boots.clock(of: earlier) == .unset(end: at(10)))
    try write([[event(3)]], boot: "0a11-a")
    boots = self.boots
    #expect(boots.clock(of: earlier) == .unset(end: at(10)))
  }

  @Test(arguments: [60_000, 70_000, 300_000, 2_000_000])
  func aLongLastBatchIsReadWhole(length: Int) throws {
    let text = String(repeating: "x", count: length)
    try write([[unset(1, boot: 10)], [unset(2, boot: 20, text: text)]], boot: "0a11-9")
    var boots = boots
    #expect(boots.clock(of: earlier) == .unset(end: at(20)))
  }

  @Test func theAnswerStaysWhenTheSegmentHasGone() throws {
    try write([[unset(1, boot: 10)]], boot: "0a11-9")
    var boots = boots
    #expect(boots.clock(of: earlier) == .unset(end: at(10)))
    try disk.remove("/spool/cloud/00000000000000000001.jsonl")
    #expect(boots.clock(of: earlier) == .unset(end: at(10)))
    var later = self.boots
    #expect(later.clock(of: earlier) == .unknown)
  }

  @Test func damageTellsNothingAndBreaksNothing() throws {
    let path = "/spool/cloud/00000000000000000001.jsonl"
    try write([[unset(1, boot: 10)], [unset(2, boot: 20)]], boot: "0a11-9")
    let whole = disk.files[path]?.bytes ?? []
    #expect(whole.count > 200)
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 0x11
      for bytes in [damaged, Array(whole[..<place])] {
        disk.put(path, bytes)
        var boots = boots
        let clock = boots.clock(of: earlier)
        #expect([.unknown, .unset(end: at(10)), .unset(end: at(20))].contains(clock))
      }
    }
  }

  @Test func aBootWhoseClockWasSetInTheEndTellsByHowMuch() throws {
    try write([[unset(1, boot: 10)]], boot: "0a11-9")
    var offsets = KnownOffsets()
    _ = offsets.note(.seconds(1_780_272_000), of: "0a11")
    try offsets.save(in: "/spool/cloud", on: disk)
    var boots = boots
    #expect(boots.clock(of: earlier) == .set(offset: .seconds(1_780_272_000)))
  }
}
