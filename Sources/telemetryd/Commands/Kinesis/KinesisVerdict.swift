import ArgumentParser
import TelemetryModel
import Uplinks

/// What a failed call means to whoever gave the command.
enum KinesisVerdict {
  /// The service's words, with its code where they lack it.
  static func sentence(_ failure: KinesisFailure) -> String {
    guard let code = failure.code, !code.isEmpty, !failure.reason.contains(code) else {
      return PlainText.line(failure.reason)
    }
    return PlainText.line("\(failure.reason) (\(code))")
  }

  /// What the program ends with.
  /// - Parameter code: the service's, with or without `Exception`.
  static func status(_ fault: KinesisFault, code: String?) -> Int32 {
    exit(fault, code).rawValue
  }

  private static func exit(_ fault: KinesisFault, _ code: String?) -> ExitStatus.Code {
    switch fault {
    case .connection, .throttled, .transient: ExitStatus.unavailable
    case .credentials, .clock: ExitStatus.notPermitted
    case .badInput: ExitStatus.badData
    // What holds the agent is, of what has no code, the lack of credentials or a certificate.
    case .hold: code.map(isDenial) ?? true ? ExitStatus.notPermitted : ExitStatus.unavailable
    }
  }

  private static func isDenial(_ code: String) -> Bool {
    denials.contains { code == $0 || code == $0 + "Exception" }
  }

  private static let denials = [
    "AccessDenied", "NotAuthorized", "OptInRequired", "KMSAccessDenied", "KMSOptInRequired",
    "InvalidSignature", "SignatureDoesNotMatch", "IncompleteSignature",
    "MissingAuthenticationToken", "ExpiredToken", "UnrecognizedClient", "InvalidClientTokenId",
    "InvalidAccessKeyId", "InvalidToken",
  ]
}
