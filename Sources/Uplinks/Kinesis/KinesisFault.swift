import TelemetryModel

/// What an error of the service calls for.
package enum KinesisFault: Sendable, Equatable {
  /// No answer, and nothing was taken: refused, reset, unresolved.
  case connection
  /// It asks for less.
  case throttled
  /// It stumbled, or the answer is lost or cannot be read; the same request may succeed.
  case transient
  /// The credentials are no longer, or never were, good: others may be.
  case credentials
  /// The signature's time is outside of what it allows.
  case clock
  /// A person must act (permission, a key of KMS, no such stream): keep all.
  case hold
  /// Something in the request itself, so that each of its records is tried apart.
  case badInput

  var pace: RetryPace {
    switch self {
    case .connection: .connection
    case .throttled: .throttled
    case .transient, .clock, .badInput: .transient
    case .credentials, .hold: .hold
    }
  }

  /// - Parameter isClockSet: a certificate may only seem out of date while the clock is not set.
  init(_ failure: HTTPFailure, isClockSet: Bool) {
    switch failure.kind {
    case .connection, .aborted: self = .connection
    case .timedOut, .badAnswer: self = .transient
    case .certificateTime where !isClockSet: self = .transient
    case .tls, .certificateTime, .proxy: self = .hold
    }
  }

  /// - Parameters:
  ///   - code: as the service names the error, e.g. `ExpiredTokenException`; nil when it does not.
  ///   - message: the service's sentence, which alone tells a clock's error from a wrong key.
  ///   - status: of HTTP; nil for one record's entry.
  init(code: String?, message: String, status: Int?) {
    let name = code.map(Self.stem) ?? ""
    if Self.isAboutClock(name, message) {
      self = .clock
    } else if let known = Self.known(name, message) {
      self = known
    } else {
      self = Self.byStatus(status)
    }
  }

  /// The name without `com.amazonaws...#` before, `:http://...` after, and its common endings.
  static func stem(_ code: String) -> String {
    var name = code[...]
    if let hash = name.lastIndex(of: "#") { name = name[name.index(after: hash)...] }
    if let colon = name.firstIndex(of: ":") { name = name[..<colon] }
    for ending in ["Exception", "Error"] where name.hasSuffix(ending) {
      name = name.dropLast(ending.count)
    }
    return String(name)
  }

  private static func known(_ name: String, _ message: String) -> KinesisFault? {
    switch name {
    case "ProvisionedThroughputExceeded", "LimitExceeded", "RequestLimitExceeded", "SlowDown",
      "KMSThrottling", "TooManyRequests", "RequestThrottled", "BandwidthLimitExceeded":
      return .throttled
    case _ where name.hasPrefix("Throttl"):
      return .throttled
    case "InternalFailure", "InternalServer", "Internal", "ServiceUnavailable":
      return .transient
    case _ where name.hasPrefix("RequestTimeout"):
      return .transient
    case _ where name.hasPrefix("ExpiredToken"):
      return .credentials
    case "UnrecognizedClient", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken":
      return .credentials
    case "InvalidSignature", "SignatureDoesNotMatch", "IncompleteSignature",
      "MissingAuthenticationToken", "ResourceNotFound", "AccessDenied", "NotAuthorized",
      "OptInRequired", "KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSAccessDenied",
      "KMSOptInRequired":
      return .hold
    case "InvalidArgument", "Validation", "Serialization":
      return isAboutStream(message) ? .hold : .badInput
    default: return nil
    }
  }

  /// A wrong stream name is refused with the same code as a wrong record, but each record would be
  /// refused for it: that is a mistake in the ini, not in the data.
  private static func isAboutStream(_ message: String) -> Bool {
    let lower = message.lowercased()
    return lower.contains("at 'streamname'") || lower.contains("at 'streamarn'")
  }

  private static func isAboutClock(_ name: String, _ message: String) -> Bool {
    switch name {
    case "RequestExpired", "RequestTimeTooSkewed": true
    case "InvalidSignature", "SignatureDoesNotMatch":
      message.contains("Signature expired") || message.contains("not yet current")
    default: false
    }
  }

  /// An error without a known name, perhaps of something between us and the service: nothing is
  /// given up for it, except that a request that is too large is halved.
  private static func byStatus(_ status: Int?) -> KinesisFault {
    switch status {
    case 429: .throttled
    case 413: .badInput
    case 408: .transient
    case .some(400..<500): .hold
    default: .transient
    }
  }
}
