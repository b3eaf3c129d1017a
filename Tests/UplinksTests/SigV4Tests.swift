import Platform
import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct SigV4Tests {
  @Test func theSignaturesOfThePublicSuiteComeOut() throws {
    let cases = try Vectors.load().suite
    #expect(cases.count == 12)
    for example in cases {
      var request = example.parsed
      let moment = try #require(Self.moment(example.context.timestamp))
      if example.context.signBody {
        let hash = Hexadecimal.text(LibCrypto().sha256(request.body))
        request.headers.append(HTTPHeader("x-amz-content-sha256", hash))
      }
      var signer = SigV4(
        example.context.credentials.value, region: "us-east-1", service: "service",
        crypto: LibCrypto())
      signer.sign(&request, at: moment)
      let authorization = try #require(request[header: "Authorization"])
      #expect(authorization.hasSuffix("Signature=" + example.signature), "\(example.name)")
      request.headers.removeLast()
      let canonical = CanonicalRequest(
        request, payloadHash: Hexadecimal.text(LibCrypto().sha256(request.body)))
      #expect(canonical.text == example.canonicalRequest, "\(example.name)")
      #expect(
        signer.stringToSign(canonical, at: CalendarTime(moment)) == example.stringToSign,
        "\(example.name)")
    }
  }

  @Test func kinesisRequestsAreSignedAsThreeOtherSignersDo() throws {
    let cases = try Vectors.load().kinesis
    #expect(cases.count == 6)
    for example in cases {
      let added = ["x-amz-date", "x-amz-security-token"]
      let headers = example.headers.filter { !added.contains($0.key) }
      var request = HTTPRequest(
        method: example.method, url: "https://\(example.headers["host"] ?? "")\(example.path)",
        headers: headers.map { HTTPHeader($0.key, $0.value) }, body: Array(example.body.utf8))
      var signer = SigV4(
        example.credentials.value, region: example.region, service: example.service,
        crypto: LibCrypto())
      signer.sign(&request, at: try #require(Self.moment(example.timestamp)))
      #expect(request[header: "Authorization"] == example.authorization, "\(example.name)")
    }
  }

  @Test func theKeyIsMadeAnewForAnotherDay() throws {
    let credentials = AWSCredentials(accessKeyID: "A", secretAccessKey: Secret("s"))
    func fresh() -> SigV4 {
      SigV4(credentials, region: "r", service: "kinesis", crypto: LibCrypto())
    }
    let request = HTTPRequest(method: "POST", url: "https://h/", headers: [HTTPHeader("Host", "h")])
    var signer = fresh()
    for seconds in [1_700_000_000, 1_700_000_001, 1_700_086_400] as [Int64] {
      let moment = Timestamp(nanoseconds: seconds * 1_000_000_000)
      var (reused, single) = (request, request)
      signer.sign(&reused, at: moment)
      var other = fresh()
      other.sign(&single, at: moment)
      #expect(reused == single)
    }
  }

  private static func moment(_ text: String) -> Timestamp? {
    let digits = text.split { !$0.isNumber }.compactMap { Int($0) }
    guard digits.count == 6 else { return nil }
    var time = CalendarTime(Timestamp(nanoseconds: 0))
    (time.year, time.month, time.day) = (digits[0], digits[1], digits[2])
    (time.hour, time.minute, time.second) = (digits[3], digits[4], digits[5])
    return time.moment
  }
}

private struct Vectors: Decodable {
  var suite: [SuiteCase]
  var kinesis: [KinesisCase]
  static func load() throws -> Vectors { try Fixtures.decode("sigv4.json") }

  struct Keys: Decodable {
    var accessKeyId: String
    var secretAccessKey: String
    var token: String?
    var value: AWSCredentials {
      AWSCredentials(
        accessKeyID: accessKeyId, secretAccessKey: Secret(secretAccessKey),
        sessionToken: token.map(Secret.init))
    }
  }
  struct Context: Decodable {
    var credentials: Keys
    var signBody: Bool
    var timestamp: String
  }
  struct SuiteCase: Decodable {
    var name: String
    var context: Context
    var request: String
    var canonicalRequest: String
    var stringToSign: String
    var signature: String

    /// The request's text: a first line, headers, an empty line and a body.
    var parsed: HTTPRequest {
      var lines = request.split(separator: "\n", omittingEmptySubsequences: false)[...]
      let first = lines.removeFirst()
      let method = first.prefix { $0 != " " }
      let target = first.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
      var headers: [HTTPHeader] = []
      while let line = lines.popFirst(), let colon = line.firstIndex(of: ":") {
        headers.append(
          HTTPHeader(String(line[..<colon]), String(line[line.index(after: colon)...])))
      }
      return HTTPRequest(
        method: String(method), url: "https://example.amazonaws.com" + target, headers: headers,
        body: Array(lines.joined(separator: "\n").utf8))
    }
  }
  struct KinesisCase: Decodable {
    var name: String
    var credentials: Keys
    var region: String
    var service: String
    var timestamp: String
    var method: String
    var path: String
    var headers: [String: String]
    var body: String
    var authorization: String
  }
}
