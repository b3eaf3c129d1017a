import Glibc
import Platform
import TelemetryModel
import Testing
import Uplinks

/// Client certificates by CurlTransport, before a server that demands them.
@Suite struct ClientCertificateTests {
  private func transport(
    _ server: TLSServer, certificate: String? = "device.pem", key: String = "device.key",
    authority: String = "ca.pem"
  ) -> CurlTransport {
    CurlTransport(
      TransportSettings(
        caFile: server.path(authority), timeout: .seconds(20), usesProxy: false,
        clientCertificate: certificate.map {
          TransportSettings.ClientCertificate(
            certificateFile: server.path($0), keyFile: server.path(key))
        }), time: SystemClock())
  }

  private func answer(
    _ transport: CurlTransport, _ server: TLSServer, host: String = "localhost"
  ) throws(HTTPFailure) -> String {
    let response = try transport.send(
      HTTPRequest(method: "GET", url: "https://\(host):\(server.port)/"))
    return String(decoding: response.body, as: UTF8.self)
  }

  private func failure(_ transport: CurlTransport, _ server: TLSServer) -> HTTPFailure? {
    #expect(throws: HTTPFailure.self) { try answer(transport, server) }
  }

  @Test(arguments: ["TLSv1_2", "TLSv1_3"])
  func theServerSeesWhoWeAreAndWhomWeWant(_ version: String) throws {
    let server = try TLSServer(newest: version)
    #expect(try answer(transport(server), server) == "device localhost 0")
  }

  @Test func aRenewedCertificateIsShownWithTheNextRequest() throws {
    let server = try TLSServer()
    let transport = transport(server)
    #expect(try answer(transport, server) == "device localhost 0")
    for kind in ["pem", "key"] {
      try #require(rename(server.path("next.\(kind)"), server.path("device.\(kind)")) == 0)
    }
    #expect(try answer(transport, server) == "next localhost 1")
  }

  @Test(arguments: ["TLSv1_2", "TLSv1_3"])
  func aCertificateThatTheServerRefusesIsNamed(_ version: String) throws {
    let server = try TLSServer(newest: version)
    let failure = failure(
      transport(server, certificate: "other.pem", key: "other.key"), server)
    #expect(failure?.kind == .tls)
    #expect(
      failure?.reason.hasPrefix("the server refuses the certificate \(server.path("other.pem")): ")
        == true, "\(failure?.reason ?? "")")
  }

  @Test(arguments: ["TLSv1_2", "TLSv1_3"])
  func aServerThatWantsACertificateIsNotTakenForABrokenLine(_ version: String) throws {
    let server = try TLSServer(newest: version)
    #expect(failure(transport(server, certificate: nil), server)?.kind == .tls)
  }

  @Test func aServerOfAnotherAuthorityIsRefused() throws {
    let server = try TLSServer()
    let failure = failure(transport(server, authority: "foreign.pem"), server)
    #expect(failure?.kind == .tls)
    #expect(failure?.reason.contains("certificate") == true)
    #expect(failure?.reason.contains("refuses") == false)
  }

  // MARK: Files

  @Test(arguments: [
    ("none.pem", "device.key", "the certificate cannot be used: read ", "none.pem"),
    ("device.pem", "none.key", "the private key cannot be used: read ", "none.key"),
    ("device.pem", "port", "not a regular file", "port"),
    ("device.key", "device.key", "holds no certificate", "device.key"),
    ("device.pem", "device.pem", "holds no private key", "device.pem"),
    ("device.pem", "encrypted.key", "is encrypted", "encrypted.key"),
    ("device.pem", "older.key", "is encrypted", "older.key"),
    ("device.pem", "next.key", "does not belong to the certificate", "next.key"),
    ("device.pem", "damaged.key", "is damaged", "damaged.key"),
    ("damaged.pem", "device.key", "is damaged", "damaged.pem"),
  ])
  func aFileThatCannotBeUsedIsNamed(
    _ certificate: String, _ key: String, _ words: String, _ named: String
  ) throws {
    let server = try TLSServer()
    for (name, kind) in [("damaged.key", "PRIVATE KEY"), ("damaged.pem", "CERTIFICATE")] {
      try server.folder.write(
        "-----BEGIN \(kind)-----\naGVsbG8=\n-----END \(kind)-----\n", to: name)
    }
    let failure = failure(transport(server, certificate: certificate, key: key), server)
    #expect(failure?.kind == .tls)
    let reason = failure?.reason ?? ""
    #expect(reason.contains(words) && reason.contains(server.path(named)), "\(reason)")
    // And it is no matter of one transfer.
    #expect(try answer(transport(server), server).hasPrefix("device "))
  }
}
