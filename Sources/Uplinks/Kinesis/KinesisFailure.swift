import TelemetryModel

/// Why a call of the Kinesis API gave no result.
package struct KinesisFailure: Error, Sendable, Equatable {
  package let fault: KinesisFault
  /// As the service names it, without `Exception`: "ResourceNotFound"; nil when it does not.
  package let code: String?
  /// A sentence for people, without secrets.
  package let reason: String
  /// What the service asks to wait.
  package let retryAfter: Duration?
  /// The service's clock less ours, where this answer told it and it was not known.
  package internal(set) var clockOffset: Duration?

  package init(
    _ fault: KinesisFault, code: String? = nil, _ reason: String, retryAfter: Duration? = nil,
    clockOffset: Duration? = nil
  ) {
    self.fault = fault
    self.code = code
    self.reason = reason
    self.retryAfter = retryAfter
    self.clockOffset = clockOffset
  }

  /// An answer other than 200.
  init(_ response: HTTPResponse, _ redaction: Redaction) {
    let error = AWSError(response)
    let fault = KinesisFault(code: error.code, message: error.message, status: response.status)
    let code = error.code.map(KinesisFault.stem)
    let parts = [code, error.message].compactMap { $0 }.filter { !$0.isEmpty }
    let words = redaction.text(parts.joined(separator: ": "))
    self.init(
      fault, code: code,
      words.isEmpty ? "HTTP \(response.status)" : "HTTP \(response.status) \(words)",
      retryAfter: RetryAfter.duration(in: response))
  }

  var setback: Setback { Setback(fault.pace, reason, retryAfter: retryAfter) }
}
