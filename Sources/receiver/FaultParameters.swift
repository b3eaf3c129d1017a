/// The parameters that came with a fault, read into numbers and choices, or refused in a sentence.
struct FaultParameters {
  /// A year, in seconds.
  static let secondsMax: Double = 31_536_000

  let kind: FaultKind
  let values: [String: String]

  func refuseUnknown() throws(Fault.Invalid) {
    for name in values.keys.sorted() where !kind.allowed.contains(name) {
      throw invalid("has no parameter '\(name)'; it takes \(kind.allowed.joined(separator: ", "))")
    }
    for (name, value) in values where value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      if name != "body" { throw invalid("\(name) has a control character") }
    }
  }

  func text(_ name: String) -> String? { values[name] }

  func needed(_ name: String) throws(Fault.Invalid) -> String {
    guard let value = values[name], !value.isEmpty else { throw invalid("needs \(name)=") }
    return value
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(Fault.Invalid) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw invalid(
        "\(name)=\(text) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func number(_ name: String, in range: ClosedRange<Double>) throws(Fault.Invalid) -> Double? {
    guard let text = values[name] else { return nil }
    guard let number = Double(text), range.contains(number) else {
      throw invalid(
        "\(name)=\(text) must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Choice.Type
  ) throws(Fault.Invalid) -> Choice? {
    guard let text = values[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw invalid("\(name)=\(text) must be one of \(all)")
    }
    return choice
  }

  /// Those of `status`.
  func status() throws(Fault.Invalid) -> StatusFault {
    var fault = StatusFault()
    fault.code = try integer("code", in: 200...599) ?? fault.code
    fault.errorType = text("errorType")
    fault.message = text("message")
    fault.form = try choice("form", StatusFault.Form.self) ?? fault.form
    if let seconds = text("retryAfter") {
      fault.headers.append(.init(name: "Retry-After", value: seconds))
    }
    if let milliseconds = text("retryAfterMs") {
      fault.headers.append(.init(name: "x-amz-retry-after", value: milliseconds))
    }
    fault.body = text("body")
    return fault
  }

  /// Those of `throttle-records`.
  func recordFault() throws(Fault.Invalid) -> RecordFault {
    var fault = RecordFault()
    fault.errorCode = text("code") ?? fault.errorCode
    fault.message = text("message")
    if let text = text("at") {
      guard let place = RecordFault.Place(text) else {
        throw invalid("at=\(text) must be first, last, or a number from 1 to 500")
      }
      fault.place = place
    }
    return fault
  }

  private func invalid(_ what: String) -> Fault.Invalid {
    Fault.Invalid(description: "fault '\(kind.rawValue)' \(what)")
  }
}
