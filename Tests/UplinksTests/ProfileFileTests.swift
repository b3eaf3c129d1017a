import Testing

@testable import Uplinks

@Suite struct ProfileFileTests {
  private func read(
    _ text: String, _ form: ProfileFile.Form = .credentials
  ) throws -> ProfileFile {
    try ProfileFile(Array(text.utf8), form: form)
  }

  private func values(
    _ text: String, of profile: String = "default", _ form: ProfileFile.Form = .credentials
  ) throws -> [String: String]? {
    try read(text, form)[profile]?.values.mapValues(\.text)
  }

  @Test func aUsualCredentialsFileIsRead() throws {
    let file = try read(
      """
      [default]
      aws_access_key_id = AKIDEXAMPLE
      aws_secret_access_key = wJalr/XUtn+FEMI=

      [field]
      aws_access_key_id=B
      aws_secret_access_key=c
      aws_session_token=d==
      """)
    #expect(Set(file.profiles.keys) == ["default", "field"])
    #expect(
      file["default"]?.values == [
        "aws_access_key_id": .init(text: "AKIDEXAMPLE", line: 2),
        "aws_secret_access_key": .init(text: "wJalr/XUtn+FEMI=", line: 3),
      ])
    #expect(file["field"]?.line == 5)
    #expect(file["field"]?.values["aws_session_token"] == .init(text: "d==", line: 8))
  }

  @Test func aConfigsProfilesHaveTheWordBeforeTheirNames() throws {
    let text = """
      [default]
      region = a
      [profile field]
      region = b
      [profile  "two words" ]
      region = c
      [field]
      region = d
      [sso-session field]
      sso_region = e
      """
    #expect(Set(try read(text, .config).profiles.keys) == ["default", "field", "two words"])
    #expect(try values(text, of: "field", .config) == ["region": "b"])
    #expect(try values(text, of: "two words", .config) == ["region": "c"])
    #expect(try values(text, of: "field", .credentials) == ["region": "d"])
  }

  @Test(arguments: [
    "[default]\nregion = a\nx = y\n[profile default]\nregion = b\n",
    "[profile default]\nregion = b\n[default]\nregion = a\nx = y\n",
  ])
  func aConfigsProfileDefaultStandsAboveTheBareOne(text: String) throws {
    #expect(try values(text, .config) == ["region": "b"])
  }

  @Test func commentsAndWhiteSpaceDoNotCount() throws {
    let text = """
      # [default]
      ; x = y
      \t[ default ] # mine
        key = a b\t # not this
      other=a#b;c ;not this
      empty = # nothing
        # indented
      """
    #expect(try values(text) == ["key": "a b", "other": "a#b;c", "empty": ""])
  }

  @Test func linesOfWindowsAndAMarkBeforeThemDoNotCount() throws {
    let text = "\u{FEFF}[default]\r\nkey = a\r\n\r\nother = b"
    #expect(try values(text) == ["key": "a", "other": "b"])
  }

  @Test func namesAreReadWhateverTheirCaseAndTheLastValueHolds() throws {
    #expect(
      try values("[default]\nKEY = a\nkey: b\n[x]\n[default]\nmore = c\n")
        == ["key": "b", "more": "c"])
    #expect(try read("[Default]\nk = v\n")["default"] == nil)
  }

  @Test func deeperLinesContinueTheOneAbove() throws {
    let text = """
      [default]
      s3 =
        max_concurrent_requests = 20
        aws_access_key_id = inner
      key = a
        b
      region = c
      """
    #expect(
      try values(text) == [
        "s3": "\nmax_concurrent_requests = 20\naws_access_key_id = inner", "key": "a\nb",
        "region": "c",
      ])
  }

  @Test func aSectionThatIsIndentedAsAWholeIsRead() throws {
    #expect(try values("[default]\n    a = 1\n    b = 2\n") == ["a": "1", "b": "2"])
  }

  @Test func whatIsWrongInOneProfileSpoilsNoOther() throws {
    let file = try read(
      "before = x\n[default]\nkey = a\n[bad]\nno value\nkey = b\n= c\n[]\nk = v\n")
    #expect(file["default"]?.strayLine == nil)
    #expect(file["bad"]?.strayLine == 5)
    #expect(file["bad"]?.values["key"]?.text == "b")
    #expect(Set(file.profiles.keys) == ["default", "bad"])
    #expect(file["default"]?.values.keys.sorted() == ["key"])
  }

  @Test func whatIsNoTextOrTooLongIsRefused() throws {
    func complaint(_ bytes: [UInt8]) -> String? {
      do throws(ProfileFile.Unreadable) {
        _ = try ProfileFile(bytes, form: .config)
        return nil
      } catch { return error.complaint }
    }
    #expect(complaint([0xFF, 0xFE, 0x5B, 0x00]) == "is not UTF-8")
    #expect(complaint([UInt8](repeating: 0x20, count: 1 << 20)) == nil)
    #expect(
      complaint([UInt8](repeating: 0x20, count: (1 << 20) + 1)) == "has more than 1048576 bytes")
    #expect(try read("").profiles.isEmpty)
  }
}
