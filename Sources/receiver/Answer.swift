/// One HTTP answer. `Date` and `Content-Length` are added when it is sent.
struct Answer: Equatable {
  struct Header: Equatable {
    let name: String
    let value: String
  }

  var status: Int
  var headers: [Header] = []
  var body: [UInt8] = []

  init(_ status: Int, type: String? = nil, body: [UInt8] = []) {
    self.status = status
    if let type { headers.append(Header(name: "Content-Type", value: type)) }
    self.body = body
  }

  /// Plain text, with a line end.
  static func text(_ status: Int, _ text: String) -> Answer {
    Answer(status, type: "text/plain; charset=utf-8", body: Array("\(text)\n".utf8))
  }

  static func json(_ status: Int, _ body: [UInt8]) -> Answer {
    Answer(status, type: "application/json", body: body)
  }

  /// `{"message": ..}`, as Initial State words its errors.
  static func message(_ status: Int, _ message: String) -> Answer {
    var body: [UInt8] = []
    body.append("{\"message\":")
    body.appendJSON(message)
    body.append("}")
    return .json(status, body)
  }

  var isSuccess: Bool { (200..<300).contains(status) }
}
