import FoundationEssentials
import TelemetryModel
import Uplinks

/// A record as a consumer sees it.
struct SentRecord: Equatable {
  var key: String
  var data: String
}

/// The records of a PutRecords request.
func records(of request: HTTPRequest) throws -> [SentRecord] {
  try JSONDecoder().decode(PutRecordsBody.self, from: Data(request.body)).records.map {
    SentRecord(key: $0.partitionKey, data: String(decoding: $0.data, as: UTF8.self))
  }
}

/// The same with the data's bytes.
func rawRecords(of request: HTTPRequest) throws -> [(key: String, data: [UInt8])] {
  try JSONDecoder().decode(PutRecordsBody.self, from: Data(request.body)).records.map {
    ($0.partitionKey, Array($0.data))
  }
}

private struct PutRecordsBody: Decodable {
  struct Record: Decodable {
    var data: Data
    var partitionKey: String
    enum CodingKeys: String, CodingKey {
      case data = "Data"
      case partitionKey = "PartitionKey"
    }
  }
  var records: [Record]
  enum CodingKeys: String, CodingKey { case records = "Records" }
}

/// Kinesis when all is well.
func kinesisService(_ request: HTTPRequest, _ number: Int) -> ScriptedTransport.Answer {
  guard let records = try? records(of: request) else {
    return .success(.json(400, #"{"__type":"SerializationException"}"#))
  }
  let entries = records.indices.map {
    #"{"SequenceNumber":"\#(number)\#($0)","ShardId":"shardId-000000000000"}"#
  }
  let list = entries.joined(separator: ",")
  return .success(.json(200, #"{"FailedRecordCount":0,"Records":[\#(list)]}"#))
}
