import EventBuffer
import TelemetryModel

/// How the ini gives a value: as it stands, `${VARIABLE}`, or (secrets only) `@path`.
enum ValueSource: Equatable {
  case literal(String)
  case variable(String)
  case file(path: String)

  /// - Parameter folder: the ini's, for a relative path.
  init(secret text: String, folder: String) {
    if text.hasPrefix("@") {
      let path = String(text.dropFirst())
      self = .file(path: path.hasPrefix("/") || path.isEmpty ? path : folder + path)
    } else {
      self.init(text)
    }
  }

  init(_ text: String) {
    let isVariable = text.hasPrefix("${") && text.hasSuffix("}")
    self = isVariable ? .variable(String(text.dropFirst(2).dropLast())) : .literal(text)
  }

  /// A name that a shell could set.
  static func isVariableName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}

/// Why a value has no text; the sentence's end for a mistake.
struct Unresolved: Error, Equatable {
  let complaint: String

  init(_ complaint: String) { self.complaint = complaint }
}

extension ConfigurationContext {
  /// Bytes of a secret's file. Session tokens have a few thousand.
  package static let secretSizeLimit = 64 << 10

  func secret(_ source: ValueSource) throws(Unresolved) -> Secret {
    switch source {
    case .literal(let text): return Secret(text)
    case .variable(let name):
      let value = try variable(name)
      guard !value.isEmpty else {
        throw Unresolved("wants the environment variable \(name), which is empty")
      }
      return Secret(value)
    case .file(let path): return try secret(inFile: path)
    }
  }

  func variable(_ name: String) throws(Unresolved) -> String {
    guard ValueSource.isVariableName(name) else {
      throw Unresolved(
        "names no environment variable; allowed: ${VARIABLE}, of letters, digits and _")
    }
    guard let value = environment[name] else {
      throw Unresolved("wants the environment variable \(name), which is not set")
    }
    return value
  }

  private func secret(inFile path: String) throws(Unresolved) -> Secret {
    guard !path.isEmpty else { throw Unresolved("names no file; allowed: @/path of one") }
    let bytes: [UInt8]
    switch readFile(path) {
    case .success(let content): bytes = content
    case .failure(let error):
      throw Unresolved("cannot be read from its file: \(error.reason)")
    }
    guard bytes.count <= Self.secretSizeLimit else {
      throw Unresolved("wants \(path), which is larger than \(Self.secretSizeLimit) bytes")
    }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Unresolved("wants \(path), which is not UTF-8")
    }
    // Editors and `echo` put line ends behind it. CR LF is one Character in Swift.
    while let last = text.last, last.isNewline { text.removeLast() }
    guard !text.isEmpty else { throw Unresolved("wants \(path), which is empty") }
    // A line end inside would break, or forge, the header that the secret is sent in.
    guard !text.contains(where: \.isNewline) else {
      throw Unresolved("wants \(path), which has more than one line")
    }
    return Secret(text)
  }
}
