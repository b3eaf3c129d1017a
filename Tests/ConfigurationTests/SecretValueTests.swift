import TelemetryModel
import Testing

@testable import Configuration

@Suite struct SecretValueTests {
  private func ini(_ value: String) -> String {
    minimal + "[uplink.d]\nkind = initialstate\nbucket_name = B\nbucket_key = b\n"
      + "access_key = \(value)\n"
  }

  private func key(
    _ value: String, in context: ConfigurationContext, name: String = "t.ini"
  ) throws -> String {
    try load(ini(value), in: context, name: name).uplinks[1].settings.secret("access_key").revealed
  }

  @Test func mayStandInTheIni() throws {
    #expect(try key("a$b;c=d", in: context()) == "a$b;c=d")
  }

  @Test func mayBeAVariable() throws {
    #expect(try key("${KEY}", in: context(environment: ["KEY": "k1"])) == "k1")
  }

  @Test(arguments: ["k2", "k2\n", "k2\r\n", "k2\n\n"])
  func mayBeInAFileWithOrWithoutALineEnd(content: String) throws {
    let context = context(files: ["/etc/k": Array(content.utf8)])
    #expect(try key("@/etc/k", in: context) == "k2")
  }

  @Test func aRelativePathStartsAtTheIni() throws {
    let context = context(files: ["/etc/telemetryd/cred/k": [0x61], "cred/k": [0x62]])
    #expect(try key("@cred/k", in: context, name: "/etc/telemetryd/telemetryd.ini") == "a")
    #expect(try key("@cred/k", in: context, name: "telemetryd.ini") == "b")
  }

  @Test(arguments: [
    ("@/gone", "cannot be read from its file: read /gone: No such file or directory"),
    ("@", "names no file; allowed: @/path of one"),
    ("@/empty", "wants /empty, which is empty"),
    ("@/newline", "wants /newline, which is empty"),
    ("@/two", "wants /two, which has more than one line"),
    ("@/latin", "wants /latin, which is not UTF-8"),
    ("@/large", "wants /large, which is larger than 65536 bytes"),
    ("${GONE}", "wants the environment variable GONE, which is not set"),
    ("${EMPTY}", "wants the environment variable EMPTY, which is empty"),
    ("${A B}", "names no environment variable; allowed: ${VARIABLE}, of letters, digits and _"),
    ("", "is empty; allowed: the value, @/path of a file with it, or ${VARIABLE}"),
  ])
  func whatGivesNoSecretIsAMistakeAtItsLine(value: String, complaint: String) {
    let context = context(
      environment: ["EMPTY": ""],
      files: [
        "/empty": [], "/newline": [0x0A], "/two": Array("hidden\nhidden".utf8),
        "/latin": [0xE9], "/large": [UInt8](repeating: 0x61, count: 65_537),
      ])
    #expect(complaints(ini(value), in: context) == ["t.ini:11: uplink.d.access_key: \(complaint)"])
  }

  @Test(arguments: [ConfigurationContext.Purpose.test, .control])
  func nobodyReadsSecretsThatAreNotWanted(purpose: ConfigurationContext.Purpose) throws {
    var context = context(purpose)
    context.readFile = { path in
      Issue.record("\(path) was read")
      return .success([])
    }
    let configuration = try load(ini("@/root/only"), in: context)
    #expect(configuration.uplinks[1].settings.optionalSecret("access_key") == nil)
  }

  @Test func aMistakeNeverShowsOne() {
    let secret = "wJalrXUtnFEMIK7MDENG"
    let slips = [
      "access_key \(secret)", "acces_key = \(secret)", "= \(secret)", "access_key =\n  \(secret)",
      "access_key = \(secret)\naccess_key = \(secret)", "\(secret)\(secret)=",
      "access_key = ok\nproxy = \(secret)\nproxy: \(secret)", "access_key = \(secret)\nkind = x",
    ]
    for slip in slips {
      let text =
        minimal + "[uplink.d]\nkind = initialstate\nbucket_name = B\nbucket_key = b\n\(slip)\n"
      let mistakes = complaints(text)
      #expect(!mistakes.isEmpty)
      #expect(!mistakes.joined().contains(secret))
    }
  }
}
