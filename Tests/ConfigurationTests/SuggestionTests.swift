import Testing

@testable import Configuration

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "abc", 3), ("same", "same", 0), ("kitten", "sitting", 3),
    ("sprign", "spring", 1), ("ca", "abc", 3), ("bme208", "bme280", 1),
  ])
  func countsTheEdits(left: String, right: String, distance: Int) {
    #expect(Suggestion.distance(left, right) == distance)
    #expect(Suggestion.distance(right, left) == distance)
  }

  @Test(arguments: [
    ("capcity", "capacity"), ("flush_sise", "flush_size"), ("FLUSH_SIZE", "flush_size"),
    ("dura", "durability"), ("capac", "capacity"),
  ])
  func findsWhatWasMeant(typed: String, meant: String) {
    let words = ["capacity", "flush_size", "flush_interval", "durability"]
    #expect(Suggestion.nearest(to: typed, among: words) == meant)
  }

  @Test(arguments: ["", "x", "temperature", "flush", String(repeating: "a", count: 10_000)])
  func isSilentWhenNothingIsNear(typed: String) {
    let words = ["capacity", "flush_size", "flush_interval", "durability"]
    #expect(Suggestion.nearest(to: typed, among: words) == nil)
  }
}
