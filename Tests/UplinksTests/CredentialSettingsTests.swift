import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct CredentialSettingsTests {
  private static let iot = [
    "credentials": "iot", "iot_role_alias": "telemetry", "iot_certificate": "/etc/cert.pem",
    "iot_endpoint": "c2example.credentials.iot.eu-west-1.amazonaws.com",
    "iot_private_key": "/etc/key.pem",
  ]

  private func read(
    _ values: [String: String], secrets: [String: String] = [:]
  ) throws(Settings.Invalid) -> CredentialSettings {
    try CredentialSettings(
      Settings(
        values, secrets: secrets.mapValues { Secret($0) }, for: CredentialSettings.options))
  }

  private func mistake(
    _ values: [String: String], secrets: [String: String] = [:]
  ) -> String? {
    do throws(Settings.Invalid) {
      _ = try read(values, secrets: secrets)
      return nil
    } catch { return "\(error.option) \(error.complaint)" }
  }

  private func names(
    _ values: [String: String], secrets: [String: String] = [:]
  ) throws -> [String] {
    try read(values, secrets: secrets).chain(with: testServices(NoTransport())).sources.map(\.name)
  }

  @Test func withoutAWordTheUsualPlacesAreAskedButNotTheNetworkOfAnInstance() throws {
    let names = try names([:])
    #expect(names.count == 3)
    #expect(Array(names.prefix(2)) == ["the environment", "the profile default"])
    let chain = try read([:]).chain(with: testServices(NoTransport())).sources
    #expect(chain.last is ContainerCredentials)
  }

  @Test func theSectionsOwnKeysStandAlone() throws {
    #expect(
      try names(["access_key_id": "A"], secrets: ["secret_access_key": "s"])
        == ["access_key_id of the ini"])
  }

  @Test(arguments: [
    (["access_key_id": "A"], [:], "secret_access_key is missing"),
    ([:], ["secret_access_key": "s"], "access_key_id is missing"),
    ([:], ["session_token": "t"], "secret_access_key is missing"),
    (["access_key_id": "A B"], ["secret_access_key": "s"], "access_key_id is empty, or holds"),
  ])
  func halfAPairIsAMistake(
    values: [String: String], secrets: [String: String], start: String
  ) {
    #expect(mistake(values, secrets: secrets)?.hasPrefix(start) == true)
  }

  @Test func aProfileIsAskedAlone() throws {
    #expect(try names(["profile": "field"]) == ["the profile field"])
    #expect(try names(["profile": "field", "credentials": "profile"]) == ["the profile field"])
    #expect(try names(["credentials": "profile"]) == ["the profile default"])
  }

  @Test func eachChoiceAsksItsSource() throws {
    #expect(try names(["credentials": "environment"]) == ["the environment"])
    func chain(_ values: [String: String]) throws -> [any CredentialSource] {
      try read(values).chain(with: testServices(NoTransport())).sources
    }
    #expect(try chain(["credentials": "container"]).first is ContainerCredentials)
    #expect(try chain(["credentials": "instance"]).first is InstanceCredentials)
    let iot = try chain(Self.iot)
    #expect(iot.count == 1 && iot.first is IoTCredentials)
    #expect(mistake(["credentials": "imds"])?.contains("allowed: auto, environment") == true)
  }

  @Test(arguments: [
    (["profile": "x", "access_key_id": "A"], "profile cannot stand beside access_key_id"),
    (
      ["credentials": "iot", "access_key_id": "A"], "credentials cannot stand beside access_key_id"
    ),
    (["credentials": "iot", "profile": "x"], "profile cannot stand beside credentials"),
    (["iot_role_alias": "x"], "iot_role_alias is only for credentials = iot"),
  ])
  func twoPlacesAreAMistake(values: [String: String], start: String) {
    let secrets = values["access_key_id"] == nil ? [:] : ["secret_access_key": "s"]
    #expect(mistake(values, secrets: secrets)?.hasPrefix(start) == true)
  }

  // MARK: IoT

  @Test func allOfIoTIsRead() throws {
    let more = ["iot_thing_name": "pump-1", "iot_ca_file": "/etc/ca.pem"]
    let settings = try read(Self.iot.merging(more) { $1 })
    let iot = try #require(settings.iot)
    #expect(iot.endpoint.url == "https://c2example.credentials.iot.eu-west-1.amazonaws.com")
    #expect(iot.roleAlias == "telemetry")
    #expect(iot.thingName == "pump-1")
    #expect(iot.certificate.certificateFile == "/etc/cert.pem")
    #expect(iot.certificate.keyFile == "/etc/key.pem")
    #expect(iot.caFile == "/etc/ca.pem")
    #expect(settings.chain(with: testServices(NoTransport())).keyFiles == ["/etc/key.pem"])
    #expect(try read(Self.iot).iot?.thingName == nil)
  }

  @Test func eachOptionThatIoTLacksIsNamed() {
    #expect(
      mistake(["credentials": "iot", "iot_certificate": "/c"])
        == "credentials is iot, which also wants iot_endpoint, iot_role_alias, iot_private_key")
  }

  @Test(arguments: [
    ("iot_endpoint", "http://127.0.0.1:1"), ("iot_endpoint", "a b"), ("iot_role_alias", "a/b"),
    ("iot_role_alias", String(repeating: "x", count: 129)), ("iot_thing_name", "a b"),
    ("iot_thing_name", "x\r\nHost: y"),
  ])
  func whatCannotBeNamedInARequestIsAMistake(option: String, value: String) {
    #expect(mistake(Self.iot.merging([option: value]) { $1 })?.hasPrefix(option) == true)
  }

  @Test func aTestServersEndpointMayHaveAPort() throws {
    let values = Self.iot.merging(["iot_endpoint": "https://127.0.0.1:8443"]) { $1 }
    #expect(try read(values).iot?.endpoint.url == "https://127.0.0.1:8443")
  }
}
