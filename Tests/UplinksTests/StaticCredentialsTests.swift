import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct StaticCredentialsTests {
  private func fetch(_ environment: [String: String]) -> ScriptedSource.Answer {
    Result { () throws(CredentialFailure) in
      try StaticCredentials(environment: environment).fetch()
    }
  }

  private func failure(_ environment: [String: String]) -> CredentialFailure? {
    if case .failure(let failure) = fetch(environment) { failure } else { nil }
  }

  @Test func theEnvironmentsKeysAreTaken() {
    let keys = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cr3t"]
    #expect(
      fetch(keys)
        == .success(
          FetchedCredentials(
            credentials: AWSCredentials(accessKeyID: "AKID", secretAccessKey: Secret("s3cr3t")),
            lifetime: nil)))
    let token = try? fetch(keys.merging(["AWS_SESSION_TOKEN": "t=="]) { $1 }).get()
    #expect(token?.credentials.sessionToken == Secret("t=="))
  }

  @Test(arguments: [
    [:], ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""], ["AWS_SESSION_TOKEN": "t"],
  ])
  func whereNoneAreSetAnotherSourceMayHaveThem(environment: [String: String]) {
    #expect(failure(environment)?.kind == .absent)
  }

  @Test func halfAPairIsAMistakeThatNamesTheOther() {
    #expect(
      failure(["AWS_ACCESS_KEY_ID": "A"])
        == CredentialFailure(
          .hold, "AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY"))
    #expect(
      failure(["AWS_SECRET_ACCESS_KEY": "s", "AWS_ACCESS_KEY_ID": ""])
        == CredentialFailure(
          .hold, "AWS_SECRET_ACCESS_KEY is set, but not AWS_ACCESS_KEY_ID"))
  }

  @Test func aLineEndInAKeyIsToldWithoutTheKey() {
    let told = failure(["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s3cr3t\r\nHost: x"])
    #expect(told?.kind == .hold)
    #expect(told?.reason.hasPrefix("AWS_SECRET_ACCESS_KEY ") == true)
    #expect(told?.reason.contains("s3cr3t") == false)
  }

  @Test func theInisKeysStayGood() throws {
    let source = StaticCredentials(ini: testCredentials("A"))
    #expect(try source.fetch().lifetime == nil)
    #expect(try source.fetch().credentials == testCredentials("A"))
  }
}
