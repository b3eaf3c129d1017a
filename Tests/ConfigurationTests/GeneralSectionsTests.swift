import EventBuffer
import TelemetryModel
import Testing

@testable import Configuration

@Suite struct GeneralSectionsTests {
  @Test func aFlushLargerThanTheBufferIsAMistakeWhereItIsWritten() {
    let allowed = "allowed: a flush_size that is at most the capacity"
    #expect(
      complaints(minimal + "[buffer]\ncapacity = 100\nflush_size = 200\n") == [
        "t.ini:9: buffer.flush_size: flush_size is 200 and capacity 100; \(allowed)"
      ])
    #expect(
      complaints(
        "[buffer]\nflush_size = 200\n" + minimal + "[uplink.b]\nkind = kinesis\n"
          + "stream = s\nregion = r\ncapacity = 100\n") == [
          "t.ini:13: uplink.b.capacity: flush_size is 200 and capacity 100; \(allowed)"
        ])
  }

  @Test func aSpoolHoldsTwoSegments() throws {
    let complaint = "limit is 1M and segment 1M; allowed: a limit of at least two segments"
    #expect(
      complaints(minimal + "[spool]\nlimit = 1M\n") == ["t.ini:8: spool.limit: \(complaint)"])
    #expect(
      complaints(minimal + "[spool]\nsegment = 200M\n") == [
        "t.ini:8: spool.segment: limit is 256M and segment 200M; "
          + "allowed: a limit of at least two segments"
      ])
    #expect(try load(minimal + "[spool]\nlimit = 2M\n").spool.limit == 2_097_152)
  }

  @Test(arguments: [
    ("/var/lib/telemetryd", "/run/telemetryd/control.sock"), ("/srv/t", "/srv/t/control.sock"),
    ("/srv/t/", "/srv/t/control.sock"),
  ])
  func theSocketIsBesideTheState(state: String, socket: String) throws {
    let configuration = try load(minimal + "[telemetryd]\nstate_directory = \(state)\n")
    #expect(configuration.controlSocket == socket)
  }

  @Test func aSocketPathThatTheKernelCannotTakeIsAMistake() throws {
    let path = "/" + String(repeating: "a", count: 107)
    #expect(
      complaints(minimal + "[telemetryd]\ncontrol_socket = \(path)\n") == [
        "t.ini:8: telemetryd.control_socket: has 108 bytes; allowed: at most 107"
      ])
    let other = try load(minimal + "[telemetryd]\nstate_directory = \(path)\n")
    #expect(
      other.warnings == [
        "t.ini:8: telemetryd.state_directory: is too long for a socket in it (121 bytes of 107): "
          + "status, top, tap and log will not find the agent; set control_socket to a shorter path"
      ])
  }

  @Test func theWaitForTheClockIsAQuarterOfAnHourOrAsGiven() throws {
    #expect(try load(minimal).clockWait == .seconds(900))
    #expect(try load(minimal + "[telemetryd]\nclock_wait = 0\n").clockWait == .zero)
    #expect(try load(minimal + "[telemetryd]\nclock_wait = 24h\n").clockWait == .seconds(86_400))
    #expect(complaints(minimal + "[telemetryd]\nclock_wait = 25h\n").count == 1)
  }

  @Test(arguments: ConfigurationReader.general.flatMap(\.options) + GeneralOptions.uplink)
  func everyFallbackIsItselfAllowed(option: Option) {
    guard case .value(let value) = option.fallback else { return }
    #expect(option.complaint(about: value) == nil)
  }

  @Test(arguments: [
    ("telemetryd", "grace", "5m", "301s"), ("buffer", "capacity", "100", "99"),
    ("buffer", "capacity", "1000000", "1000001"), ("buffer", "flush_interval", "100ms", "99ms"),
    ("buffer", "flush_interval", "1h", "3601s"), ("buffer", "flush_size", "1", "0"),
    ("spool", "segment", "64K", "65535"), ("buffer", "durability", "SPOOL", "disk"),
  ])
  func boundsAreInclusive(section: String, key: String, good: String, bad: String) {
    #expect(complaints(minimal + "[\(section)]\n\(key) = \(good)\n").isEmpty)
    let mistakes = complaints(minimal + "[\(section)]\n\(key) = \(bad)\n")
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.hasPrefix("t.ini:8: \(section).\(key): is '\(bad)'; allowed: ") == true)
  }
}
