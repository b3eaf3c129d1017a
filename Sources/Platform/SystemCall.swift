import Glibc

/// A file descriptor that is closed when its last owner lets go of it.
final class Descriptor {
  let number: Int32

  init(_ number: Int32) { self.number = number }
  deinit { close(number) }

  /// Opens `path`, close-on-exec; on failure gives the errno.
  static func open(_ path: String, _ flags: Int32) -> Result<Descriptor, Errno> {
    switch Errno.retrying({ Glibc.open(path, flags | O_CLOEXEC) }) {
    case .success(let number): .success(Descriptor(number))
    case .failure(let errno): .failure(errno)
    }
  }
}

/// An error number of the kernel, with its text.
struct Errno: Error, Equatable {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  /// "No such file or directory" in the C library's words, in lower case to follow a colon.
  var text: String {
    guard let words = strerror(code) else { return "error \(code)" }
    let text = String(cString: words)
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  /// Calls again while a signal interrupts; a negative result becomes the errno it left.
  static func retrying<Number: SignedInteger>(_ call: () -> Number) -> Result<Number, Errno> {
    while true {
      let result = call()
      let code = errno
      if result >= 0 { return .success(result) }
      if code != EINTR { return .failure(Errno(code)) }
    }
  }
}
