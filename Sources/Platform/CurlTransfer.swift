import CCurl
import TelemetryModel
import Uplinks

/// One exchange on a pair of libcurl's handles: options set, run to its end, options cleared.
final class CurlTransfer {
  let answer = CurlAnswer()
  private let easy: UnsafeMutableRawPointer
  private let multi: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>
  private var headers: UnsafeMutablePointer<curl_slist>?
  /// A POST or PUT without bytes still has a body, of length 0.
  private var hasBody = false
  private var clientCertificate: TransportSettings.ClientCertificate?

  init(easy: UnsafeMutableRawPointer, multi: UnsafeMutableRawPointer) {
    self.easy = easy
    self.multi = multi
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    // The connection stays in the multi handle's cache.
    curl_easy_reset(easy)
    curl_slist_free_all(headers)
    errorText.deallocate()
  }

  // MARK: Before

  func prepare(_ request: HTTPRequest, _ settings: TransportSettings) throws(HTTPFailure) {
    curl_easy_reset(easy)
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    // Signals belong to the agent's main thread.
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    let timeout = max(1, Int(settings.timeout / .milliseconds(1)))
    try set(CURLOPT_TIMEOUT_MS, timeout)
    // A network that swallows packets is told from a service that is slow by half of the time.
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, timeout / 2))
    if let caFile = settings.caFile { try trust(caFile) }
    // A file of authorities that was mended is read anew with the next connection.
    try set(CURLOPT_CA_CACHE_TIMEOUT, 0)
    try set(CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if !settings.usesProxy {
      // An empty one also silences the environment.
      try set(CURLOPT_PROXY, "")
    } else if let proxy = settings.proxy {
      try set(CURLOPT_PROXY, proxy.revealed)
    }
    try show(settings.clientCertificate)
    try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
    try setMethod(request)
    try setHeaders(request.headers)
    let context = Unmanaged.passUnretained(answer).toOpaque()
    try check(ccurl_set_body_sink(easy, CurlAnswer.takeBody, context))
    try check(ccurl_set_header_sink(easy, CurlAnswer.takeHeader, context))
  }

  /// Also of a proxy that speaks TLS, and nobody else: libcurl would trust the system's folder of
  /// authorities besides.
  private func trust(_ caFile: String) throws(HTTPFailure) {
    try set(CURLOPT_CAINFO, caFile)
    try set(CURLOPT_PROXY_CAINFO, caFile)
    for option in [CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH] {
      try check(ccurl_set_pointer(easy, option, nil))
    }
  }

  private func show(
    _ certificate: TransportSettings.ClientCertificate?
  ) throws(HTTPFailure) {
    clientCertificate = certificate
    guard let certificate else { return }
    try ClientCertificateFiles.check(certificate)
    try set(CURLOPT_SSLCERT, certificate.certificateFile)
    try set(CURLOPT_SSLKEY, certificate.keyFile)
    // Without one, OpenSSL would ask for a key's password at the terminal.
    try set(CURLOPT_KEYPASSWD, "")
    // A renewed certificate is shown with the next request, not with the next connection.
    try set(CURLOPT_FORBID_REUSE, 1)
    try set(CURLOPT_SSL_SESSIONID_CACHE, 0)
  }

  private func setMethod(_ request: HTTPRequest) throws(HTTPFailure) {
    hasBody = ["POST", "PUT"].contains(request.method) || !request.body.isEmpty
    switch request.method {
    case "GET": try set(CURLOPT_HTTPGET, 1)
    case "POST": try set(CURLOPT_POST, 1)
    default: try set(CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  private func setHeaders(_ all: [HTTPHeader]) throws(HTTPFailure) {
    // Without this, libcurl asks before it sends a large body, and waits a second for the answer.
    var all = all + [HTTPHeader("Expect", "")]
    // And without this it says that a body is a form.
    if !all.contains(where: { $0.name.lowercased() == "content-type" }) {
      all.append(HTTPHeader("Content-Type", ""))
    }
    for header in all {
      let line = header.value.isEmpty ? "\(header.name):" : "\(header.name): \(header.value)"
      guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw HTTPFailure(.badAnswer, "a line break in the header \(header.name.prefix(40))")
      }
      guard let longer = curl_slist_append(headers, line) else {
        throw HTTPFailure(.connection, "no memory")
      }
      headers = longer
    }
    try check(ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers))
  }

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPFailure) {
    try check(ccurl_set_long(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(HTTPFailure) {
    try check(ccurl_set_text(easy, option, value))
  }

  private func check(_ code: CURLcode) throws(HTTPFailure) {
    guard code == CURLE_OK else {
      throw HTTPFailure(.connection, "libcurl: \(String(cString: curl_easy_strerror(code)))")
    }
  }

  // MARK: While it runs

  /// Longest sleep without a look around, in milliseconds; data, an abort's wakeup or libcurl's own
  /// timers end it sooner.
  private static let pollMax: Int32 = 10_000

  /// - Returns: the status of the answer.
  func run(_ body: [UInt8], isAborted: () -> Bool) throws(HTTPFailure) -> Int {
    let end = body.withUnsafeBytes { bytes -> Result<CURLcode, HTTPFailure> in
      if hasBody {
        // A null pointer would mean that the body is read from standard input.
        let start = UnsafeRawPointer(bytes.baseAddress ?? UnsafeRawPointer(errorText))
        let code = ccurl_set_body(easy, start, curl_off_t(bytes.count))
        guard code == CURLE_OK else { return .success(code) }
      }
      guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
        return .failure(HTTPFailure(.connection, "libcurl: the handle is in use"))
      }
      defer { curl_multi_remove_handle(multi, easy) }
      return loop(isAborted)
    }
    let code = try end.get()
    guard code == CURLE_OK else { throw failure(code) }
    return ccurl_status(easy)
  }

  private func loop(_ isAborted: () -> Bool) -> Result<CURLcode, HTTPFailure> {
    var running: Int32 = 0
    var code = CURLE_OK
    while !isAborted() {
      guard curl_multi_perform(multi, &running) == CURLM_OK else {
        return .failure(HTTPFailure(.connection, "libcurl: the transfer could not go on"))
      }
      if ccurl_finished(multi, &code) == 1 { return .success(code) }
      guard curl_multi_poll(multi, nil, 0, Self.pollMax, nil) == CURLM_OK else {
        return .failure(HTTPFailure(.connection, "libcurl: poll failed"))
      }
    }
    // Or else the removal waits for a name server that does not answer.
    _ = ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    return .failure(HTTPFailure(.aborted, "the agent is stopping"))
  }

  // MARK: After

  private func failure(_ code: CURLcode) -> HTTPFailure {
    if let overflow = answer.overflow { return HTTPFailure(.badAnswer, overflow) }
    let end = CurlFailure(
      code: code, general: String(cString: curl_easy_strerror(code)),
      detail: String(cString: errorText), wasConnected: ccurl_pretransfer_us(easy) > 0,
      connectStatus: ccurl_connect_status(easy),
      proxyError: CURLproxycode(rawValue: UInt32(clamping: ccurl_proxy_error(easy))),
      clientCertificate: clientCertificate)
    return end.meaning
  }
}
