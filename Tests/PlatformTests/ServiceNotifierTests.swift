import Glibc
import Testing

@testable import Platform

@Suite struct ServiceNotifierTests {
  /// The manager's end: a datagram socket at a path, or under an abstract name (`@...`).
  private final class Manager {
    let address: String
    private let descriptor: Int32

    init(isAbstract: Bool) throws {
      let name = "telemetryd-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
      address = isAbstract ? "@\(name)" : "/tmp/\(name)"
      descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var socketAddress = sockaddr_un()
      socketAddress.sun_family = sa_family_t(AF_UNIX)
      var bytes = Array(address.utf8)
      if isAbstract { bytes[0] = 0 }
      withUnsafeMutableBytes(of: &socketAddress.sun_path) { $0.copyBytes(from: bytes) }
      let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
      let bound = withUnsafePointer(to: &socketAddress) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
      }
      try #require(bound == 0)
    }

    deinit {
      close(descriptor)
      if address.hasPrefix("/") { unlink(address) }
    }

    /// What waits to be read; nil when nothing does.
    func next() -> String? {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }

  @Test(arguments: [false, true])
  func eachNoticeIsOneDatagram(isAbstract: Bool) throws {
    let manager = try Manager(isAbstract: isAbstract)
    let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": manager.address])
    notifier.ready()
    notifier.watchdog()
    notifier.status("2 sensors, 1 uplink")
    notifier.stopping()
    let wanted = ["READY=1", "WATCHDOG=1", "STATUS=2 sensors, 1 uplink", "STOPPING=1"]
    for text in wanted { #expect(manager.next() == text) }
    #expect(manager.next() == nil)
  }

  @Test func withoutAManagerNothingHappens() {
    let addresses = ["", "/tmp/telemetryd-nobody", "@", String(repeating: "x", count: 300)]
    for environment in [[:]] + addresses.map({ ["NOTIFY_SOCKET": $0] }) {
      ServiceNotifier(environment: environment).ready()
    }
  }

  @Test func theWatchdogIsFedTwiceInItsTime() {
    func interval(_ text: String) -> Duration? {
      ServiceNotifier(environment: ["WATCHDOG_USEC": text]).watchdogInterval
    }
    #expect(interval("30000000") == .seconds(15))
    for text in ["", "0", "-5", "soon"] { #expect(interval(text) == nil) }
    #expect(ServiceNotifier(environment: [:]).watchdogInterval == nil)
  }
}
