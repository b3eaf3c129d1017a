import TelemetryModel

/// An error answer of an AWS service, in any of the forms in which they come.
struct AWSError: Equatable {
  /// As the service names it; nil when it does not.
  let code: String?
  /// Empty when there is none.
  let message: String

  init(_ response: HTTPResponse) {
    let header = response[header: "x-amzn-ErrorType"]
    if let body = JSONValue(response.body) {
      let named = body["__type"]?.text ?? body["code"]?.text ?? body["Code"]?.text
      code = header ?? named
      message = body["message"]?.text ?? body["Message"]?.text ?? ""
      return
    }
    // Gateways and test servers answer in the XML of other services.
    code = header ?? Self.element("Code", in: response.body)
    message = Self.element("Message", in: response.body) ?? ""
  }

  /// Bytes of an answer in which an element is looked for.
  private static let searchMax = 16 << 10

  private static func element(_ name: String, in body: [UInt8]) -> String? {
    let text = body.prefix(searchMax)
    guard let start = text.firstRange(of: Array("<\(name)>".utf8)) else { return nil }
    let rest = text[start.upperBound...]
    guard let end = rest.firstRange(of: Array("</\(name)>".utf8)) else { return nil }
    return String(decoding: rest[..<end.lowerBound], as: UTF8.self)
  }
}
