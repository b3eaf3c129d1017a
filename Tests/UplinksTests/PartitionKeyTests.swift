import Platform
import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct PartitionKeyTests {
  private func key(_ text: String, _ event: SensorEvent = testEvent("door")) throws -> String {
    let settings = Settings(["partition_key": text], for: [PartitionKey.option])
    return try PartitionKey(settings).text(event, of: testOrigin, crypto: LibCrypto())
  }

  @Test func itIsTheSensorsOrTheDevicesName() throws {
    #expect(try key("sensor") == "door")
    #expect(try key("device") == "greenhouse-pi")
  }

  @Test(arguments: [
    ("{device}/{sensor}", "greenhouse-pi/door"), ("{sensor}", "door"),
    ("x-{device}", "x-greenhouse-pi"),
    ("{device}é", "greenhouse-pié"),
  ])
  func aTemplateIsFilledIn(template: String, text: String) throws {
    #expect(try key(template) == text)
  }

  @Test func oneThatIsSpreadEvenlyIsTheSameForTheSameEvent() throws {
    let first = try key("random", testEvent(sequence: 1))
    #expect(try key("random", testEvent("other", sequence: 1)) == first)
    #expect(try key("random", testEvent(sequence: 2)) != first)
    #expect(first.utf8.count == 16)
  }

  @Test func anEmptyOneIsReplacedAndALongOneCutBetweenCharacters() throws {
    #expect(try key("sensor", testEvent("")) == "-")
    #expect(try key("sensor", testEvent(String(repeating: "a", count: 300))).utf8.count == 256)
    let emoji = try key("{sensor}{sensor}", testEvent(String(repeating: "🌡", count: 100)))
    #expect(emoji == String(repeating: "🌡", count: 128))
  }
}
