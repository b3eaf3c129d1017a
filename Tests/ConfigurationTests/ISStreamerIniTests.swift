import EventBuffer
import FoundationEssentials
import TelemetryModel
import Testing

@testable import Configuration

/// Files of ISStreamer 2.0.0, with what the real client made of them, and what we do.
@Suite struct ISStreamerIniTests {
  private struct Capture: Decodable {
    var ini: String?
  }

  private func captured(_ name: String) throws -> String {
    let path = #filePath.dropLast("ISStreamerIniTests.swift".count) + "Fixtures/isstreamer/"
    let data = try Data(contentsOf: URL(filePath: "\(path)\(name).json"))
    let ini = try #require(try JSONDecoder().decode(Capture.self, from: data).ini)
    return ini.replacing("{port}", with: "8080")
  }

  private func uplink(_ ini: String) throws -> Configuration.UplinkSection {
    let configuration = try load(ini, name: "isstreamer.ini")
    #expect(configuration.isISStreamer)
    #expect(configuration.uplinks.count == 1)
    return try #require(configuration.uplinks.first)
  }

  @Test(arguments: [
    ("config_base_path", "ist_FAKEKEY123", "pi", "http://127.0.0.1:8080/is"),
    ("config_base_trailing_slash", "ist_FAKEKEY123", "pi", "http://127.0.0.1:8080/"),
    ("config_bucket_key_option", "a", "pi", "https://groker.init.st"),
    ("config_core_api_base", "a", "pi", "https://groker.init.st"),
    ("config_cwd_only", "cwd", "cwdb", "https://groker.init.st"),
    ("config_default_section", "fromdefault", "pi", "https://groker.init.st"),
    ("config_equals_and_case", "Abc", "My Bucket", "http://x"),
    ("config_home_wins", "cwd", "cwdb", "https://groker.init.st"),
    ("config_key_from_ini", "ist_FAKEKEY123", "Ini Bucket", "http://127.0.0.1:8080"),
    ("config_percent_pair", "a%b", "pi", "https://groker.init.st"),
    ("config_percent", "a%b", "pi", "https://groker.init.st"),
    ("config_quotes", "\"abc\"", "pi", "https://groker.init.st"),
    ("config_utf8_bom", "a", "pi", "https://groker.init.st"),
  ])
  func readsWhatTheClientReads(name: String, key: String, bucket: String, base: String) throws {
    let uplink = try uplink(try captured(name))
    #expect(uplink.name == "isstreamer")
    #expect(uplink.kind == "initialstate")
    #expect(try uplink.settings.secret("access_key").revealed == key)
    #expect(try uplink.settings.text("bucket_name") == bucket)
    #expect(try uplink.settings.text("api_base") == base)
    #expect(!uplink.isOffline)
  }

  @Test func continuationLinesJoin() throws {
    let ini = try captured("config_multiline") + "access_key: a\n"
    #expect(try uplink(ini).settings.text("bucket_name") == "a\nb")
  }

  @Test(arguments: [
    (
      "config_multiline",
      "1: isstreamer.client_config.access_key: is missing; "
        + "allowed: the value, @/path of a file with it, or ${VARIABLE}"
    ),
    (
      "config_empty_value",
      "2: isstreamer.client_config.access_key: is empty; "
        + "allowed: the value, @/path of a file with it, or ${VARIABLE}"
    ),
    (
      "config_no_scheme",
      "4: isstreamer.api_config.stream_api_base: is 'groker.init.st'; "
        + "allowed: an address that begins with http:// or https://"
    ),
  ])
  func whatCannotBeSentWithIsAMistake(name: String, complaint: String) throws {
    let mistakes = complaints(try captured(name), name: "isstreamer.ini")
    #expect(mistakes == ["isstreamer.ini:\(complaint)"])
  }

  @Test func aLineWithoutADelimiterIsAMistakeAsForTheClient() throws {
    let mistakes = complaints(try captured("config_no_value"), name: "isstreamer.ini")
    #expect(
      mistakes.contains(
        "isstreamer.ini:2: [isstreamer.client_config]: "
          + "has a line without = or :; allowed: name = value"))
  }

  @Test func whatTheClientIgnoresIsAWarning() throws {
    let ini = try captured("config_bucket_key_option")
    let configuration = try load(ini, name: "isstreamer.ini")
    #expect(try configuration.uplinks[0].settings.text("bucket_key") == "k")
    #expect(
      configuration.warnings == [
        "isstreamer.ini:3: isstreamer.client_config.bucket_key: is used, though ISStreamer "
          + "ignores it here",
        "isstreamer.ini:4: isstreamer.client_config.buffer_size: is ignored, as ISStreamer does; "
          + "flush_size of [buffer] is its like",
        "isstreamer.ini:5: isstreamer.client_config.debug_level: is ignored, as ISStreamer does",
        "isstreamer.ini: the file has no [sensor.NAME], so the board itself is watched "
          + "(driver = system)",
      ])
    let old = try load(try captured("config_core_api_base"), name: "isstreamer.ini")
    #expect(old.warnings[0].hasPrefix("isstreamer.ini:4: isstreamer.api_config.core_api_base: is"))
    let capitals = try load(try captured("config_equals_and_case"), name: "isstreamer.ini")
    #expect(capitals.warnings[0].contains("[ISStreamer.api_config]: is read, though ISStreamer"))
  }

  @Test func offlineModeSendsNothingAndKeepsAllOnDisk() throws {
    let configuration = try load(try captured("offline_ini"), name: "isstreamer.ini")
    #expect(configuration.uplinks[0].isOffline)
    #expect(configuration.uplinks[0].durability == .spool)
    #expect(
      configuration.warnings[0].hasPrefix(
        "isstreamer.ini:3: isstreamer.client_config.offline_mode: is on: nothing is sent"))
  }

  @Test(arguments: [
    ("false", false, false), ("False", false, true), ("no", false, true), ("0", false, true),
    ("true", true, true), ("True", true, true), ("on", true, true),
  ])
  func offlineModeTakesTheUsualBooleans(value: String, isOffline: Bool, isWarned: Bool) throws {
    let ini = "[isstreamer.client_config]\naccess_key: a\noffline_mode: \(value)\n"
    let configuration = try load(ini)
    #expect(configuration.uplinks[0].isOffline == isOffline)
    #expect(configuration.warnings.contains { $0.contains("offline_mode") } == isWarned)
  }

  @Test func anotherOfflineModeIsAMistake() {
    #expect(
      complaints("[isstreamer.client_config]\naccess_key: a\noffline_mode: maybe\n") == [
        "t.ini:3: isstreamer.client_config.offline_mode: is 'maybe'; allowed: true or false"
      ])
  }

  @Test func aBucketKeyIsMadeUpAndStaysTheSame() throws {
    let ini = "[isstreamer.client_config]\naccess_key: a\ndefault_bucket: Bob's \"4:2\" 🌡\n"
    #expect(try uplink(ini).settings.text("bucket_key") == "pi-Bobs 42 🌡")
    let long = ISStreamerIni.bucketKey(device: "pi", bucket: String(repeating: "b", count: 300))
    #expect(long.count == 250)
  }

  @Test func theBoardIsWatchedUnlessTheFileHasSensors() throws {
    let ini = "[isstreamer.client_config]\naccess_key: a\n"
    let alone = try load(ini)
    #expect(alone.sensors.map(\.driver) == ["system"])
    #expect(try alone.sensors[0].settings.text("every") == "30s")
    let mixed = try load(ini + minimal + "[buffer]\nflush_size = 7\n")
    #expect(mixed.sensors.map(\.name) == ["board"])
    #expect(mixed.uplinks.map(\.name) == ["cloud", "isstreamer"])
    #expect(mixed.uplinks.map(\.flushSize) == [7, 7])
    #expect(mixed.warnings.isEmpty)
  }

  @Test func anUplinkOfTheSameNameIsAMistake() {
    let ini = "[isstreamer.client_config]\naccess_key: a\n"
    #expect(
      complaints(ini + minimal.replacing("uplink.cloud", with: "uplink.ISStreamer")) == [
        "t.ini:1: [isstreamer.client_config]: makes an uplink of the name isstreamer, and so does "
          + "[uplink.isstreamer]; rename that one"
      ])
  }

  @Test func aMistypedSectionIsAMistakeAndAForeignOneIsIgnored() throws {
    let ini = "[isstreamer.client_config]\naccess_key: a\n"
    #expect(
      complaints(ini + "[isstreamer.api_confg]\nstream_api_base: http://x\n") == [
        "t.ini:3: [isstreamer.api_confg]: is not a section of ISStreamer's "
          + "(did you mean [isstreamer.api_config]?)"
      ])
    let foreign = try load(ini + "[isstreamer.notes]\na: b\n")
    #expect(foreign.warnings[0] == "t.ini:3: [isstreamer.notes]: is ignored, as ISStreamer does")
  }

  @Test func defaultsAloneAreNotISStreamers() {
    #expect(
      complaints("[DEFAULT]\naccess_key: a\n" + minimal) == [
        "t.ini:1: [DEFAULT]: is not a section; "
          + "allowed: [telemetryd], [buffer], [spool], [uplink.NAME], [sensor.NAME]"
      ])
  }

  @Test func textIsNotAVariable() throws {
    let ini = "[isstreamer.client_config]\naccess_key: a\ndefault_bucket: ${HOME}\n"
    #expect(try uplink(ini).settings.text("bucket_name") == "${HOME}")
  }

  @Test func theFileIsLookedForWhereTheClientLooks() {
    #expect(ISStreamerIni.candidates(explicit: "x.ini", home: "/home/pi") == ["x.ini"])
    #expect(
      ISStreamerIni.candidates(explicit: nil, home: "/home/pi") == [
        "/home/pi/isstreamer.ini", "./isstreamer.ini",
      ])
    #expect(ISStreamerIni.candidates(explicit: nil, home: nil) == ["./isstreamer.ini"])
  }
}
