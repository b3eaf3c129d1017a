import Testing

@testable import Configuration

@Suite struct MistakeTests {
  @Test func readsAsFileLinePlaceAndComplaint() {
    let mistake = Mistake(file: "a.ini", line: 7, place: "buffer.capacity", "is '1'")
    #expect("\(mistake)" == "a.ini:7: buffer.capacity: is '1'")
    #expect("\(Mistake(file: "a.ini", line: 7, "is not UTF-8"))" == "a.ini:7: is not UTF-8")
  }

  @Test func cannotDriveATerminal() {
    let mistake = Mistake(file: "a.ini", line: 1, place: "a\u{1B}[2J", "is '\u{7}\n\u{9B}é'")
    #expect("\(mistake)" == "a.ini:1: a?[2J: is '???é'")
  }

  @Test func areInTheOrderOfTheirLines() {
    let mistakes = Mistakes([3, 1, 2].map { Mistake(file: "a", line: $0, "x") })
    #expect(mistakes.list.map(\.line) == [1, 2, 3])
  }

  @Test func areListedUpToALimitAndThenCounted() {
    let mistakes = Mistakes((1...130).map { Mistake(file: "a", line: $0, "x") })
    #expect(mistakes.list.count == 100)
    #expect("\(mistakes)".hasSuffix("a:100: x\nand 30 more"))
  }
}
