import ArgumentParser
import EventBuffer
import Platform
import TelemetryModel
import Uplinks

struct PutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "put",
    abstract: "Put a record, or one for each line of standard input, into a data stream.",
    discussion: """
      Prints the shard and the sequence number of each record, in the order of the input; with \
      --json what PutRecords answers for it. What the service does not take is sent again, with \
      pauses, until --timeout has passed without progress. A record whose answer was lost is sent \
      again too, and may then be there twice.

      Ends with 0 only when all are stored; else with 65, 69 or 77, and says which are not.
      """)
  @Argument(help: "The stream's name or ARN.") var stream: String
  @Argument(help: "The partition key, which chooses the shard: 1 to 256 characters.")
  var key: String
  @Argument(help: "The record's data; - is standard input.") var data: String
  @ArgumentParser.Flag(help: "Each line of standard input is a record.") var lines = false
  @ArgumentParser.Option(help: "Chooses the shard in place of the key's hash: 0 to 2^128-1.")
  var explicitHashKey: String?
  @ArgumentParser.Option(help: "How long to try without progress, e.g. 20s, 5m.")
  var timeout = "1m"
  @OptionGroup var access: KinesisAccess
  @ArgumentParser.Flag(help: "A JSON object for each record, for machines.") var json = false

  /// Bytes of standard input in one read.
  private static let readSize = 1 << 20

  func validate() throws {
    guard (1...RecordPut.partitionKeyMax).contains(key.utf16.count) else {
      throw ValidationError("the key has \(key.utf16.count) characters; allowed: 1 to 256")
    }
    if let explicitHashKey, HashKey(decimal: explicitHashKey) == nil {
      throw ValidationError(
        "--explicit-hash-key is '\(explicitHashKey)'; allowed: 0 to 2^128-1, in decimal")
    }
    if lines && data != "-" { throw ValidationError("--lines wants - in place of the data") }
    try WaitOptions.check(timeout: timeout)
  }

  func run() throws {
    let (session, stream) = try KinesisSession.open(access, stream)
    var delivery = PutDelivery(
      session: session,
      put: RecordPut(
        to: stream, partitionKey: key,
        explicitHashKey: explicitHashKey.flatMap { HashKey(decimal: $0) }),
      limit: TelemetryModel.Option.duration(timeout) ?? .seconds(60), isJSON: json, isLines: lines)
    if data != "-" {
      try delivery.add(Array(data.utf8))
    } else {
      let input = try orEnd { () throws(FileError) in try SequentialInput("-") }
      if lines { try putLines(of: input, &delivery) } else { try putAll(of: input, &delivery) }
    }
    try delivery.flush()
    try delivery.finish()
  }

  /// What has come is sent before more is waited for.
  private func putLines(of input: SequentialInput, _ delivery: inout PutDelivery) throws {
    var cutter = LineCutter(limit: RecordPut.recordBytesMax)
    while true {
      let piece = try orEnd { () throws(FileError) in try input.read(upTo: Self.readSize) }
      guard !piece.isEmpty else { break }
      for line in cutter.lines(piece) { try delivery.add(line) }
      try delivery.flush()
    }
    for line in cutter.end() { try delivery.add(line) }
  }

  private func putAll(of input: SequentialInput, _ delivery: inout PutDelivery) throws {
    var data: [UInt8] = []
    while data.count <= RecordPut.recordBytesMax {
      let piece = try orEnd { () throws(FileError) in try input.read(upTo: Self.readSize) }
      if piece.isEmpty { break }
      data += piece
    }
    try delivery.add(data)
  }
}
