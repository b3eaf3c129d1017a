import Testing

/// The rules of this code that a machine can see. A rule that is in the way is changed here, with a
/// reason, and not gone around.
@Suite struct TidyTests {
  static let tree = SourceTree()
  static let sources = tree.swift(in: "Sources")
  static let tests = tree.swift(in: "Tests")

  /// Targets that see C, and single files that must: each with its reason.
  static let seesC: Set = ["Platform"]
  static let filesThatSeeC: [String: String] = [
    "Sources/receiver/ConnectionHandler.swift": "a reset needs SO_LINGER",
    "Sources/receiver/Digest.swift": "its only use of libcrypto",
    "Sources/receiver/FrontDesk.swift": "clocks",
    "Sources/receiver/Inflate.swift": "its only use of zlib",
    "Sources/receiver/JournalFile.swift": "one write(2) for each request",
    "Sources/receiver/Receiver.swift": "standard output",
    "Sources/receiver/Server.swift": "socket options",
    "Sources/receiver/StopSignals.swift": "signals",
    "Sources/receiver/WallTime.swift": "local time",
  ]

  /// Longer than 400 lines, with the reason.
  static let longFiles: [String: String] = [:]

  /// What a layer may import, whatever its targets in Package.swift would allow.
  static let allowedImports: [String: Set<String>] = [
    "TelemetryModel": [],
    "SensorDrivers": ["TelemetryModel", "Synchronization"],
    "EventBuffer": ["TelemetryModel", "Synchronization"],
    "Uplinks": ["TelemetryModel", "Synchronization"],
  ]

  @Test func theTreeIsFound() {
    #expect(Self.tree.files.contains { $0.path == "Package.swift" })
    #expect(Self.sources.count > 50)
  }

  // MARK: Layers

  /// The module that a line imports, if it is an import.
  static func imported(_ line: String) -> String? {
    let words = line.split(separator: " ")
    guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
      words[..<place].allSatisfy({
        ["package", "public", "internal", "private", "fileprivate"].contains($0)
          || $0.hasPrefix("@")
      })
    else { return nil }
    let kinds: Set<Substring> = ["struct", "func", "class", "enum", "protocol", "var", "let"]
    let module = kinds.contains(words[place + 1]) ? words.last : words[place + 1]
    return module?.split(separator: ".").first.map(String.init)
  }

  static func isC(_ module: String) -> Bool {
    let second = module.dropFirst().first
    return module == "Glibc" || module == "Musl"
      || module.hasPrefix("C") && second?.isUppercase == true
  }

  private static func maySeeC(_ file: SourceTree.File) -> Bool {
    seesC.contains(file.target) || filesThatSeeC[file.path] != nil
  }

  @Test func onlyPlatformSeesC() {
    for file in Self.sources where !Self.maySeeC(file) {
      for (number, line) in file.lines.enumerated() {
        if let module = Self.imported(line), Self.isC(module) {
          Issue.record("\(file.path):\(number + 1): imports \(module)")
        }
      }
    }
  }

  @Test func onlyPlatformIsUnsafe() {
    for file in Self.sources where !Self.maySeeC(file) {
      Self.forbid(["Unsafe", "unsafe", "Unmanaged", "OpaquePointer"], in: file)
    }
  }

  @Test func layersImportOnlyWhatIsBelowThem() {
    for file in Self.sources {
      guard let allowed = Self.allowedImports[file.target] else { continue }
      for (number, line) in file.lines.enumerated() {
        if let module = Self.imported(line), !allowed.contains(module) {
          Issue.record("\(file.path):\(number + 1): imports \(module)")
        }
      }
    }
  }

  /// It is 44 MB of disk and 10 MB of memory on a board.
  @Test func nobodyImportsFoundation() {
    for file in Self.sources + Self.tests {
      for (number, line) in file.lines.enumerated() where Self.imported(line) == "Foundation" {
        Issue.record("\(file.path):\(number + 1): imports Foundation")
      }
    }
  }

  // MARK: Shape

  @Test func linesFitAHundredColumns() {
    for file in Self.sources + Self.tests {
      for (number, line) in file.lines.enumerated() where line.count > 100 {
        Issue.record("\(file.path):\(number + 1): \(line.count) columns")
      }
    }
  }

  @Test func filesHaveAtMostFourHundredLines() {
    let files = Self.sources + Self.tests
    for file in files where file.lines.count > 401 && Self.longFiles[file.path] == nil {
      Issue.record("\(file.path): \(file.lines.count - 1) lines")
    }
    for path in Self.longFiles.keys {
      let isLong = files.contains { $0.path == path && $0.lines.count > 401 }
      #expect(isLong, "\(path) needs no place on the list")
    }
  }

  @Test func functionsHaveAtMostSeventyLines() {
    for file in Self.sources + Self.tests {
      for function in Self.functions(file) where function.lines > 70 {
        Issue.record("\(file.path):\(function.line): a function of \(function.lines) lines")
      }
    }
  }

  /// Where functions begin and how long they are; the formatter's indentation tells their ends.
  static func functions(_ file: SourceTree.File) -> [(line: Int, lines: Int)] {
    var open: [(line: Int, indentation: Int)] = []
    var found: [(line: Int, lines: Int)] = []
    for (index, line) in file.lines.enumerated() {
      let indentation = line.prefix { $0 == " " }.count
      let text = line.dropFirst(indentation)
      let words = text.split(separator: " ")
      let isStart =
        words.contains("func") || words.contains { $0.hasPrefix("init(") || $0.hasPrefix("init?(") }
      if isStart && !text.hasPrefix("//") && !text.hasPrefix(".") && !text.contains("}") {
        open.append((index + 1, indentation))
      } else if text.hasPrefix("}"), let last = open.last, last.indentation == indentation,
        !text.hasSuffix("{")
      {
        open.removeLast()
        found.append((last.line, index + 2 - last.line))
      }
      // A declaration without a body, in a protocol.
      while let last = open.last, !text.isEmpty, indentation < last.indentation {
        open.removeLast()
      }
    }
    return found
  }

  // MARK: Words

  private static func forbid(_ words: [String], in file: SourceTree.File) {
    for (number, line) in file.code.enumerated() {
      for word in words where line.contains(word) {
        Issue.record("\(file.path):\(number + 1): \(word)")
      }
    }
  }

  @Test func nothingTrapsOnPurposeOrPrints() {
    for file in Self.sources {
      for (number, code) in file.code.enumerated() {
        for word in ["try!", "as!", "fatalError(", "print(", "dump("]
        where Self.has(word, in: code) {
          Issue.record("\(file.path):\(number + 1): \(word)")
        }
      }
    }
    for file in Self.tests { Self.forbid(["try!", "as!", "fatalError("], in: file) }
  }

  /// A word of its own: `print(` is not in `fingerprint(`.
  static func has(_ word: String, in code: String) -> Bool {
    var previous: Character?
    var rest = code[...]
    while !rest.isEmpty {
      let isBoundary = previous.map { !$0.isLetter && $0 != "_" && $0 != "." } ?? true
      if isBoundary && rest.hasPrefix(word) { return true }
      previous = rest.removeFirst()
    }
    return false
  }

  @Test func nothingIsLeftToDo() {
    let words = ["FIX" + "ME", "TO" + "DO", "XX" + "X:"]
    for file in Self.tree.files where !file.path.hasSuffix(".md") {
      for (number, line) in file.lines.enumerated() {
        for word in words where line.contains(word) {
          Issue.record("\(file.path):\(number + 1): \(word)")
        }
      }
    }
  }

  /// Somebody's own folders are nobody else's.
  /// Where such a path is an example of a user's machine, not a leak of ours.
  static let filesThatNameHomes: [String: String] = [
    "Tests/ConfigurationTests/ISStreamerIniTests.swift": "a user's old file names a home",
    "Tests/ConfigurationTests/SecretValueTests.swift": "a secret that may not be read",
    "Tests/Hardware/run-kernel.sh": "mounts a home in the machine under test",
  ]

  @Test func noPathOfADevelopersMachineIsWritten() {
    let paths = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/"]
    for file in Self.tree.files where Self.filesThatNameHomes[file.path] == nil {
      for (number, line) in file.lines.enumerated() {
        for path in paths where line.contains(path) {
          Issue.record("\(file.path):\(number + 1): \(path)")
        }
      }
    }
  }
}
