import TelemetryModel
import Testing
import Uplinks

@Suite struct TransportSettingsTests {
  @Test func withoutAWordTheSystemsWaysAreUsed() throws {
    let settings = try TransportSettings(Settings(for: TransportSettings.options))
    #expect(settings == TransportSettings(caFile: nil, timeout: .seconds(30), proxy: nil))
  }

  @Test(arguments: ["proxy.example:3128", "http://user:pw@h:1", "socks5h://127.0.0.1:9050"])
  func whatTheIniSaysIsRead(proxy: String) throws {
    let settings = try TransportSettings(
      Settings(
        ["ca_file": "/etc/ssl/own.pem", "timeout": "5s"], secrets: ["proxy": Secret(proxy)],
        for: TransportSettings.options))
    #expect(
      settings
        == TransportSettings(
          caFile: "/etc/ssl/own.pem", timeout: .seconds(5), proxy: Secret(proxy)))
    #expect(!"\(settings)".contains(proxy))
  }

  @Test(arguments: ["", "ftp://user:pa55@h", "two words:pa55", "http://h\r\nX: pa55"])
  func aWrongProxyIsNamedWithoutItsPassword(proxy: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try TransportSettings(
        Settings([:], secrets: ["proxy": Secret(proxy)], for: TransportSettings.options))
    }
    #expect(error?.option == "proxy")
    #expect(error?.complaint.contains("pa55") == false)
  }

  @Test(arguments: ["0", "900ms", "11m", "30"])
  func aTimeoutOutOfRangeIsRefused(timeout: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try TransportSettings(Settings(["timeout": timeout], for: TransportSettings.options))
    }
    #expect(error?.option == "timeout")
  }
}
