import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct IoTCredentialsTests {
  private let certificate = TransportSettings.ClientCertificate(
    certificateFile: "/etc/device.pem", keyFile: "/etc/device.key")
  private let lent = """
    {"credentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"s3cr3t",\
    "sessionToken":"t0ken","expiration":"2023-02-06T05:54:46Z"}}
    """

  private func source(
    _ service: LendingService, thingName: String? = nil, caFile: String? = nil,
    settings: TransportSettings = TransportSettings(), time: StillTime = StillTime()
  ) throws -> IoTCredentials {
    IoTCredentials(
      CredentialSettings.IoT(
        endpoint: try IoTCredentials.address("iot_endpoint", "c2x.credentials.iot.example"),
        roleAlias: "green=house,1@a-b_c", thingName: thingName, certificate: certificate,
        caFile: caFile),
      services: service.services(settings: settings, time: time))
  }

  private func failure(
    _ service: LendingService, time: StillTime = StillTime()
  ) throws -> CredentialFailure? {
    let source = try source(service, time: time)
    return #expect(throws: CredentialFailure.self) { try source.fetch() }
  }

  @Test func itAsksForTheRoleAliasAndGivesWhatIsLent() throws {
    let service = LendingService(200, lent, [lendingDate])
    let source = try source(service)
    #expect(source.name == "IoT role alias green=house,1@a-b_c")
    #expect(service.requests.isEmpty)
    let fetched = try source.fetch()
    #expect(fetched.lifetime == .seconds(3599))
    #expect(fetched.credentials.accessKeyID == "ASIAEXAMPLE")
    let request = try #require(service.requests.first)
    #expect(request.method == "GET")
    #expect(
      request.url
        == "https://c2x.credentials.iot.example/role-aliases/green=house,1@a-b_c/credentials")
    #expect(request[header: "x-amzn-iot-thingname"] == nil)
    #expect(request[header: "User-Agent"] == "telemetryd/test")
    #expect(request.body.isEmpty)
  }

  @Test func theThingsNameIsSentWhereThereIsOne() throws {
    let service = LendingService(200, lent, [lendingDate])
    _ = try source(service, thingName: "pi-7").fetch()
    #expect(service.requests[0][header: "x-amzn-iot-thingname"] == "pi-7")
  }

  @Test func theDeviceShowsItsCertificateOnTheUplinksWay() throws {
    let service = LendingService(200, lent, [lendingDate])
    let settings = TransportSettings(
      caFile: "/etc/ca.pem", timeout: .seconds(7), proxy: Secret("proxy:3128"))
    let source = try source(service, settings: settings)
    // One transport for all that is asked.
    _ = try source.fetch()
    _ = try source.fetch()
    let way = try #require(service.ways.first)
    #expect(service.ways.count == 1)
    #expect(way.clientCertificate == certificate)
    #expect(way.caFile == "/etc/ca.pem")
    #expect(way.timeout == .seconds(7))
    #expect(way.proxy == Secret("proxy:3128"))
    #expect(way.usesProxy)
  }

  @Test func anAuthorityOfItsOwnReplacesTheUplinks() throws {
    let service = LendingService(200, lent, [lendingDate])
    _ = try self.source(
      service, caFile: "/etc/iot.pem", settings: TransportSettings(caFile: "/etc/ca.pem"))
    #expect(service.ways.first?.caFile == "/etc/iot.pem")
  }

  // MARK: Failures

  @Test func anUnknownRoleAliasIsNamed() throws {
    #expect(
      try failure(LendingService(404, #"{"message":"Role alias does not exist"}"#))
        == CredentialFailure(
          .hold,
          "the IoT credentials endpoint c2x.credentials.iot.example answered HTTP 404: Role alias "
            + "does not exist (is there a role alias green=house,1@a-b_c in this account and "
            + "region?)"))
  }

  @Test func aCertificateWithoutTheRightIsToldWhatItNeeds() throws {
    let failure = try failure(LendingService(403, #"{"message":"Access Denied"}"#))
    #expect(failure?.kind == .hold)
    #expect(failure?.reason.contains("Access Denied (is the certificate active") == true)
    #expect(failure?.reason.contains("iot:AssumeRoleWithCertificate") == true)
  }

  @Test(arguments: [
    (HTTPFailure.Kind.connection, false), (.timedOut, false), (.badAnswer, false),
    (.aborted, false), (.tls, true), (.certificateTime, true), (.proxy, true),
  ])
  func whatAPersonMustMendHolds(_ kind: HTTPFailure.Kind, holds: Bool) throws {
    let failure = try failure(LendingService(.failure(HTTPFailure(kind, "no way"))))
    #expect(
      failure
        == CredentialFailure(
          holds ? .hold : .transient,
          "the IoT credentials endpoint c2x.credentials.iot.example: no way"))
  }

  @Test func aCertificatesTimeIsNotBelievedWhileTheClockIsNotSet() throws {
    let time = StillTime()
    time.synchronised = false
    let failure = try failure(
      LendingService(.failure(HTTPFailure(.certificateTime, "certificate is not yet valid"))),
      time: time)
    #expect(failure?.kind == .transient)
    #expect(failure?.reason.hasSuffix("(and the clock is not set yet)") == true)
  }

  // MARK: The endpoint

  @Test(arguments: [
    ("c2x.credentials.iot.eu-west-1.amazonaws.com", "c2x.credentials.iot.eu-west-1.amazonaws.com"),
    ("https://C2x.example/", "c2x.example"), ("localhost:8443", "localhost:8443"),
    ("https://[::1]:8443", "[::1]:8443"),
  ])
  func anEndpointIsAHostOrItsURL(_ text: String, _ host: String) throws {
    let address = try IoTCredentials.address("iot_endpoint", text)
    #expect(address.host == host)
    #expect(address.url == "https://" + host)
  }

  @Test(arguments: [
    "http://c2x.example", "c2x.example/path", "https://c2x.example/path", "", "a b",
    "me:pa55word@c2x.example", "a2x-ats.iot.eu-west-1.amazonaws.com",
  ])
  func whatIsNoEndpointForCredentialsIsRefused(_ text: String) {
    let invalid = #expect(throws: Settings.Invalid.self) {
      try IoTCredentials.address("iot_endpoint", text)
    }
    #expect(invalid?.option == "iot_endpoint")
    #expect(invalid?.complaint.contains("allowed: ") == true)
    #expect(invalid?.complaint.contains("pa55word") == false)
  }
}
