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
      {"accessKeyId":"..","secretAccessKey":"..","sessionToken":"..","seconds":60} for a key that \
      is good for so long (and besides those of --secret no other is good then).

      \(FaultKind.help)
      """)

  @Option(help: "Port to listen on; 0 lets the system choose.")
  var port: UInt16 = 0

  @Option(help: "File to append accepted readings to, as JSON lines.")
  var log: String?

  @Flag(name: .customLong("print"), help: "Print a line for each accepted reading.")
  var prints = false

  @Option(
    parsing: .upToNextOption,
    help: "ACCESSKEYID=SECRET: demand Kinesis requests signed with it (repeatable).")
  var secret: [String] = []

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

  @Option(help: "Shards of a stream.")
  var shards = 1

  @Option(help: "Bytes of one Kinesis record: data and key.")
  var maxRecordBytes = KinesisLimits().recordBytes

  @Option(help: "Bytes of all records of one Kinesis request.")
  var maxRequestBytes = KinesisLimits().requestBytes

  @Option(help: "Seed of the faults' chance.")
  var seed: UInt64 = 1

  func validate() throws {
    _ = try secrets()
    _ = try faults()
    for name in stream where !StreamCatalog.isValid(name) {
      throw ValidationError("--stream '\(name)': 1 to 128 letters, digits, '_', '.' and '-'.")
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
    let journal: JournalFile?
    do { journal = try log.map { path in try JournalFile(path: path) } } catch {
      throw failure("\(error)", code: EX_CANTCREAT)
    }
    var receiving = try receiving(at: now)
    let refuseSeconds = receiving.setFaults(try faults(), at: now)
    let desk = FrontDesk(receiving, journal: journal)
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

  /// The largest limit that may be set: 64 MiB.
  private static let bytesMax = 64 << 20

  private func receiving(at now: WallTime) throws -> Receiving {
    Receiving(
      kinesis: KinesisEndpoint(
        limits: KinesisLimits(recordBytes: maxRecordBytes, requestBytes: maxRequestBytes),
        signatures: SignatureCheck(secrets: try secrets(), sessionToken: sessionToken),
        catalog: StreamCatalog(names: stream, shardCount: shards), startedAt: now),
      initialState: InitialStateEndpoint(accessKey: accessKey),
      faults: FaultPlan(seed: seed), prints: prints)
  }

  private func secrets() throws -> [String: String] {
    var secrets: [String: String] = [:]
    for text in secret {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw ValidationError("--secret must be ACCESSKEYID=SECRET.") }
      secrets[String(parts[0])] = String(parts[1])
    }
    return secrets
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
