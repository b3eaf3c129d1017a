import Testing

@testable import receiver

/// Signatures that other signers made.
@Suite struct SigV4Tests {
  @Test func agreesWithThePublicSuite() throws {
    let cases = try SignatureFixture.load().suite
    #expect(cases.count == 12)
    for item in cases {
      let signedHeaders = Self.signedHeaders(item.canonicalRequest)
      let request = Self.request(item)
      let canonical = SigV4.canonicalRequest(request, signedHeaders: signedHeaders)
      #expect(canonical == item.canonicalRequest, "\(item.name)")
      let scope = "\(item.date.prefix(8))/us-east-1/service/aws4_request"
      let stringToSign = SigV4.stringToSign(canonical, date: item.date, scope: scope)
      #expect(stringToSign == item.stringToSign, "\(item.name)")
      let signature = SigV4.signature(
        of: stringToSign, secret: item.secret, date: String(item.date.prefix(8)),
        region: "us-east-1", service: "service")
      #expect(signature == item.signature, "\(item.name)")
    }
  }

  @Test func readsAnAuthorizationWithAndWithoutSpaces() throws {
    let text =
      "AWS4-HMAC-SHA256 Credential=ID/20261121/eu-west-1/kinesis/aws4_request,"
      + "SignedHeaders=host;x-amz-date,  Signature=abc"
    let authorization = try #require(SigV4.Authorization(text))
    #expect(authorization.accessKeyID == "ID")
    #expect(authorization.scope == "20261121/eu-west-1/kinesis/aws4_request")
    #expect(authorization.signedHeaders == ["host", "x-amz-date"])
    #expect(authorization.signature == "abc")
  }

  @Test(arguments: [
    "", "Basic abc", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c",
    "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=, Signature=x",
  ])
  func refusesAnIncompleteAuthorization(text: String) {
    #expect(SigV4.Authorization(text) == nil)
  }

  /// The line before the hash of the body names the signed headers.
  private static func signedHeaders(_ canonicalRequest: String) -> [String] {
    let lines = canonicalRequest.split(separator: "\n", omittingEmptySubsequences: false)
    return lines[lines.count - 2].split(separator: ";").map(String.init)
  }

  /// The request as it arrives, with the headers that the signer adds.
  private static func request(_ item: SignatureFixture.SuiteCase) -> Request {
    let parts = item.request.split(
      separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
    let lines = parts[0].split(separator: "\n")
    let words = lines[0].split(separator: " ")
    let body = parts.count > 1 ? Array(parts[1].utf8) : []
    var headers = lines.dropFirst().map { line in
      let pair = line.split(separator: ":", maxSplits: 1)
      return (name: String(pair[0]), value: String(pair[1]))
    }
    headers.append((name: "X-Amz-Date", value: item.date))
    headers.append((name: "X-Amz-Content-Sha256", value: Digest.hex(Digest.sha256(body))))
    if let token = item.token { headers.append((name: "X-Amz-Security-Token", value: token)) }
    let target = words[1..<(words.count - 1)].joined(separator: " ")
    return Request(method: String(words[0]), target: target, headers: headers, body: body)
  }
}
