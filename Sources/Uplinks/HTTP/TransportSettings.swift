package import TelemetryModel

/// How an uplink reaches the network: what every uplink's section may say about it.
package struct TransportSettings: Sendable, Equatable {
  /// A PEM file of the authorities to trust in place of the system's; nil for the system's.
  package var caFile: String?
  /// For one whole exchange, from the name's lookup to the last byte.
  package var timeout: Duration
  /// A proxy's URL, which may hold a password; nil for what the environment says.
  package var proxy: Secret?
  /// False for what is on the machine or its own link, whatever `proxy` and the environment say.
  package var usesProxy = true
  /// Who we are, to a service that asks for a certificate.
  package var clientCertificate: ClientCertificate?

  /// PEM files of a certificate (with those that sign it) and of its private key.
  package struct ClientCertificate: Sendable, Equatable {
    package var certificateFile: String
    package var keyFile: String

    package init(certificateFile: String, keyFile: String) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  package init(
    caFile: String? = nil, timeout: Duration = .seconds(30), proxy: Secret? = nil,
    usesProxy: Bool = true, clientCertificate: ClientCertificate? = nil
  ) {
    self.caFile = caFile
    self.timeout = timeout
    self.proxy = proxy
    self.usesProxy = usesProxy
    self.clientCertificate = clientCertificate
  }

  /// - Parameter settings: of a section whose options include `TransportSettings.options`.
  package init(_ settings: Settings) throws(Settings.Invalid) {
    caFile = try settings.optionalText("ca_file")
    timeout = try settings.duration("timeout")
    proxy = settings.optionalSecret("proxy")
    if let proxy, !Self.isProxy(proxy.revealed) {
      let schemes = Self.schemes.joined(separator: ", ")
      throw Settings.Invalid(
        "proxy", "is not a proxy's address; allowed: host:port, perhaps after one of \(schemes)")
    }
  }

  package static let options = [
    Option(
      "ca_file", .text, .absent,
      "PEM file of the certificate authorities to trust, and no others. The system's are used "
        + "without it."),
    Option(
      "timeout", .duration(.seconds(1)...(.seconds(600))), .value("30s"),
      "Longest time for one request and its answer."),
    Option(
      "proxy", .secret, .absent,
      "Proxy as scheme://user:password@host:port. http_proxy, https_proxy and all_proxy of the "
        + "environment are used without it; no_proxy holds beside it too."),
  ]

  /// Those that libcurl speaks (CURLOPT_PROXY).
  private static let schemes = [
    "http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://",
  ]

  private static func isProxy(_ text: String) -> Bool {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.isEmpty else { return false }
    guard text.contains("://") else { return true }
    return schemes.contains { text.hasPrefix($0) }
  }
}
