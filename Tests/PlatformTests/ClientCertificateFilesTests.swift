import Testing
import Uplinks

@testable import Platform

@Suite struct ClientCertificateFilesTests {
  private struct Files: FileReading {
    var texts: [String: String]
    func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
      guard let text = texts[path], text.utf8.count <= limit else {
        throw FileReadingError(isMissing: true, "read \(path): cannot")
      }
      return Array(text.utf8)
    }
    func isOpenToOthers(_ path: String) -> Bool { false }
  }

  private static func pem(_ kind: String) -> String {
    "-----BEGIN \(kind)-----\nAA==\n-----END \(kind)-----\n"
  }

  private func reason(
    certificate: String = pem("CERTIFICATE"), key: String = pem("PRIVATE KEY")
  ) -> String? {
    do throws(HTTPFailure) {
      try ClientCertificateFiles.check(
        TransportSettings.ClientCertificate(certificateFile: "/c.pem", keyFile: "/k.pem"),
        files: Files(texts: ["/c.pem": certificate, "/k.pem": key]))
      return nil
    } catch {
      #expect(error.kind == .tls)
      return error.reason
    }
  }

  @Test(arguments: [
    "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
  ])
  func allKindsOfKeysAreTaken(_ kind: String) {
    // What `openssl req` and others write before it.
    #expect(reason(key: "Bag Attributes: none\n" + Self.pem(kind)) == nil)
  }

  @Test func oneFileMayHoldBoth() {
    let both = Self.pem("CERTIFICATE") + Self.pem("CERTIFICATE") + Self.pem("EC PRIVATE KEY")
    #expect(reason(certificate: both, key: both) == nil)
  }

  @Test func whatIsMissingIsNamed() {
    #expect(
      reason(certificate: Self.pem("PRIVATE KEY"))
        == "/c.pem holds no certificate; allowed: one in PEM form")
    #expect(
      reason(key: Self.pem("PUBLIC KEY"))
        == "/k.pem holds no private key; allowed: one in PEM form")
    #expect(reason(key: "") == "/k.pem holds no private key; allowed: one in PEM form")
    #expect(
      reason(certificate: String(repeating: "x", count: 65_537))
        == "the certificate cannot be used: read /c.pem: cannot")
  }

  @Test(arguments: [
    pem("ENCRYPTED PRIVATE KEY"),
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAA==\n",
  ])
  func anEncryptedKeyIsRefusedBeforeAnybodyIsAskedForItsPassword(_ key: String) {
    #expect(
      reason(key: key)
        == "the private key /k.pem is encrypted; allowed: one without a password")
  }
}
