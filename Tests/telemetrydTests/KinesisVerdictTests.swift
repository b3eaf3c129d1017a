import Testing
import Uplinks

@testable import telemetryd

@Suite struct KinesisVerdictTests {
  @Test(
    arguments: [
      (KinesisFault.connection, nil, 69), (.throttled, "LimitExceeded", 69),
      (.transient, "InternalFailure", 69), (.credentials, "ExpiredToken", 77),
      (.clock, "InvalidSignature", 77), (.badInput, "Validation", 65),
      (.hold, "AccessDenied", 77), (.hold, "InvalidClientTokenId", 77),
      (.hold, "AccessDeniedException", 77), (.hold, nil, 77),
      (.hold, "ResourceNotFound", 69), (.hold, "KMSDisabled", 69), (.hold, "ResourceInUse", 69),
    ] as [(KinesisFault, String?, Int32)])
  func theStatusTellsWhoCanMendIt(_ fault: KinesisFault, _ code: String?, _ status: Int32) {
    #expect(KinesisVerdict.status(fault, code: code) == status)
  }

  @Test func theCodeIsInTheSentenceOnceAndNothingDrivesTheTerminal() {
    let told = KinesisFailure(.hold, code: "AccessDenied", "HTTP 400 AccessDenied: no\u{1B}[2J")
    #expect(KinesisVerdict.sentence(told) == "HTTP 400 AccessDenied: no?[2J")
    #expect(KinesisVerdict.sentence(KinesisFailure(.hold, code: "X", "no")) == "no (X)")
    #expect(KinesisVerdict.sentence(KinesisFailure(.connection, "refused")) == "refused")
  }
}
