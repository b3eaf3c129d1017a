import FoundationEssentials

/// The signatures in `Fixtures/sigv4.json`.
struct SignatureFixture: Decodable {
  struct SuiteCase: Decodable {
    let name: String
    let secret: String
    let token: String?
    let date: String
    let request: String
    let canonicalRequest: String
    let stringToSign: String
    let signature: String
  }

  struct KinesisCase: Decodable {
    let name: String
    let secret: String
    let method: String
    let path: String
    let headers: [String: String]
    let body: String
    let canonicalRequest: String
    let signature: String
    let authorization: String
  }

  let suite: [SuiteCase]
  let kinesis: [KinesisCase]

  static func load(_ file: String = #filePath) throws -> SignatureFixture {
    let folder = file.split(separator: "/").dropLast().joined(separator: "/")
    let data = try Data(contentsOf: URL(filePath: "/\(folder)/Fixtures/sigv4.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(SignatureFixture.self, from: data)
  }
}
