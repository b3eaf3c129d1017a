import TelemetryModel

/// What came of one PutRecords call, judged record by record.
enum PutRecordsAnswer: Equatable {
  /// A verdict for each record, and how to go on when some are to be sent again.
  case judged([Verdict], Setback?)
  /// Something in the request is refused.
  case refused(String)
  /// The signature's time was refused.
  case clockOff(Setback)
  /// There is no such stream.
  case streamMissing(Setback)
  case failed(Setback)

  /// - Parameter count: records in the request.
  init(_ response: HTTPResponse, count: Int, redaction: Redaction) {
    guard response.status == 200 else {
      self = Self.failure(response, redaction)
      return
    }
    guard let entries = PutRecordsEntry.list(in: response.body) else {
      self = .failed(Setback(.transient, "HTTP 200 with an answer that cannot be read"))
      return
    }
    guard entries.count == count else {
      self = .failed(
        Setback(.transient, "\(entries.count) results for \(count) records"))
      return
    }
    self = Self.judge(entries, RetryAfter.duration(in: response), redaction)
  }

  private static func judge(
    _ entries: [PutRecordsEntry], _ retryAfter: Duration?, _ redaction: Redaction
  ) -> PutRecordsAnswer {
    var setback: Setback?
    let verdicts = entries.map { entry -> Verdict in
      if entry.isStored { return .accepted }
      guard let code = entry.errorCode else {
        let reason = "a result with neither a place nor an error"
        setback = worse(setback, Setback(.transient, reason, retryAfter: retryAfter))
        return .retry(reason)
      }
      let message = entry.errorMessage ?? ""
      let reason = redaction.text(message.isEmpty ? code : "\(code): \(message)")
      let fault = KinesisFault(code: code, message: message, status: nil)
      if fault == .badInput { return .rejected(reason) }
      setback = worse(setback, Setback(pace(of: fault), reason, retryAfter: retryAfter))
      return .retry(reason)
    }
    return .judged(verdicts, setback)
  }

  private static func pace(of fault: KinesisFault) -> RetryPace {
    switch fault {
    case .throttled: .throttled
    case .hold: .hold
    case .transient, .clock, .badInput: .transient
    }
  }

  /// When records failed for several reasons, the most patient pace holds for all.
  private static func worse(_ first: Setback?, _ second: Setback) -> Setback {
    func patience(_ pace: RetryPace) -> Int {
      switch pace {
      case .connection: 0
      case .transient: 1
      case .throttled: 2
      case .hold: 3
      }
    }
    guard let first, patience(first.pace) >= patience(second.pace) else { return second }
    return first
  }

  private static func failure(
    _ response: HTTPResponse, _ redaction: Redaction
  ) -> PutRecordsAnswer {
    let error = AWSError(response)
    let fault = KinesisFault(code: error.code, message: error.message, status: response.status)
    let parts = [error.code.map(KinesisFault.stem), error.message].compactMap { $0 }
      .filter { !$0.isEmpty }
    let words = redaction.text(parts.joined(separator: ": "))
    let reason = words.isEmpty ? "HTTP \(response.status)" : "HTTP \(response.status) \(words)"
    let setback = Setback(
      pace(of: fault), reason, retryAfter: RetryAfter.duration(in: response))
    if error.code.map(KinesisFault.stem) == "ResourceNotFound" { return .streamMissing(setback) }
    switch fault {
    case .badInput: return .refused(reason)
    case .clock: return .clockOff(setback)
    case .throttled, .transient, .hold: return .failed(setback)
    }
  }
}
