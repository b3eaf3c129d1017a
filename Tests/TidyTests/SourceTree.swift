import Glibc

/// The package's files as text, found from this file's own place.
struct SourceTree {
  struct File: Sendable {
    /// From the package's root: "Sources/Platform/Zlib.swift".
    let path: String
    let lines: [String]

    var name: String { String(path.split(separator: "/").last ?? "") }
    /// "Platform" of "Sources/Platform/Zlib.swift".
    var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }
    var isSwift: Bool { path.hasSuffix(".swift") }

    /// The lines without strings and comments, as far as one line can tell them.
    var code: [String] { lines.map(SourceTree.code) }
  }

  /// Bytes of a file that is looked at; fixtures may be larger.
  private static let sizeMax = 1 << 20

  let root: String
  let files: [File]

  init(_ here: String = #filePath) {
    // Tests/TidyTests/SourceTree.swift stands three below the root.
    root = here.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    files = Self.walk(root, "").sorted { $0.path < $1.path }
  }

  func swift(in folder: String) -> [File] {
    files.filter { $0.isSwift && $0.path.hasPrefix(folder + "/") }
  }

  private static func walk(_ root: String, _ folder: String) -> [File] {
    guard let directory = opendir(root + "/" + folder) else { return [] }
    defer { closedir(directory) }
    var found: [File] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      // Hidden folders are the tools' own (.git, .build).
      guard !name.hasPrefix(".") else { continue }
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      if entry.pointee.d_type == UInt8(DT_DIR) {
        found += walk(root, path)
      } else if let text = read("\(root)/\(path)") {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        found.append(File(path: path, lines: lines.map(String.init)))
      }
    }
    return found
  }

  /// A text file; nil for what is not UTF-8 or too large.
  private static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count < sizeMax {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return String(validating: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
    return nil
  }

  /// What is left of a line without its strings and its comment.
  static func code(_ line: String) -> String {
    var code = ""
    var isInString = false
    var isEscaped = false
    var last: Character = " "
    for character in line {
      if isInString {
        if character == "\"" && !isEscaped { isInString = false }
        isEscaped = character == "\\" && !isEscaped
        continue
      }
      if character == "\"" {
        isInString = true
        isEscaped = false
        last = " "
        continue
      }
      if character == "/" && last == "/" {
        code.removeLast()
        return code
      }
      code.append(character)
      last = character
    }
    return code
  }
}
