import CCurl
import Uplinks

/// What libcurl's codes mean to an uplink.
enum CurlFailure {
  /// - Parameters:
  ///   - detail: libcurl's sentence, which alone tells a broken connection from a bad certificate.
  ///   - wasConnected: the request could begin to go out.
  static func kind(
    of code: CURLcode, detail: String, _ wasConnected: Bool
  ) -> HTTPFailure.Kind {
    switch code {
    case CURLE_OPERATION_TIMEDOUT: wasConnected ? .timedOut : .connection
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CRL_BADFILE:
      .tls
    case CURLE_SSL_CONNECT_ERROR: isBroken(detail) ? .connection : .tls
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
      CURLE_WRITE_ERROR, CURLE_OUT_OF_MEMORY:
      .badAnswer
    default: .connection
    }
  }

  /// A connection that ended within the handshake is no fault of a certificate.
  private static func isBroken(_ detail: String) -> Bool {
    ["reset", "SSL_ERROR_SYSCALL", "unexpected eof", "broken pipe"].contains {
      detail.lowercased().contains($0.lowercased())
    }
  }
}
