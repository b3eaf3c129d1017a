/// AWS Signature Version 4 as the receiving side computes it again.
/// Source: AWS, "Create a signed AWS API request", for services other than S3.
enum SigV4 {
  static let algorithm = "AWS4-HMAC-SHA256"

  /// What the `Authorization` header says.
  struct Authorization: Equatable {
    let accessKeyID: String
    let date: String
    let region: String
    let service: String
    /// Names of headers in lower case, in the order given.
    let signedHeaders: [String]
    let signature: String

    var scope: String { "\(date)/\(region)/\(service)/aws4_request" }

    /// Nil when `header` is not of this algorithm, or is incomplete.
    init?(_ header: String) {
      guard header.hasPrefix(SigV4.algorithm + " ") else { return nil }
      var fields: [Substring: Substring] = [:]
      for part in header.dropFirst(SigV4.algorithm.count + 1).split(separator: ",") {
        let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        guard pair.count == 2 else { return nil }
        fields[pair[0]] = pair[1]
      }
      let credential = (fields["Credential"] ?? "").split(
        separator: "/", omittingEmptySubsequences: false)
      let signed = (fields["SignedHeaders"] ?? "").split(separator: ";")
      guard credential.count == 5, credential[4] == "aws4_request", !signed.isEmpty,
        let signature = fields["Signature"]
      else { return nil }
      accessKeyID = String(credential[0])
      date = String(credential[1])
      region = String(credential[2])
      service = String(credential[3])
      signedHeaders = signed.map(String.init)
      self.signature = String(signature)
    }
  }

  static func canonicalRequest(_ request: Request, signedHeaders: [String]) -> String {
    var text = "\(request.method)\n\(canonicalPath(request.path))\n"
    text += canonicalQuery(request.query) + "\n"
    for name in signedHeaders {
      let values = request.headers.lazy.filter { $0.name == name }.map { squeezed($0.value) }
      text += "\(name):\(values.joined(separator: ","))\n"
    }
    text += "\n\(signedHeaders.joined(separator: ";"))\n"
    text += Digest.hex(Digest.sha256(request.body))
    return text
  }

  static func stringToSign(_ canonicalRequest: String, date: String, scope: String) -> String {
    let hash = Digest.hex(Digest.sha256(Array(canonicalRequest.utf8)))
    return "\(algorithm)\n\(date)\n\(scope)\n\(hash)"
  }

  static func signature(
    of stringToSign: String, secret: String, date: String, region: String, service: String
  ) -> String {
    var key = Array("AWS4\(secret)".utf8)
    for part in [date, region, service, "aws4_request"] {
      key = Digest.hmacSHA256(key: key, Array(part.utf8))
    }
    return Digest.hex(Digest.hmacSHA256(key: key, Array(stringToSign.utf8)))
  }

  /// Dot segments are resolved, double slashes merged, and what is not unreserved is encoded; a
  /// path that came encoded is thus encoded twice, as the rules want for all services but S3.
  private static func canonicalPath(_ path: String) -> String {
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
    }
    let slash = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
    return "/" + segments.map(encoded).joined(separator: "/") + slash
  }

  /// Parameters in the order of their names, then of their values; a client sends them encoded.
  private static func canonicalQuery(_ query: String) -> String {
    query.split(separator: "&")
      .map { part in
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (name: pair[0], value: pair.count > 1 ? pair[1] : "")
      }
      .sorted { ($0.name.utf8Order, $0.value.utf8Order) < ($1.name.utf8Order, $1.value.utf8Order) }
      .map { "\($0.name)=\($0.value)" }
      .joined(separator: "&")
  }

  private static func encoded(_ segment: Substring) -> String {
    var text: [UInt8] = []
    for byte in segment.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        text.append(byte)
      default:
        text.append("%" + Digest.hex([byte]).uppercased())
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Without space at the ends; runs of spaces inside are one.
  private static func squeezed(_ value: String) -> String {
    value.split(separator: " ").joined(separator: " ")
  }
}

extension Substring {
  /// Swift compares strings in Unicode's canonical form; here the bytes decide.
  fileprivate var utf8Order: String { Digest.hex(Array(utf8)) }
}
