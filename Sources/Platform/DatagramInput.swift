import Glibc
import SensorDrivers

/// A Unix datagram socket that other programs send events to. Made with the object and removed with
/// it.
final class DatagramInput: OpenInput {
  let canWait = false
  private let path: String
  private let socket: Descriptor
  /// Of the socket's file, so that only our own is removed.
  private let inode: ino_t

  var descriptor: Int32? { socket.number }

  init(_ path: String) throws(HardwareError) {
    let socket = try Self.makeSocket()
    let address = try Self.address(path)
    try Self.clear(path, address)
    if case .failure(let errno) = address.call({ bind(socket.number, $0, $1) }) {
      throw HardwareError(errno, "make the socket \(path)")
    }
    var status = stat()
    guard case .success = Errno.retrying({ chmod(path, Self.mode) }),
      case .success = Errno.retrying({ lstat(path, &status) })
    else {
      unlink(path)
      throw HardwareError(.other, "make the socket \(path): its mode cannot be set")
    }
    self.path = path
    self.socket = socket
    inode = status.st_ino
  }

  deinit {
    var status = stat()
    if lstat(path, &status) == 0, status.st_ino == inode { unlink(path) }
  }

  /// Programs of the same group may send.
  private static let mode: mode_t = 0o660
  /// Bytes of a datagram. With the kernel's defaults a sender can make larger ones, up to 208 KiB,
  /// but some hundred lines at once is no telemetry.
  static let datagramMax = 64 << 10

  func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    var result: Result<Int, Errno> = .success(0)
    var bytes = [UInt8](unsafeUninitializedCapacity: Self.datagramMax) { buffer, filled in
      let flags = Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC)
      result = Errno.retrying {
        recv(socket.number, buffer.baseAddress, Self.datagramMax, flags)
      }
      filled = min((try? result.get()) ?? 0, Self.datagramMax)
    }
    switch result {
    case .success(let length):
      // A cut last line must not pass for a whole one: no format of lines has a NUL in it.
      if length > Self.datagramMax { bytes.append(0) }
      return .datagram(bytes)
    case .failure(Errno(EAGAIN)): return .nothing
    case .failure(let errno): throw HardwareError(errno, "read \(path)")
    }
  }

  // MARK: Making

  private static func makeSocket() throws(HardwareError) -> Descriptor {
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    switch Errno.retrying({ Glibc.socket(AF_UNIX, type, 0) }) {
    case .success(let number): return Descriptor(number)
    case .failure(let errno): throw HardwareError(errno, "make a socket")
    }
  }

  /// Removes a socket that nobody reads any more; anything else at the path stays.
  private static func clear(_ path: String, _ address: Address) throws(HardwareError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw HardwareError(.other, "make the socket \(path): something else is there")
    }
    let probe = try makeSocket()
    switch address.call({ connect(probe.number, $0, $1) }) {
    case .failure(Errno(ECONNREFUSED)): unlink(path)
    case .failure(let errno): throw HardwareError(errno, "make the socket \(path)")
    case .success:
      throw HardwareError(.busy, "make the socket \(path): another program reads it")
    }
  }

  private static func address(_ path: String) throws(HardwareError) -> Address {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let text = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard (1...room).contains(text.count), !text.contains(0) else {
      throw HardwareError(.other, "a socket's path has 1 to \(room) bytes: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
    return Address(address)
  }
}

/// A socket's address, as system calls take it.
private struct Address {
  private let address: sockaddr_un
  init(_ address: sockaddr_un) { self.address = address }

  func call(
    _ function: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Result<Int32, Errno> {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
        Errno.retrying { function(rebound, socklen_t(MemoryLayout<sockaddr_un>.size)) }
      }
    }
  }
}
