import EventBuffer
import TelemetryModel
import Testing

@testable import Configuration

@Suite struct ConfigurationReaderTests {
  @Test func aMinimalFileTakesTheFallbacks() throws {
    let configuration = try load(minimal)
    #expect(configuration.device == "pi")
    #expect(configuration.stateDirectory == "/var/lib/telemetryd")
    #expect(configuration.controlSocket == "/run/telemetryd/control.sock")
    #expect(configuration.grace == .seconds(5))
    #expect(
      configuration.spool == .init(limit: 268_435_456, segment: 1_048_576, sync: .seconds(5)))
    #expect(configuration.warnings.isEmpty)
    #expect(!configuration.isISStreamer)
    let uplink = try #require(configuration.uplinks.first)
    #expect(uplink.name == "cloud")
    #expect(uplink.kind == "kinesis")
    #expect(uplink.flushSize == 10)
    #expect(uplink.flushInterval == .seconds(10))
    #expect(uplink.capacity == 10_000)
    #expect(uplink.durability == .memory)
    #expect(uplink.caFile == nil)
    #expect(uplink.timeout == .seconds(30))
    #expect(uplink.proxy == nil)
    #expect(!uplink.isOffline)
    #expect(try uplink.settings.text("stream") == "readings")
    #expect(configuration.sensors.map(\.name) == ["board"])
    #expect(configuration.sensors.map(\.driver) == ["system"])
  }

  @Test func everyValueIsRead() throws {
    let configuration = try load(
      """
      [TelemetryD]
      Device = greenhouse-pi
      state_directory = /tmp/state
      control_socket: /tmp/c.sock
      grace = 1m
      [buffer]
      capacity = 500
      flush_size = 50
      flush_interval = 1.5s
      durability = spool
      [spool]
      limit = 2M
      segment = 64K
      sync = 0
      [uplink.A]
      kind = Kinesis
      stream = s
      region = r
      [uplink.b]
      kind = initialstate
      bucket_name = B
      bucket_key = b
      access_key = k
      ca_file = /etc/ca.pem
      timeout = 5s
      proxy = http://me:hidden@proxy:3128
      flush_size = 5
      flush_interval = 100ms
      capacity = 100
      durability = memory
      [sensor.Greenhouse]
      driver = BME280
      address = 0x77
      """)
    #expect(configuration.device == "greenhouse-pi")
    #expect(configuration.controlSocket == "/tmp/c.sock")
    #expect(configuration.grace == .seconds(60))
    #expect(configuration.spool == .init(limit: 2_097_152, segment: 65_536, sync: .zero))
    let uplinks = configuration.uplinks
    #expect(uplinks.map(\.name) == ["A", "b"])
    #expect(uplinks.map(\.kind) == ["kinesis", "initialstate"])
    #expect(uplinks.map(\.flushSize) == [50, 5])
    #expect(uplinks.map(\.flushInterval) == [.milliseconds(1500), .milliseconds(100)])
    #expect(uplinks.map(\.capacity) == [500, 100])
    #expect(uplinks.map(\.durability) == [.spool, .memory])
    #expect(uplinks.map(\.caFile) == [nil, "/etc/ca.pem"])
    #expect(uplinks.map(\.timeout) == [.seconds(30), .seconds(5)])
    #expect(uplinks[1].proxy?.revealed == "http://me:hidden@proxy:3128")
    let sensor = try #require(configuration.sensors.first)
    #expect(sensor.name == "Greenhouse")
    #expect(sensor.driver == "bme280")
    #expect(sensor.settings.name == "Greenhouse")
    #expect(try sensor.settings.integer("address") == 0x77)
    #expect(!"\(configuration)".contains("hidden"))
  }

  @Test func tenMistakesAreReportedAtOnce() {
    let text = """
      stray
      [telemetryd]
      grace = 1w
      devize = a
      [bufer]
      capacity = 5
      [buffer]
      capacity = 5
      capacity = 500
      [uplink.cloud]
      kind = kinesys
      [uplink.other]
      kind = kinesis
      stream = s
      access_key_id = a
      [sensor.door]
      driver = line
      bias = up
      no delimiter
      [sensor.bad name]
      driver = system
      """
    #expect(
      complaints(text) == [
        "t.ini:1: is text before the first [section]; allowed: comments and blank lines",
        "t.ini:3: telemetryd.grace: is '1w'; allowed: a time from 0 to 5m, "
          + "e.g. 500ms, 10s, 5m, 1h",
        "t.ini:4: telemetryd.devize: is not known here; "
          + "allowed: clock_wait, control_socket, device, grace, state_directory "
          + "(did you mean 'device'?)",
        "t.ini:5: [bufer]: is not a section; "
          + "allowed: [telemetryd], [buffer], [spool], [uplink.NAME], [sensor.NAME] "
          + "(did you mean [buffer]?)",
        "t.ini:8: buffer.capacity: is '5'; allowed: a whole number from 100 to 1000000",
        "t.ini:9: buffer.capacity: is here a second time; the first is in line 8",
        "t.ini:11: uplink.cloud.kind: is 'kinesys'; allowed: kinesis, initialstate "
          + "(did you mean 'kinesis'?)",
        "t.ini:12: uplink.other.region: is missing; allowed: any text but an empty one",
        "t.ini:16: sensor.door.line: is missing; allowed: any text but an empty one",
        "t.ini:18: sensor.door.bias: is 'up'; allowed: as-is, pull-up, pull-down",
        "t.ini:19: [sensor.door]: has a line without = or :; allowed: name = value",
        "t.ini:20: [sensor.bad name]: cannot have this name; "
          + "allowed: 1 to 64 letters (a-z), digits, _ and -",
      ])
  }

  @Test func whatADriverOrUplinkSaysOfItsOptionsTogetherHasItsLine() {
    let text =
      minimal + """
        [sensor.warm]
        driver = bme280
        offset = 7
        [uplink.half]
        kind = kinesis
        stream = s
        region = r
        access_key_id = a
        """
    #expect(
      complaints(text) == [
        "t.ini:9: sensor.warm.offset: is 7.0; allowed on bus 1: up to 5",
        "t.ini:14: uplink.half.access_key_id: stands alone; secret_access_key belongs to it",
      ])
  }

  @Test func aSectionWithMistakesIsNotTriedAsWell() {
    let text = minimal + "[sensor.warm]\ndriver = bme280\noffset = 7\nevery = soon\n"
    #expect(
      complaints(text) == [
        "t.ini:10: sensor.warm.every: is 'soon'; allowed: a time from 100ms to 1d, "
          + "e.g. 500ms, 10s, 5m, 1h"
      ])
  }

  @Test func anUnknownDriverIsOneMistake() {
    let allowed = "allowed: bme280, line, system, simulated"
    #expect(
      complaints(minimal + "[sensor.x]\ndriver = bme208\nbus = 7\n") == [
        "t.ini:8: sensor.x.driver: is 'bme208'; \(allowed) (did you mean 'bme280'?)"
      ])
    #expect(
      complaints(minimal + "[sensor.x]\nbus = 7\n") == [
        "t.ini:7: sensor.x.driver: is missing; \(allowed)"
      ])
  }

  @Test func eachPurposeDemandsWhatItNeeds() {
    let sensor = "t.ini:1: the file has no sensor; at least one [sensor.NAME] is needed"
    let uplink = "t.ini:1: the file has no uplink; at least one [uplink.NAME] is needed"
    #expect(complaints("", in: context(.run)) == [sensor, uplink])
    #expect(complaints("", in: context(.test)) == [sensor])
    #expect(complaints("", in: context(.uplinks)).isEmpty)
    #expect(complaints("", in: context(.control)).isEmpty)
  }

  @Test(arguments: ["", "a b", "ä", "a.b", "a/b", String(repeating: "a", count: 65)])
  func namesThatWouldBreakAPathAreMistakes(name: String) {
    #expect(complaints(minimal + "[sensor.\(name)]\ndriver = system\n").count == 1)
  }

  @Test(arguments: ["a", "A_b-9", String(repeating: "a", count: 64)])
  func plainNamesAreAllowed(name: String) {
    #expect(complaints(minimal + "[sensor.\(name)]\ndriver = system\n").isEmpty)
  }

  @Test func namesAreUniqueWhateverTheirCase() {
    #expect(
      complaints(minimal + "[sensor.BOARD]\ndriver = system\n") == [
        "t.ini:7: [sensor.BOARD]: is here a second time; the first is in line 5"
      ])
  }
}
