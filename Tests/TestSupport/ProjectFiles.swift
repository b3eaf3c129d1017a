import Glibc

/// Files of the project that several test targets read, found from this file's own place.
package enum ProjectFiles {
  /// Tests/TestSupport/ProjectFiles.swift stands three below the root.
  package static func root(_ here: String = #filePath) -> String {
    here.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  }

  /// The texts of a folder's files, in the order of their names.
  package static func texts(in folder: String, suffix: String) -> [String] {
    let path = "\(root())/\(folder)"
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { text("\(path)/\($0)") }
  }

  /// nil when it cannot be read.
  package static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
