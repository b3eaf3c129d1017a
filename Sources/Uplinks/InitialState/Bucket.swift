import TelemetryModel

/// A bucket of Initial State: events of one access key and one bucket key are one dashboard.
struct Bucket: Sendable, Hashable {
  let key: String
  /// Shown to people; empty is allowed, and the service then names it by its key.
  let name: String

  /// The bucket that a batch was logged for; nil when its destination names none that can be used.
  init?(_ destination: Destination) {
    guard let key = destination["bucket_key"], !key.isEmpty, Self.isHeaderText(key) else {
      return nil
    }
    self.key = key
    name = destination["bucket_name"] ?? ""
  }

  init(_ settings: Settings) throws(Settings.Invalid) {
    guard let key = try settings.optionalText("bucket_key") else {
      throw Settings.Invalid("bucket_key", "is missing; \(Self.allowedKey)")
    }
    guard key.unicodeScalars.count <= Self.lengthMax, Self.isHeaderText(key),
      !key.contains(where: { ":\"'".contains($0) })
    else { throw Settings.Invalid("bucket_key", "is '\(key)'; \(Self.allowedKey)") }
    let name = try settings.optionalText("bucket_name") ?? ""
    guard name.unicodeScalars.count <= Self.lengthMax else {
      throw Settings.Invalid("bucket_name", "is longer than \(Self.lengthMax) characters")
    }
    self.key = key
    self.name = name
  }

  var destination: Destination { Destination(["bucket_key": key, "bucket_name": name]) }

  /// The body of POST /api/buckets.
  var body: [UInt8] {
    var json = JSONWriter(capacity: 128)
    json.raw(#"{"bucketKey":"#)
    json.string(key)
    json.raw(#","bucketName":"#)
    json.string(name)
    json.raw("}")
    return json.bytes
  }

  /// Characters of a key or a name (Initial State's events API, "Create Bucket").
  static let lengthMax = 250
  private static let allowedKey =
    "allowed: up to \(lengthMax) characters without colons, quotes and line breaks"

  /// The key travels in a header, where a line break would begin another one.
  private static func isHeaderText(_ key: String) -> Bool {
    key.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }
}
