import TelemetryModel

/// What an answer asks the client to wait, from the headers that services use for it.
enum RetryAfter {
  /// Longer wishes are cut to this, so that a server's slip cannot silence a device for a year.
  static let longest = Duration.seconds(3600)

  /// `x-amz-retry-after` in milliseconds, or `Retry-After` in seconds (a fraction is seen in the
  /// wild) or as a date; nil when there is neither, or none that can be read.
  static func duration(in response: HTTPResponse) -> Duration? {
    if let text = response[header: "x-amz-retry-after"], let milliseconds = Double(text) {
      return bounded(seconds: milliseconds / 1000)
    }
    guard let text = response[header: "Retry-After"] else { return nil }
    if let seconds = Double(text) { return bounded(seconds: seconds) }
    guard let date = CalendarTime(httpDate: text) else { return nil }
    return bounded(seconds: (date.moment - serverTime(of: response)).seconds)
  }

  /// `X-RateLimit-Reset`, in seconds since the epoch, as a wait from now.
  static func rateLimitReset(in response: HTTPResponse) -> Duration? {
    guard let text = response[header: "X-RateLimit-Reset"], let epoch = Double(text) else {
      return nil
    }
    return bounded(seconds: epoch - serverTime(of: response).seconds)
  }

  /// The server's own clock where it tells it: ours may never have been set.
  private static func serverTime(of response: HTTPResponse) -> Timestamp {
    let date = response[header: "Date"].flatMap { CalendarTime(httpDate: $0) }
    return date?.moment ?? response.received
  }

  private static func bounded(seconds: Double) -> Duration? {
    guard !seconds.isNaN else { return nil }
    let bounded = min(max(seconds, 0), longest.seconds)
    return .nanoseconds(Int64(bounded * 1e9))
  }
}
