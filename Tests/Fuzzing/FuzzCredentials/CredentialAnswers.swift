import FuzzServices
import FuzzSupport
import TelemetryModel
import Uplinks

/// The input is what a service that lends credentials answers, or what stands in its place.
enum CredentialAnswers {
  /// Seconds: nobody is lent keys for longer.
  private static let longest = Duration.seconds(36 * 3600)
  /// 200 characters of the service's, a hint, and our own words.
  private static let reasonMax = 600

  static func check(_ bytes: [UInt8]) {
    let reader = TemporaryCredentialsAnswer(
      service: "the lender", hiding: Secret(secretText))
    for response in Answers(bytes).responses {
      var response = response
      demand(isFit(reader.failure(response).reason), "a refusal that is not fit for a log")
      response.status = 200
      do throws(CredentialFailure) {
        let lent = try reader.credentials(in: response)
        let lifetime = lent.lifetime ?? .zero
        demand(lifetime > .zero && lifetime <= longest, "a lifetime of \(lifetime)")
        let parts = [
          lent.credentials.accessKeyID, lent.credentials.secretAccessKey.revealed,
          lent.credentials.sessionToken?.revealed ?? "",
        ]
        let isVisible = parts.allSatisfy { part in
          !part.isEmpty && part.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
        demand(isVisible, "a key that no header can hold")
      } catch {
        demand(isFit(error.reason), "a failure that is not fit for a log")
      }
    }
  }

  private static func isFit(_ text: String) -> Bool {
    text.unicodeScalars.count <= reasonMax && !text.contains(secretText)
      && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}
