import ArgumentParser
import Glibc

/// The command line.
@main
struct Receiver: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receiver",
    abstract: "A local Kinesis and Initial State that shows what arrives, and breaks on demand.",
    discussion: """
      It listens on 127.0.0.1 only. GET / shows the last readings. For tests: GET \
      /control/stats, POST /control/faults with {"kind":"status","code":503} or a list of such \
      (in place of those set before), DELETE /control/faults, POST /control/credentials with \
      {"accessKeyId":..,"secretAccessKey":..,"sessionToken":..,"seconds":..} or a list of such \
      (besides those that were known). \
      Streams are split and merged by SplitShard and MergeShards. A record of the log whose \
      acceptance a fault kept from the client has the member "unanswered".

      \(FaultKind.help)
      """)

  @Option(help: "Port to listen on; 0 lets the system choose.")
  var port: UInt16 = 0

  @Option(help: "File to append accepted readings to, as JSON lines.")
  var log: String?

  @Option(help: "File to append a JSON line for each request of an uplink to.")
  var requests: String?

  @Flag(name: .customLong("print"), help: "Print a line for each accepted reading.")
  var prints = false

  @Option(
    parsing: .upToNextOption,
    help: "ACCESSKEYID=SECRET: demand Kinesis requests signed with it (repeatable).")
  var secret: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "ID:SECRET[:TOKEN[:SECONDS]]: the same, with its session token and life (repeatable).")
  var credential: [String] = []

  @Option(help: "The session token that Kinesis requests must carry.")
  var sessionToken: String?

  @Option(help: "The access key that Initial State requests must carry.")
  var accessKey: String?

  @Option(parsing: .upToNextOption, help: "A fault to start with, see below (repeatable).")
  var fault: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "A stream that exists (repeatable); without any, every name is one.")
  var stream: [String] = []

  @Option(help: "Seconds for which a stream is being created, and being deleted.")
  var streamChange = 0.0

  @Option(help: "Shards of a stream.")
  var shards = 1

  @Option(help: "Bytes of one Kinesis record: data and key.")
  var maxRecordBytes = KinesisLimits().recordBytes

  @Option(help: "Bytes of all records of one Kinesis request.")
  var maxRequestBytes = KinesisLimits().requestBytes

  @Option(help: "Seed of the faults' chance.")
  var seed: UInt64 = 1

  func validate() throws {
    _ = try credentials(at: .now())
    _ = try faults()
    for name in stream where !StreamCatalog.isValid(name) {
      throw ValidationError("--stream '\(name)': 1 to 128 letters, digits, '_', '.' and '-'.")
    }
    guard (0...Self.streamChangeMax).contains(streamChange) else {
      throw ValidationError("--stream-change must be from 0 to \(Int(Self.streamChangeMax)) s.")
    }
    guard (1...StreamCatalog.shardsMax).contains(shards) else {
      throw ValidationError("--shards must be from 1 to \(StreamCatalog.shardsMax).")
    }
    for bytes in [maxRecordBytes, maxRequestBytes] where !(1...Self.bytesMax).contains(bytes) {
      throw ValidationError("--max-.. bytes must be from 1 to \(Self.bytesMax).")
    }
  }

  func run() throws {
    let signals = StopSignals()
    let now = WallTime.now()
    let journal = try open(log)
    let requestLog = try open(requests)
    var receiving = try receiving(at: now)
    let refuseSeconds = receiving.setFaults(try faults(), at: now)
    let desk = FrontDesk(receiving, journal: journal, requests: requestLog)
    let server = Server(desk: desk)
    let chosen: Int
    do { chosen = try server.start(port: Int(port)) } catch {
      throw failure("cannot listen on port \(port): \(error)", code: EX_UNAVAILABLE)
    }
    say("receiver: listening on http://\(Server.host):\(chosen)")
    if let refuseSeconds { server.refuse(seconds: refuseSeconds) }
    signals.wait()
    try server.stop()
    do { try desk.close() } catch { throw failure("\(error)", code: EX_IOERR) }
  }

  /// Seconds; the service takes about a minute.
  private static let streamChangeMax = 3600.0
  /// The largest limit that may be set: 64 MiB.
  private static let bytesMax = 64 << 20

  private func receiving(at now: WallTime) throws -> Receiving {
    Receiving(
      kinesis: KinesisEndpoint(
        limits: KinesisLimits(recordBytes: maxRecordBytes, requestBytes: maxRequestBytes),
        signatures: SignatureCheck(
          credentials: try credentials(at: now), sessionToken: sessionToken),
        catalog: StreamCatalog(names: stream, shardCount: shards, changeSeconds: streamChange),
        startedAt: now),
      initialState: InitialStateEndpoint(accessKey: accessKey),
      faults: FaultPlan(seed: seed), prints: prints, logsRequests: requests != nil)
  }

  private func open(_ path: String?) throws -> JournalFile? {
    do { return try path.map { path in try JournalFile(path: path) } } catch {
      throw failure("\(error)", code: EX_CANTCREAT)
    }
  }

  private func credentials(at now: WallTime) throws -> [String: Credential] {
    var credentials: [String: Credential] = [:]
    for text in secret {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw ValidationError("--secret must be ACCESSKEYID=SECRET.") }
      credentials[String(parts[0])] = Credential(secret: String(parts[1]))
    }
    for text in credential {
      do {
        let (id, credential) = try Credential.parse(text, at: now)
        credentials[id] = credential
      } catch { throw ValidationError("--credential: \(error)") }
    }
    return credentials
  }

  private func faults() throws -> [Fault] {
    do { return try fault.map { spec in try Fault(spec: spec) } } catch {
      throw ValidationError("--fault: \(error)")
    }
  }

  /// Says on standard error what went wrong, and ends with `code`, one of sysexits.h.
  private func failure(_ what: String, code: Int32) -> ExitCode {
    say("receiver: \(what)", to: STDERR_FILENO)
    return ExitCode(code)
  }
}
