import Testing

/// Each source file has a test file of its name, or a reason why not.
@Suite struct TestedTests {
  /// Folders whose files are tested elsewhere.
  static let folders: [String: String] = [
    "Sources/CCrypto/": "seen through Platform",
    "Sources/CCurl/": "seen through Platform",
    "Sources/CGPIO/": "seen through Platform",
    "Sources/CLinux/": "seen through Platform",
    "Sources/CZlib/": "seen through Platform",
    "Sources/receiver/": "by subject, in Tests/receiverTests",
    "Sources/telemetryd/Commands/": "as programs, in Tests/EndToEnd",
    "Sources/telemetryd/Agent/":
      "as a program, in Tests/EndToEnd; what decides has tests of its own",
  ]

  /// Source files without a test file of their name: where they are tested, or why they need none.
  static let exceptions: [String: String] = ExceptionList.all

  @Test func eachSourceFileHasItsTestFile() {
    let tested = Set(TidyTests.tests.map(\.name))
    for file in TidyTests.sources {
      guard !Self.folders.keys.contains(where: { file.path.hasPrefix($0) }) else { continue }
      let name = file.name.replacing(".swift", with: "Tests.swift")
        .replacing("+", with: "")
      let hasTest = tested.contains(name)
      let hasReason = Self.exceptions[file.path] != nil
      if !hasTest && !hasReason { Issue.record("\(file.path) has no \(name)") }
    }
    for path in Self.exceptions.keys where !TidyTests.sources.contains(where: { $0.path == path }) {
      Issue.record("\(path) is on the list, and gone")
    }
  }
}
