import Testing

@testable import telemetryd

@Suite struct LineCutterTests {
  private func lines(_ pieces: [String], limit: Int = 10) -> [String?] {
    var cutter = LineCutter(limit: limit)
    let whole = pieces.flatMap { cutter.lines(Array($0.utf8)) } + cutter.end()
    return whole.map { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func linesAreWholeHoweverTheyCome() {
    #expect(lines(["a\nb", "c\n", "\nd"]) == ["a", "bc", "", "d"])
    #expect(lines(["a\n"]) == ["a"])
    #expect(lines([]) == [])
    #expect(lines(["a\r\n"]) == ["a\r"])
  }

  @Test func whatIsTooLongIsSaidAndTheNextLineIsGood() {
    #expect(lines(["0123456789\n"]) == ["0123456789"])
    #expect(lines(["01234567890\nb\n"]) == [nil, "b"])
    #expect(lines(["012345", "67890", "123\n", "b"]) == [nil, "b"])
    #expect(lines(["01234567890"]) == [nil])
  }

  @Test func bytesThatAreNoTextStay() {
    var cutter = LineCutter(limit: 10)
    #expect(cutter.lines([0xFF, 0x00, 0x0A]) == [[0xFF, 0x00]])
  }
}
