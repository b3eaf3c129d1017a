import Testing

@testable import receiver

@Suite struct CredentialTests {
  private let now = WallTime(microseconds: 1_700_000_000_000_000)

  @Test func aSpecHasUpToFourParts() throws {
    #expect(try Credential.parse("A:s/+=", at: now).credential == Credential(secret: "s/+="))
    #expect(
      try Credential.parse("A:s:t", at: now).credential == Credential(secret: "s", token: "t"))
    let short = try Credential.parse("A:s::2.5", at: now)
    #expect(short.id == "A")
    #expect(short.credential == Credential(secret: "s", until: now.adding(seconds: 2.5)))
  }

  @Test(arguments: ["", "A", "A:", ":s", "A:s:t:x", "A:s:t:1:2", "A:s:t:inf", "A:s:t:1e12"])
  func aMistakeIsNamed(spec: String) {
    #expect(throws: Credential.Invalid.self) { try Credential.parse(spec, at: now) }
  }

  @Test func theControlPlaneTakesOneOrMany() throws {
    func list(_ text: String) throws -> [String: Credential] {
      try Credential.list(JSONText(Array(text.utf8)), at: now)
    }
    #expect(
      try list(#"{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t","seconds":1}"#)
        == ["A": Credential(secret: "s", token: "t", until: now.adding(seconds: 1))])
    let two =
      #"[{"accessKeyId":"A","secretAccessKey":"s"},{"accessKeyId":"B","secretAccessKey":"t"}]"#
    #expect(try list(two).count == 2)
    #expect(try list("[]").isEmpty)
    #expect(throws: Credential.Invalid.self) { try list("{}") }
    #expect(throws: Credential.Invalid.self) { try list("[1]") }
  }
}
