package import TelemetryModel

/// What DescribeStreamSummary tells of a stream, and ListStreams a part of it.
package struct StreamSummary: Sendable, Equatable {
  package var name: String
  /// CREATING, ACTIVE, UPDATING or DELETING.
  package var status: String
  package var arn: String?
  /// PROVISIONED or ON_DEMAND.
  package var mode: String?
  package var openShards: Int?
  package var retentionHours: Int?
  /// NONE or KMS.
  package var encryption: String?
  /// Of KMS: an id, an ARN or an alias.
  package var keyID: String?
  package var consumers: Int?
  /// The largest record, in KiB.
  package var recordKiB: Int?
  package var created: Timestamp?

  package static let active = "ACTIVE"
  package static let deleting = "DELETING"

  /// - Parameter answer: of DescribeStreamSummary.
  package init(answer: [UInt8]) throws(UnreadableAnswer) {
    guard let summary = JSONValue(answer)?["StreamDescriptionSummary"].flatMap(Self.init) else {
      throw UnreadableAnswer("DescribeStreamSummary")
    }
    self = summary
  }

  /// nil without a name or a status.
  init?(_ json: JSONValue) {
    guard let name = json["StreamName"]?.text, let status = json["StreamStatus"]?.text else {
      return nil
    }
    self.name = name
    self.status = status
    arn = json["StreamARN"]?.text
    mode = json["StreamModeDetails"]?["StreamMode"]?.text
    openShards = json["OpenShardCount"]?.integer
    retentionHours = json["RetentionPeriodHours"]?.integer
    encryption = json["EncryptionType"]?.text
    keyID = json["KeyId"]?.text
    consumers = json["ConsumerCount"]?.integer
    recordKiB = json["MaxRecordSizeInKiB"]?.integer
    created = json["StreamCreationTimestamp"]?.number.flatMap(Self.moment)
  }

  /// Seconds since the epoch; nil for what no stream was created at.
  private static func moment(_ epoch: Double) -> Timestamp? {
    guard (0...secondsMax).contains(epoch) else { return nil }
    return Timestamp(nanoseconds: Int64(epoch * 1e9))
  }

  /// In the year 2255: nanoseconds in 64 bits end in 2262.
  private static let secondsMax = 9e9
}

/// An answer 200 that is not what the operation answers with.
package struct UnreadableAnswer: Error, Sendable, Equatable {
  package let operation: String

  init(_ operation: String) { self.operation = operation }

  package var reason: String { "\(operation): HTTP 200 with an answer that cannot be read" }
}
