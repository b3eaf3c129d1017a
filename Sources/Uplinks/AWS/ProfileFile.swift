/// An AWS SDK's `credentials` or `config` file: sections of `key = value`.
///
/// Read as leniently as SDKs do, so that what is wrong in one profile spoils no other. Source: AWS
/// SDKs and Tools Reference Guide, format of the shared files; botocore, configloader.
package struct ProfileFile: Sendable {
  /// Bytes of a file; those of large companies have some hundred thousand.
  package static let sizeMax = 1 << 20

  /// Which of the two it is: a section of `config` begins with `profile`, but for `default`.
  package enum Form: Sendable { case credentials, config }

  package struct Value: Sendable, Equatable {
    package var text: String
    /// From 1.
    package var line: Int
  }

  package struct Profile: Sendable, Equatable {
    /// Of its first section.
    package var line: Int
    /// By name, in small letters.
    package var values: [String: Value] = [:]
    /// Its first line that is neither a key with a value nor the continuation of one.
    package var strayLine: Int?

    package init(line: Int) { self.line = line }
  }

  package private(set) var profiles: [String: Profile] = [:]

  package struct Unreadable: Error, Sendable, Equatable {
    /// To follow the file's name.
    package let complaint: String
  }

  package init(_ bytes: [UInt8], form: Form) throws(Unreadable) {
    guard bytes.count <= Self.sizeMax else {
      throw Unreadable(complaint: "has more than \(Self.sizeMax) bytes")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Unreadable(complaint: "is not UTF-8")
    }
    var reading = Reading(form: form)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var number = 0
    let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    for line in content.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      reading.take(line, number)
    }
    profiles = reading.profiles
  }

  package subscript(name: String) -> Profile? { profiles[name] }
}

extension ProfileFile {
  /// The state between two lines.
  private struct Reading {
    let form: Form
    var profiles: [String: Profile] = [:]
    /// Of the section that the lines belong to; nil before the first, and in one of no profile.
    private var profile: String?
    /// What a deeper line continues.
    private var key: (name: String, indentation: Int)?
    /// `[profile default]` of a config file stands above `[default]`.
    private var hasExplicitDefault = false

    init(form: Form) { self.form = form }

    mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) {
      let indentation = line.prefix(while: isBlank).count
      let text = trimmed(line)
      guard let first = text.first, first != hash, first != semicolon else { return }
      if let key, indentation > key.indentation {
        if let profile {
          profiles[profile]?.values[key.name]?.text += "\n" + String(decoding: text, as: UTF8.self)
        }
        return
      }
      key = nil
      if first == UInt8(ascii: "[") {
        open(text, number)
      } else if let profile {
        takePair(text, indentation, of: profile, number)
      }
    }

    private mutating func open(_ text: ArraySlice<UInt8>, _ number: Int) {
      profile = nil
      guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return }
      let words = trimmed(text[..<end].dropFirst())
      var name = words
      var isExplicit = false
      if form == .config {
        let first = words.prefix { !isBlank($0) }
        isExplicit = first.elementsEqual("profile".utf8)
        // Others are no profiles: [sso-session x], [services x].
        guard isExplicit || words.elementsEqual("default".utf8) else { return }
        if isExplicit { name = unquoted(trimmed(words[first.endIndex...])) }
      } else {
        name = unquoted(words)
      }
      guard !name.isEmpty else { return }
      let called = String(decoding: name, as: UTF8.self)
      if form == .config, called == "default" {
        if isExplicit, !hasExplicitDefault {
          hasExplicitDefault = true
          profiles[called] = nil
        } else if !isExplicit, hasExplicitDefault {
          return
        }
      }
      profile = called
      if profiles[called] == nil { profiles[called] = Profile(line: number) }
    }

    private mutating func takePair(
      _ text: ArraySlice<UInt8>, _ indentation: Int, of profile: String, _ number: Int
    ) {
      let separator = text.firstIndex { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
      let name = trimmed(text[..<(separator ?? text.startIndex)])
      guard let separator, !name.isEmpty else {
        if profiles[profile]?.strayLine == nil { profiles[profile]?.strayLine = number }
        return
      }
      let called = String(decoding: name, as: UTF8.self).lowercased()
      let value = withoutComment(trimmed(text[separator...].dropFirst()))
      profiles[profile]?.values[called] = Value(
        text: String(decoding: value, as: UTF8.self), line: number)
      key = (called, indentation)
    }

    private func unquoted(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      guard name.count >= 2, let first = name.first, first == name.last,
        first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
      else { return name }
      return name.dropFirst().dropLast()
    }

    /// A `#` or `;` behind a blank begins a comment; no key or token has either.
    private func withoutComment(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      var isBehindBlank = true
      for (index, byte) in zip(value.indices, value) {
        if isBehindBlank, byte == hash || byte == semicolon { return trimmed(value[..<index]) }
        isBehindBlank = isBlank(byte)
      }
      return value
    }

    private func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      let start = text.drop(while: isBlank)
      guard let last = start.lastIndex(where: { !isBlank($0) }) else { return [] }
      return start[...last]
    }

    /// A carriage return too: it stands at a line's end.
    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private let hash = UInt8(ascii: "#")
    private let semicolon = UInt8(ascii: ";")
  }
}
