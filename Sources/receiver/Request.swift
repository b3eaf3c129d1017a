/// One HTTP request, whole.
struct Request {
  var method: String
  /// As in the request line, without the query.
  var path: String
  /// What stands behind the `?`; empty when there is none.
  var query: String
  /// In the order of arrival; names in lower case.
  var headers: [(name: String, value: String)]
  var body: [UInt8]

  init(
    method: String, target: String, headers: [(name: String, value: String)] = [],
    body: [UInt8] = []
  ) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    path = parts.first.map(String.init) ?? ""
    query = parts.count > 1 ? String(parts[1]) : ""
    self.headers = headers.map { ($0.name.lowercased(), $0.value) }
    self.body = body
  }

  /// The first header called `name`, which is in lower case.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
