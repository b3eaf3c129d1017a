import Uplinks

/// Looks at the files of a client certificate before libcurl does, whose words name neither the
/// file nor what is wrong with it.
enum ClientCertificateFiles {
  /// Bytes of a file: a chain of ten certificates has half of them.
  static let sizeMax = 64 << 10

  static func check(
    _ certificate: TransportSettings.ClientCertificate, files: any FileReading = SmallFiles()
  ) throws(HTTPFailure) {
    let chain = try pem(certificate.certificateFile, "certificate", files)
    guard contains("CERTIFICATE-----", chain) else {
      throw HTTPFailure(
        .tls, "\(certificate.certificateFile) holds no certificate; allowed: one in PEM form")
    }
    let key = try pem(certificate.keyFile, "private key", files)
    guard contains("PRIVATE KEY-----", key) else {
      throw HTTPFailure(
        .tls, "\(certificate.keyFile) holds no private key; allowed: one in PEM form")
    }
    // PKCS #8 says it in its first line, the older forms in a header.
    guard !contains("BEGIN ENCRYPTED PRIVATE KEY-----", key), !contains("4,ENCRYPTED", key) else {
      throw HTTPFailure(
        .tls, "the private key \(certificate.keyFile) is encrypted; allowed: one without a password"
      )
    }
  }

  private static func pem(
    _ path: String, _ what: String, _ files: any FileReading
  ) throws(HTTPFailure) -> [UInt8] {
    do throws(FileReadingError) { return try files.read(path, limit: sizeMax) } catch {
      throw HTTPFailure(.tls, "the \(what) cannot be used: \(error.reason)")
    }
  }

  private static func contains(_ marker: String, _ bytes: [UInt8]) -> Bool {
    bytes.firstRange(of: Array(marker.utf8)) != nil
  }
}
