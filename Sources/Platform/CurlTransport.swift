import CCurl
import Synchronization
package import TelemetryModel
package import Uplinks

/// HTTP by libcurl, blocking, for one lane. The connection is kept open between requests, and a
/// transfer can be ended from another thread at once.
///
/// A kept connection that the server has closed meanwhile is replaced by libcurl itself, when
/// nothing of an answer had come. Certificates are always verified; redirects are not followed.
/// An answer of a proxy that lets nobody through is a failure, and no answer.
package final class CurlTransport: HTTPTransport, Sendable {
  /// Bytes of an answer's body; the largest real one, for 500 records, is under 100 KB.
  package static let bodyMax = 8 << 20
  /// Bytes of an answer's header lines together.
  package static let headersMax = 64 << 10

  private let settings: TransportSettings
  private let time: any TimeSource
  private let isAborted = Atomic(false)
  /// One transfer at a time.
  private let turn = Mutex(())
  // Both live as long as this object. Only the thread whose turn it is uses them, but for
  // curl_multi_wakeup, which may be called from any.
  private nonisolated(unsafe) let easy: UnsafeMutableRawPointer?
  private nonisolated(unsafe) let multi: UnsafeMutableRawPointer?

  /// Makes itself once, whichever thread comes first.
  private static let isReady = ccurl_global_init() == CURLE_OK

  /// Opens nothing.
  package init(_ settings: TransportSettings, time: any TimeSource) {
    self.settings = settings
    self.time = time
    easy = Self.isReady ? curl_easy_init() : nil
    multi = Self.isReady ? curl_multi_init() : nil
  }

  deinit {
    // The easy handle first: it is never in the multi handle between two sendings.
    if let easy { curl_easy_cleanup(easy) }
    if let multi { curl_multi_cleanup(multi) }
  }

  /// Ends the transfer under way, if any, and refuses all later ones. From any thread.
  package func abort() {
    isAborted.store(true, ordering: .sequentiallyConsistent)
    if let multi { curl_multi_wakeup(multi) }
  }

  package func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    guard let easy, let multi else {
      throw HTTPFailure(.connection, "libcurl did not start: no memory")
    }
    return try turn.withLock { (_) throws(HTTPFailure) -> HTTPResponse in
      let transfer = CurlTransfer(easy: easy, multi: multi)
      try transfer.prepare(request, settings)
      let began = time.wallTime()
      let status = try transfer.run(request.body) {
        isAborted.load(ordering: .sequentiallyConsistent)
      }
      if let failure = CurlFailure.refusal(byProxy: status) { throw failure }
      return HTTPResponse(
        status: status, headers: transfer.answer.headers, body: transfer.answer.body,
        sent: began + .microseconds(ccurl_pretransfer_us(easy)), received: time.wallTime())
    }
  }
}
