import TelemetryModel

/// Bodies of the calls about streams.
/// Source: Kinesis API reference, CreateStream, DeleteStream, DescribeStreamSummary, ListStreams,
/// ListShards.
package enum StreamRequest {
  /// What a stream can take, and how it is paid for.
  package enum Capacity: Sendable, Equatable {
    case provisioned(shards: Int)
    case onDemand
  }

  /// By its name: a stream that is yet to be has no ARN.
  package static func create(_ stream: StreamReference, _ capacity: Capacity) -> [UInt8] {
    var json = JSONWriter()
    json.raw(#"{"StreamName":"#)
    json.string(stream.name)
    switch capacity {
    case .provisioned(let shards):
      json.raw(#","ShardCount":"#)
      json.integer(shards)
      json.raw("}")
    case .onDemand: json.raw(#","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
    }
    return json.bytes
  }

  /// - Parameter withConsumers: also a stream that has registered consumers.
  package static func delete(_ stream: StreamReference, withConsumers: Bool) -> [UInt8] {
    var json = start(stream)
    json.raw(withConsumers ? #","EnforceConsumerDeletion":true}"# : "}")
    return json.bytes
  }

  package static func describe(_ stream: StreamReference) -> [UInt8] {
    var json = start(stream)
    json.raw("}")
    return json.bytes
  }

  /// - Parameter last: the last stream of the page before.
  static func list(after last: String?, token: String?) -> [UInt8] {
    var json = JSONWriter()
    if let token {
      json.raw(#"{"NextToken":"#)
      json.string(token)
      json.raw("}")
    } else if let last {
      json.raw(#"{"ExclusiveStartStreamName":"#)
      json.string(last)
      json.raw("}")
    } else {
      json.raw("{}")
    }
    return json.bytes
  }

  /// A token stands for the stream, which must not be named beside it.
  static func shards(of stream: StreamReference, token: String?) -> [UInt8] {
    guard let token else { return describe(stream) }
    return list(after: nil, token: token)
  }

  private static func start(_ stream: StreamReference) -> JSONWriter {
    var json = JSONWriter()
    json.raw("{")
    json.stream(stream.text)
    return json
  }
}
