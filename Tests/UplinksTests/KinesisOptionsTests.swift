import TelemetryModel
import Testing
import Uplinks

@Suite struct KinesisOptionsTests {
  @Test(arguments: [
    ("stream", "two words"), ("stream", ""), ("region", "EU West"), ("partition_key", "chance"),
    ("aggregation", "protobuf"), ("compression", "zip"), ("endpoint", "ftp://h"),
    ("endpoint", "kinesis.local:4567"),
    ("endpoint", "http://user:pw@h"), ("endpoint", "http://h:0"), ("endpoint", "http:///x"),
    ("stream", "arn:aws:kinesis:us-east-1:123456789012:stream/readings"),
    ("stream", "arn:aws:s3:eu-west-1:123456789012:stream/readings"),
    ("session_token", "a\nb"), ("partition_key", "{device"), ("partition_key", "{device}}"),
    ("partition_key", "{key}"), ("partition_key", "{}"), ("explicit_hash_key", "-1"),
    ("explicit_hash_key", "01"), ("explicit_hash_key", "340282366920938463463374607431768211456"),
    ("order", "strict"), ("record_max", "11M"), ("request_max", "1K"),
  ])
  func aWrongValueNamesItsOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try kinesis(ScriptedTransport([]), [option: value])
    }
    #expect(error?.option == option)
    #expect(error?.complaint.contains("pw") == false)
  }

  @Test func halfAPairOfKeysIsAMistake() {
    let error = #expect(throws: Settings.Invalid.self) {
      try kinesis(ScriptedTransport([]), ["access_key_id": "AKID"], keys: false)
    }
    #expect(error?.option == "secret_access_key")
  }

  @Test(arguments: [
    ("http://127.0.0.1:4567/", "http://127.0.0.1:4567/", "127.0.0.1:4567"),
    (
      "https://VPCE-1.kinesis.example:443", "https://vpce-1.kinesis.example/",
      "vpce-1.kinesis.example"
    ),
    ("http://[::1]:80/path/", "http://[::1]/path/", "[::1]"),
  ])
  func anEndpointIsUsedAsItIs(endpoint: String, url: String, host: String) throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport, ["endpoint": endpoint])
    _ = uplink.send(batch(testEvents(1)))
    #expect(transport.requests[0].url == url)
    #expect(transport.requests[0][header: "Host"] == host)
  }

  @Test func aChineseRegionHasItsOwnDomain() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport, ["region": "cn-north-1"])
    _ = uplink.send(batch(testEvents(1)))
    #expect(transport.requests[0].url == "https://kinesis.cn-north-1.amazonaws.com.cn/")
  }
}
