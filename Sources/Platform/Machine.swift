import CLinux
import Glibc

/// Facts about the machine and the process.
package enum Machine {
  /// The host's name, as the kernel has it.
  package static var hostName: String {
    var name = utsname()
    guard uname(&name) == 0 else { return "localhost" }
    return withUnsafeBytes(of: &name.nodename) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// True when the running kernel's release is this version or a newer one.
  static func isKernelAtLeast(_ major: Int, _ minor: Int) -> Bool {
    var name = utsname()
    guard uname(&name) == 0 else { return false }
    let release = withUnsafeBytes(of: &name.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return isRelease(release, atLeast: major, minor)
  }

  /// - Parameter release: as `uname -r` says it: `6.1.0-26-arm64`.
  static func isRelease(_ release: String, atLeast major: Int, _ minor: Int) -> Bool {
    let numbers = release.split { !$0.isASCII || !$0.isNumber }.prefix(2).compactMap { Int($0) }
    guard numbers.count == 2 else { return false }
    return (numbers[0], numbers[1]) >= (major, minor)
  }

  package static var environment: [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let pointer = entry.pointee {
      let text = String(cString: pointer)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      entry += 1
    }
    return variables
  }

  /// A random UUID from the kernel; nil where /proc is missing.
  package static var uuid: String? { KernelBoot.id(at: "/proc/sys/kernel/random/uuid") }

  package static var processIdentifier: Int32 { getpid() }

  package static var isStandardOutputTerminal: Bool { isatty(1) == 1 }

  /// Writes all of it to standard output (1) or standard error (2), as one piece where the kernel
  /// allows; errors are nobody's to hear of.
  package static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      written += count
    }
  }
}
