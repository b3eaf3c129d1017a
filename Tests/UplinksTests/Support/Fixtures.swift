import FoundationEssentials

/// Files beside the tests.
enum Fixtures {
  static func decode<T: Decodable>(_ name: String, as: T.Type = T.self) throws -> T {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(T.self, from: data(name))
  }

  static func data(_ name: String) throws -> Data {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return try Data(contentsOf: URL(filePath: "/\(folder)/Fixtures/\(name)"))
  }
}

/// JSON as a tree, to compare texts by meaning: numbers by value, members in any order.
indirect enum JSON: Decodable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  init(parsing text: String) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
  }

  subscript(name: String) -> JSON? {
    if case .object(let members) = self { return members[name] }
    return nil
  }
  var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }
  var string: String? { if case .text(let text) = self { text } else { nil } }
}
