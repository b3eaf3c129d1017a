/// Whether a Kinesis request may come in: SigV4 when keys are known, anything otherwise.
struct SignatureCheck {
  /// Keys by access key id; empty switches the check off.
  var credentials: [String: Credential] = [:]
  /// When set, each request must carry exactly this session token.
  var sessionToken: String?

  /// Seconds that a request's date may be away from the clock; the service allows 15 minutes.
  static let skewMax: Double = 15 * 60

  /// - Parameters:
  ///   - now: what the request's date is held against.
  ///   - expiringAt: what the end of a key's life is held against; `now` when nil.
  func verify(
    _ request: Request, at now: WallTime, expiringAt real: WallTime? = nil
  ) throws(KinesisError) {
    if let sessionToken, request.header("x-amz-security-token") != sessionToken {
      throw .badToken
    }
    guard !credentials.isEmpty else { return }
    guard let header = request.header("authorization") else { throw .noAuthentication }
    guard let authorization = SigV4.Authorization(header) else {
      throw KinesisError(
        type: "IncompleteSignatureException",
        message: "Authorization must be \(SigV4.algorithm) Credential=.., SignedHeaders=.., "
          + "Signature=..")
    }
    guard let credential = credentials[authorization.accessKeyID] else { throw .badToken }
    if let token = credential.token, request.header("x-amz-security-token") != token {
      throw .badToken
    }
    if let until = credential.until, real ?? now >= until { throw .expiredToken }
    let date = try dateInTime(request, authorization, at: now)
    try requireSignedHeaders(request, authorization)
    let canonical = SigV4.canonicalRequest(request, signedHeaders: authorization.signedHeaders)
    let signature = SigV4.signature(
      of: SigV4.stringToSign(canonical, date: date, scope: authorization.scope),
      secret: credential.secret, date: authorization.date, region: authorization.region,
      service: authorization.service)
    guard signature == authorization.signature else {
      throw .signature(
        "The request signature we calculated does not match the signature you provided. Check "
          + "your AWS Secret Access Key and signing method. The canonical request should have "
          + "been \"\(Self.withoutToken(canonical, of: request))\".")
    }
  }

  /// `canonical` for a message, which clients may log: without the session token.
  private static func withoutToken(_ canonical: String, of request: Request) -> String {
    guard let token = request.header("x-amz-security-token"), !token.isEmpty else {
      return canonical
    }
    return canonical.replacing(token, with: "(token)")
  }

  /// The request's `X-Amz-Date`, which must agree with the scope and with the clock.
  private func dateInTime(
    _ request: Request, _ authorization: SigV4.Authorization, at now: WallTime
  ) throws(KinesisError) -> String {
    guard authorization.service == "kinesis" else {
      throw .signature("Credential should be scoped to correct service: 'kinesis'.")
    }
    guard let date = request.header("x-amz-date"), let time = WallTime(basicISO8601: date) else {
      throw KinesisError(
        type: "IncompleteSignatureException",
        message: "X-Amz-Date must be given, in ISO 8601 basic form.")
    }
    guard date.hasPrefix(authorization.date + "T") else {
      throw .signature("Date in Credential scope does not match YYYYMMDD from ISO-8601 date.")
    }
    let earliest = now.adding(seconds: -Self.skewMax)
    let latest = now.adding(seconds: Self.skewMax)
    if time < earliest {
      throw .signature(
        "Signature expired: \(date) is now earlier than \(earliest.basicISO8601) "
          + "(\(now.basicISO8601) - 15 min.)")
    }
    if time > latest {
      throw .signature(
        "Signature not yet current: \(date) is still later than \(latest.basicISO8601) "
          + "(\(now.basicISO8601) + 15 min.)")
    }
    return date
  }

  /// `host` and every `x-amz-` header of the request must be covered, and the list be in order.
  private func requireSignedHeaders(
    _ request: Request, _ authorization: SigV4.Authorization
  ) throws(KinesisError) {
    let signed = authorization.signedHeaders
    let sent = request.headers.map(\.name)
    for name in ["host"] + sent.filter({ $0.hasPrefix("x-amz-") }) where !signed.contains(name) {
      throw .signature("'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
    }
    for name in signed where !sent.contains(name) {
      throw .signature("'\(name)' is a signed header, but was not sent.")
    }
    guard signed == signed.sorted(), Set(signed).count == signed.count else {
      throw .signature("SignedHeaders must be sorted, each name once.")
    }
  }
}
