import CCurl
import Uplinks

/// How a transfer failed by libcurl's account, and what that means to an uplink.
struct CurlFailure {
  let code: CURLcode
  /// libcurl's sentence for the code.
  let general: String
  /// libcurl's sentence for this failure; it alone tells a broken connection from a certificate.
  let detail: String
  /// The request could begin to go out.
  let wasConnected: Bool
  /// A proxy's answer to CONNECT; 0 for none.
  let connectStatus: Int
  /// Why a SOCKS proxy refused.
  let proxyError: CURLproxycode
  /// The one that was shown.
  let clientCertificate: TransportSettings.ClientCertificate?

  var meaning: HTTPFailure {
    if let failure = Self.refusal(byProxy: connectStatus) { return failure }
    return HTTPFailure(kind, reason)
  }

  /// What a proxy's own answer means; nil when it lets us through. A service never says 407.
  static func refusal(byProxy status: Int) -> HTTPFailure? {
    status == 407 ? HTTPFailure(.proxy, wrongLogin + " (407)") : nil
  }

  private static let wrongLogin =
    "the proxy asks for a user and a password, and was given none or wrong ones"

  private var kind: HTTPFailure.Kind {
    switch code {
    case CURLE_OPERATION_TIMEDOUT: wasConnected ? .timedOut : .connection
    case CURLE_PEER_FAILED_VERIFICATION where isOutOfDate: .certificateTime
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CRL_BADFILE:
      .tls
    case CURLE_SSL_CONNECT_ERROR: isBroken ? .connection : .tls
    case _ where isRefusedTunnel: .proxy
    // With TLS 1.3 a server judges our certificate when the handshake is over for us.
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR: isCertificateRefused ? .tls : .connection
    case CURLE_PROXY:
      isRefusedLogin || proxyError == CURLPX_REPLY_NOT_ALLOWED ? .proxy : .connection
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
      CURLE_WRITE_ERROR, CURLE_OUT_OF_MEMORY:
      .badAnswer
    default: .connection
    }
  }

  private var reason: String {
    if code == CURLE_PROXY, isRefusedLogin { return Self.wrongLogin }
    if connectStatus >= 300 {
      return "the proxy does not connect us to the service; it answers \(connectStatus)"
    }
    if code == CURLE_SSL_CONNECT_ERROR, isTooOld {
      return "the server speaks no TLS 1.2 or later (\(detail))"
    }
    if let reason = reasonOfCertificate { return reason }
    // libcurl repeats a proxy's address, which may hold a password, when it cannot use it.
    let mayNamePassword = has("@") || has("proxy")
    return detail.isEmpty || mayNamePassword ? general : detail
  }

  /// Where it has to do with our own certificate, which libcurl's sentence does not name.
  private var reasonOfCertificate: String? {
    guard let clientCertificate else { return nil }
    let (certificate, key) = (clientCertificate.certificateFile, clientCertificate.keyFile)
    // Its files were there, and looked like what they are to be.
    if code == CURLE_SSL_CERTPROBLEM {
      return has("client certificate")
        ? "the certificate \(certificate) is damaged"
        : "the private key \(key) is damaged, or does not belong to the certificate \(certificate)"
    }
    return isCertificateRefused
      ? "the server refuses the certificate \(certificate): \(detail)" : nil
  }

  /// The server's alert about our certificate, or that it wants one (RFC 8446, section 6.2).
  private var isCertificateRefused: Bool {
    [CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code) && has("alert")
      && (has("certificate") || has("unknown ca") || has("access denied"))
  }

  /// A connection that ended within the handshake is no fault of a certificate.
  private var isBroken: Bool {
    has("reset") || has("SSL_ERROR_SYSCALL") || has("unexpected eof") || has("broken pipe")
  }

  /// The sentences are OpenSSL's.
  private var isOutOfDate: Bool { has("has expired") || has("not yet valid") }
  private var isTooOld: Bool { has("unsupported protocol") || has("alert protocol version") }

  private var isRefusedLogin: Bool {
    proxyError == CURLPX_USER_REJECTED || proxyError == CURLPX_NO_AUTH
  }

  /// 5xx says that the proxy cannot reach the service now; the rest, that it does not want to.
  private var isRefusedTunnel: Bool { (300..<500).contains(connectStatus) }

  private func has(_ words: String) -> Bool {
    detail.lowercased().contains(words.lowercased())
  }
}
