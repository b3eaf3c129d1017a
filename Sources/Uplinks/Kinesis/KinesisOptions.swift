import TelemetryModel

/// What a section of kind kinesis says about records, read once.
struct KinesisOptions {
  static let all =
    [
      Option("stream", .text, .required, "Name or ARN of the data stream.")
    ] + KinesisClient.options + [
      PartitionKey.option,
      Option(
        "explicit_hash_key", .text, .absent,
        "A whole number below 2^128 that places all records, instead of their partition keys."),
      Option(
        "order", .choice(KeyOrder.Choice.allCases.map(\.rawValue)), .value("per_key"),
        "per_key: a record of a key waits for the one before it. any: requests are always filled, "
          + "and a record that is refused is overtaken."),
      Option(
        "aggregation", .choice(Aggregation.allCases.map(\.rawValue)), .value("none"),
        "none: each event is a record. kpl: events of one shard share a record, as the Kinesis "
          + "Producer Library packs them."),
      Option(
        "compression", .choice(Compression.allCases.map(\.rawValue)), .value("none"),
        "Of each event's data: none or gzip."),
      Option(
        "record_max", .size((1 << 10)...(10 << 20)), .value("1M"),
        "Largest record, data and key. More than 1M only where the stream was raised."),
      Option(
        "request_max", .size((64 << 10)...(10 << 20)), .value("5M"), "Largest request."),
    ]

  enum Aggregation: String, CaseIterable, Sendable { case none, kpl }
  enum Compression: String, CaseIterable, Sendable { case none, gzip }

  let stream: KinesisStream
  let partitionKey: PartitionKey
  let explicitHashKey: String?
  let order: KeyOrder.Choice
  let aggregation: Aggregation
  let compression: Compression
  let limits: PutRecordsRequest.Limits

  init(_ settings: Settings) throws(Settings.Invalid) {
    stream = try KinesisStream(settings)
    partitionKey = try PartitionKey(settings)
    explicitHashKey = try settings.optionalText("explicit_hash_key")
    if let explicitHashKey, HashKey(decimal: explicitHashKey) == nil {
      throw Settings.Invalid(
        "explicit_hash_key",
        "is '\(explicitHashKey)'; allowed: a whole number from 0 to \(HashKey.max)")
    }
    order = try settings.choice("order")
    aggregation = try settings.choice("aggregation")
    compression = try settings.choice("compression")
    limits = PutRecordsRequest.Limits(
      record: try settings.size("record_max"), request: try settings.size("request_max"))
  }
}
