/// One fault: what it does, and when.
struct Fault: Equatable {
  enum Effect: Equatable {
    case status(StatusFault)
    case throttleRecords(RecordFault)
    case shardLimit(ShardLimit)
    case latency(milliseconds: Int64)
    case resetBefore, resetAfter, close, hang, garbage, truncate
    case refuse(seconds: Double)
    case short(by: Int)
    case wrongCount
    case header(Answer.Header)
    case clockSkew(seconds: Double)
  }

  /// Requests of one kind.
  enum Scope: String, CaseIterable {
    case kinesis
    /// PutRecords and PutRecord, and any other operation of Kinesis.
    case puts, others
    case initialstate, buckets, events
  }

  /// What is wrong with a fault that was asked for, in a sentence.
  struct Invalid: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  let kind: FaultKind
  let effect: Effect
  /// How many times it applies; nil for no end.
  let count: Int?
  /// How long it lasts after it was set; nil for no end.
  let seconds: Double?
  let probability: Double
  /// Matching requests that pass first.
  let after: Int
  let only: Scope?
  /// Requests with a record of this partition key alone.
  let key: String?
  /// Requests whose body has more bytes than this alone.
  let over: Int?

  /// Reads `kind` or `kind:name=value,name=value`. After `body=` commas are part of the value.
  init(spec: String) throws(Invalid) {
    let parts = spec.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var values: [String: String] = [:]
    var rest = parts.count > 1 ? parts[1] : ""
    while !rest.isEmpty {
      let end = rest.hasPrefix("body=") ? nil : rest.firstIndex(of: ",")
      let pair = rest[..<(end ?? rest.endIndex)].split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else {
        throw Invalid(description: "fault '\(spec)': '\(pair[0])' is not name=value")
      }
      values[String(pair[0])] = String(pair[1])
      rest = end.map { rest[rest.index(after: $0)...] } ?? ""
    }
    try self.init(kind: String(parts[0]), values)
  }

  /// The faults of a JSON text: one object, or an array of them.
  static func list(_ json: JSONText) throws(Invalid) -> [Fault] {
    var faults: [Fault] = []
    for node in json.root.elements ?? [json.root] {
      guard case .object(let members) = node.kind else {
        throw Invalid(description: "a fault is an object")
      }
      var values: [String: String] = [:]
      for member in members {
        values[member.name] =
          json.string(member.value) ?? String(decoding: json.raw(member.value), as: UTF8.self)
      }
      let kind = values.removeValue(forKey: "kind") ?? ""
      faults.append(try Fault(kind: kind, values))
    }
    return faults
  }

  init(kind name: String, _ values: [String: String]) throws(Invalid) {
    guard let kind = FaultKind(rawValue: name) else {
      let all = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw Invalid(description: "there is no fault '\(name)'; the kinds are \(all)")
    }
    let parameters = FaultParameters(kind: kind, values: values)
    try parameters.refuseUnknown()
    self.kind = kind
    effect = try Self.effect(of: kind, parameters)
    let isRefusal = kind == .refuse
    count = try parameters.integer("count", in: 1...1_000_000_000)
    seconds =
      isRefusal ? nil : try parameters.number("seconds", in: 0...FaultParameters.secondsMax)
    probability = try parameters.number("probability", in: 0...1) ?? 1
    after = try parameters.integer("after", in: 0...1_000_000_000) ?? 0
    only = try parameters.choice("only", Scope.self)
    key = parameters.text("key")
    over = try parameters.integer("over", in: 0...1_000_000_000)
  }

  private static func effect(
    of kind: FaultKind, _ parameters: FaultParameters
  ) throws(Invalid) -> Effect {
    switch kind {
    case .status: return .status(try parameters.status())
    case .throttleRecords: return .throttleRecords(try parameters.recordFault())
    case .shardLimit:
      let usual = ShardLimit()
      return .shardLimit(
        ShardLimit(
          records: try parameters.integer("records", in: 1...1_000_000_000) ?? usual.records,
          bytes: try parameters.integer("bytes", in: 1...1_000_000_000) ?? usual.bytes))
    case .latency:
      let milliseconds = try parameters.integer("ms", in: 0...86_400_000) ?? 1000
      return .latency(milliseconds: Int64(milliseconds))
    case .short: return .short(by: try parameters.integer("by", in: 1...500) ?? 1)
    case .header:
      return .header(
        .init(name: try parameters.needed("name"), value: try parameters.needed("value")))
    case .clockSkew:
      let limit = FaultParameters.secondsMax
      return .clockSkew(seconds: try parameters.number("offset", in: -limit...limit) ?? 600)
    case .refuse:
      _ = try parameters.needed("seconds")
      let seconds = try parameters.number("seconds", in: 0...FaultParameters.secondsMax)
      return .refuse(seconds: seconds ?? 0)
    case .resetBefore: return .resetBefore
    case .resetAfter: return .resetAfter
    case .close: return .close
    case .hang: return .hang
    case .garbage: return .garbage
    case .truncate: return .truncate
    case .wrongCount: return .wrongCount
    }
  }
}
