import TelemetryModel
import Testing
import Uplinks

@testable import telemetryd

@Suite struct KinesisSettingsTests {
  private func section(_ values: [String: String]) -> Settings {
    Settings(
      name: "cloud", values, secrets: ["secret_access_key": Secret("s3cr3t")],
      for: Kinesis.options)
  }

  private func region(_ settings: Settings?) -> String? {
    settings.flatMap { try? $0.optionalText("region") }
  }

  @Test func theCommandLineCountsMoreThanTheIniAndThatMoreThanTheEnvironment() {
    let ini = section(["region": "eu-west-1"])
    let environment = ["AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"]
    let given = KinesisSettings(region: "eu-west-3", environment: environment)
    #expect(region(given.settings(from: ini)) == "eu-west-3")
    let silent = KinesisSettings(environment: environment)
    #expect(region(silent.settings(from: ini)) == "eu-west-1")
    #expect(region(silent.settings(from: nil)) == "us-east-1")
    let other = KinesisSettings(environment: ["AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-2"])
    #expect(region(other.settings(from: nil)) == "us-east-2")
  }

  @Test func withoutARegionThereAreNoSettings() {
    #expect(KinesisSettings().settings(from: nil) == nil)
    #expect(!KinesisSettings().hasRegion)
    #expect(KinesisSettings(region: "eu-west-1").hasRegion)
    #expect(KinesisSettings(environment: ["AWS_REGION": "eu-west-1"]).hasRegion)
  }

  @Test func aProfilesRegionCountsLeast() {
    var given = KinesisSettings(environment: ["AWS_REGION": "us-east-1"])
    given.regionOfProfile = "eu-west-2"
    #expect(region(given.settings(from: nil)) == "us-east-1")
    var silent = KinesisSettings()
    silent.regionOfProfile = "eu-west-2"
    #expect(silent.hasRegion)
    #expect(region(silent.settings(from: nil)) == "eu-west-2")
    #expect(region(silent.settings(from: section(["region": "eu-west-1"]))) == "eu-west-1")
  }

  @Test func anARNSaysTheRegionWhereTheIniDoesNot() {
    let given = KinesisSettings(
      regionOfStream: "eu-west-2", environment: ["AWS_REGION": "us-east-1"])
    #expect(given.hasRegion)
    #expect(region(given.settings(from: nil)) == "eu-west-2")
    let ini = section(["stream": "arn:aws:kinesis:eu-west-1:123456789012:stream/readings"])
    #expect(region(KinesisSettings().settings(from: ini)) == "eu-west-1")
  }

  @Test func theIniGivesEndpointAndKeysAndTheCommandLineAnotherEndpoint() throws {
    let ini = section([
      "region": "eu-west-1", "endpoint": "http://127.0.0.1:1", "access_key_id": "AKID",
    ])
    let settings = try #require(KinesisSettings().settings(from: ini))
    #expect(try settings.optionalText("endpoint") == "http://127.0.0.1:1")
    #expect(try settings.optionalText("access_key_id") == "AKID")
    #expect(settings.optionalSecret("secret_access_key") == Secret("s3cr3t"))
    let elsewhere = KinesisSettings(endpoint: "http://127.0.0.1:2").settings(from: ini)
    #expect(try elsewhere?.optionalText("endpoint") == "http://127.0.0.1:2")
  }

  @Test func aProfileTakesThePlaceOfTheInisKeys() throws {
    let ini = section([
      "region": "eu-west-1", "endpoint": "http://127.0.0.1:1", "access_key_id": "AKID",
    ])
    let settings = try #require(KinesisSettings(profile: "board").settings(from: ini))
    #expect(settings.given == ["endpoint", "profile", "region"])
    #expect(settings.optionalSecret("secret_access_key") == nil)
  }
}
