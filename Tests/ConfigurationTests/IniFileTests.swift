import Testing

@testable import Configuration

@Suite struct IniFileTests {
  private func parse(_ text: String) -> (file: IniFile, mistakes: [String]) {
    parse(Array(text.utf8))
  }

  private func parse(_ bytes: [UInt8]) -> (file: IniFile, mistakes: [String]) {
    let (file, mistakes) = IniFile.parse(bytes, name: "t.ini")
    return (file, mistakes.map(\.description))
  }

  @Test func keepsSectionsAndEntriesWithTheirLines() {
    let (file, mistakes) = parse(
      "# head\n\n[Sensor.Door]\n; why\nDriver = line\nLINE: gpiochip0:17\nkey=a=b\nurl = http://x\n"
    )
    #expect(mistakes.isEmpty)
    #expect(
      file.sections == [
        .init(
          name: "Sensor.Door", line: 3,
          entries: [
            .init(name: "driver", value: "line", line: 5),
            .init(name: "line", value: "gpiochip0:17", line: 6),
            .init(name: "key", value: "a=b", line: 7),
            .init(name: "url", value: "http://x", line: 8),
          ])
      ])
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func takesEveryLineEnd(end: String) {
    let (file, mistakes) = parse(["[a]", "b = c", "", "d = e"].joined(separator: end))
    #expect(mistakes.isEmpty)
    #expect(file.sections.first?.entries.map(\.line) == [2, 4])
    #expect(file.sections.first?.entries.map(\.value) == ["c", "e"])
  }

  @Test func skipsAByteOrderMark() {
    #expect(parse("\u{FEFF}[a]\nb = c").mistakes.isEmpty)
    #expect(parse("\u{FEFF}[a]\nb = c").file.sections.first?.name == "a")
  }

  @Test func anEmptyFileHasNothing() {
    #expect(parse("").file.sections.isEmpty)
    #expect(parse("").mistakes.isEmpty)
  }

  @Test func keepsQuotesCommentSignsAndInnerBlanksInValues() {
    let (file, _) = parse("[a]\nb =  \"x y\" ; z # \u{A0}\n")
    #expect(file.sections.first?.entries.first?.value == "\"x y\" ; z #")
  }

  @Test func combiningCharactersDoNotHideASign() {
    let (file, mistakes) = parse("[a]\nb =\u{301}c\n")
    #expect(mistakes.isEmpty)
    #expect(file.sections.first?.entries.first?.name == "b")
  }

  @Test func continuesValuesInISStreamersSectionsAsConfigparserDoes() {
    let (file, mistakes) = parse(
      "[isstreamer.client_config]\na: 1\n  2\n\n\t3 = x\n  # no\n\nb: 4\n   [c]\n\n[d]\n")
    #expect(mistakes.isEmpty)
    #expect(file.sections.map(\.name) == ["isstreamer.client_config", "d"])
    #expect(file.sections.first?.entries.map(\.value) == ["1\n2\n\n3 = x", "4\n[c]"])
  }

  @Test func aDeeperLineInOurSectionsIsAMistake() {
    let (file, mistakes) = parse("[buffer]\ncapacity = 100\n  flush_size = 3\n")
    #expect(
      mistakes == [
        "t.ini:3: [buffer]: is indented deeper than the line before it, and values do not go on "
          + "in a second line; allowed: name = value, as far left as the others"
      ])
    #expect(file.sections.first?.entries.map(\.name) == ["capacity"])
  }

  @Test func aSectionMayBeIndentedAsAWhole() {
    let (file, mistakes) = parse("[a]\n  b = 1\n  c = 2\n  [d]\n  e = 3\n")
    #expect(mistakes.isEmpty)
    #expect(file.sections.map { $0.entries.map(\.name) } == [["b", "c"], ["e"]])
  }

  @Test func duplicatesNameBothLines() {
    let (_, mistakes) = parse("[a]\nb = 1\nB = 2\n[c]\nb = 1\n[A]\nb = 3\n")
    #expect(
      mistakes == [
        "t.ini:3: a.b: is here a second time; the first is in line 2",
        "t.ini:6: [A]: is here a second time; the first is in line 1",
      ])
  }

  @Test func aDuplicatesContinuationDoesNotJoinTheFirst() {
    let (file, _) = parse("[isstreamer.client_config]\na: 1\na: 2\n  3\n")
    #expect(file.sections.first?.entries.map(\.value) == ["1"])
  }

  @Test func textBeforeTheFirstSectionIsReportedOnce() {
    let (_, mistakes) = parse("device = a\ngrace = 1s\n[telemetryd]\n")
    #expect(
      mistakes == [
        "t.ini:1: is text before the first [section]; allowed: comments and blank lines"
      ])
  }

  @Test func aLineWithoutADelimiterIsNotShown() {
    let (_, mistakes) = parse("[a]\nsecret wJalrXUtnFEMI\n")
    #expect(mistakes == ["t.ini:2: [a]: has a line without = or :; allowed: name = value"])
  }

  @Test func aValueWithoutANameIsAMistake() {
    let (_, mistakes) = parse("[a]\n= wJalrXUtnFEMI\n")
    #expect(mistakes == ["t.ini:2: [a]: has a value without a name; allowed: name = value"])
  }

  @Test(arguments: [
    ("[a", "[a]: lacks its closing ]; allowed: [section]"),
    ("[]", "[]: has no name; allowed: [section]"),
    ("[ ]", "[]: has no name; allowed: [section]"),
    ("[a] ; b", "[a]: has text after its ]; allowed: [section] alone (comments: own lines)"),
  ])
  func aBrokenHeaderIsAMistake(header: String, complaint: String) {
    let (file, mistakes) = parse("\(header)\nb = 1\n")
    #expect(mistakes == ["t.ini:1: \(complaint)"])
    #expect(file.sections.first?.entries.count == 1)
  }

  @Test func otherEncodingsAreNamedByTheirLine() {
    let (file, mistakes) = parse(Array("[a]\nb = caf".utf8) + [0xE9] + Array("\nc = 1".utf8))
    #expect(mistakes == ["t.ini:2: is not UTF-8; save the file as UTF-8"])
    #expect(file.sections.first?.entries.map(\.name) == ["b", "c"])
  }

  @Test func controlCharactersAreMistakes() {
    #expect(
      parse("[a]\nb = 1\u{0}2\n").mistakes == ["t.ini:2: holds the control character 0x0"])
    #expect(parse("[a]\nb = 1\t2\n").mistakes.isEmpty)
  }

  @Test func aHugeFileIsRefusedUnread() {
    let bytes = [UInt8](repeating: 0x23, count: 1_048_577)
    #expect(
      parse(bytes).mistakes == ["t.ini:1: the file has 1048577 bytes; allowed: at most 1048576"])
    #expect(parse(Array(bytes.dropLast())).mistakes.isEmpty)
  }
}
