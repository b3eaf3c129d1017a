import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SegmentListTests {
  private func segment(_ number: UInt64, pending: Int, bytes: Int) -> SpillStore.Segment {
    SpillStore.Segment(
      name: SpoolFormat.name(first: number), origin: testOrigin, pending: pending, bytes: bytes,
      total: pending, last: number)
  }

  @Test func theSumsFollowEachChange() {
    var list = SegmentList()
    list.append(segment(4, pending: 3, bytes: 300))
    list.append(segment(7, pending: 2, bytes: 200))
    list.insert(segment(1, pending: 1, bytes: 100), at: 0)
    #expect((list.count, list.pending, list.bytes) == (3, 6, 600))
    var changed = list[1]
    changed.pending = 0
    changed.bytes = 350
    list[1] = changed
    #expect((list.pending, list.bytes) == (3, 650))
    #expect(list.remove(at: 0).name == SpoolFormat.name(first: 1))
    #expect((list.count, list.pending, list.bytes) == (2, 2, 550))
    #expect(list.index(of: SpoolFormat.name(first: 7)) == 1)
    #expect(list.index(of: "gone") == nil)
  }
}
