import ArgumentParser
import Platform
import TelemetryModel
import Uplinks

/// Sends records request by request, tells each one's fate, and ends the program where it cannot
/// go on.
struct PutDelivery {
  private let session: KinesisSession
  private var put: RecordPut
  private let limit: Duration
  private let isJSON: Bool
  private let isLines: Bool
  /// Fates that are not told yet: they are told in the order of the records.
  private var fates: [Int: RecordPut.Fate] = [:]
  private var told = 0
  private var stored = 0
  /// Of the first record that is not stored.
  private var failure: ExitCode?

  init(
    session: KinesisSession, put: RecordPut, limit: Duration, isJSON: Bool, isLines: Bool
  ) {
    self.session = session
    self.put = put
    self.limit = limit
    self.isJSON = isJSON
    self.isLines = isLines
  }

  /// - Parameter data: nil where it is larger than any record.
  mutating func add(_ data: [UInt8]?) throws {
    if let data, put.fits(data.count) {
      put.add(data)
      if put.isFull { try flush() }
    } else {
      let message = "more bytes than any stream takes in a record with this key"
      let number = put.skip()
      fates[number] = .refused(.badInput, code: "", message: message)
    }
  }

  /// Sends all that wait.
  mutating func flush() throws {
    var retry = CallRetry(within: limit, from: session.clock.bootTime())
    while let body = put.request() {
      guard let failure = exchange(body, &retry) else { continue }
      let pause = retry.pause(
        after: failure.fault, retryAfter: failure.retryAfter, at: session.clock.bootTime(),
        fraction: Double.random(in: 0...1))
      if let pause {
        session.wait(pause)
      } else {
        try giveUp(failure)
      }
    }
    tell()
  }

  /// The status of the whole.
  func finish() throws {
    guard let failure else { return }
    if isLines {
      Console.error("telemetryd: \(told - stored) of \(told) records were not stored")
    }
    throw failure
  }

  /// One request; nil when all of it was settled, or is to be cut otherwise.
  private mutating func exchange(_ body: [UInt8], _ retry: inout CallRetry) -> KinesisFailure? {
    let answer: [UInt8]
    do throws(KinesisFailure) {
      answer = try session.attempt("PutRecords", body)
    } catch {
      guard error.fault == .badInput else { return error }
      if let (number, fate) = put.refuse(error) { fates[number] = fate }
      return nil
    }
    do throws(UnreadableAnswer) {
      let (settled, setback) = try put.settle(answer)
      for (number, fate) in settled { fates[number] = fate }
      if !settled.isEmpty { retry.madeProgress(at: session.clock.bootTime()) }
      return setback.map { KinesisFailure($0.fault, code: $0.code, $0.message) }
    } catch {
      return KinesisFailure(.transient, error.reason)
    }
  }

  /// Nothing more can be sent: the others have the same fate.
  private mutating func giveUp(_ failure: KinesisFailure) throws {
    let fate = RecordPut.Fate.refused(
      failure.fault, code: failure.code ?? "", message: failure.reason)
    for (number, fate) in put.giveUp(fate) { fates[number] = fate }
    tell()
    try finish()
  }

  private mutating func tell() {
    for number in fates.keys.sorted() {
      guard let fate = fates.removeValue(forKey: number) else { continue }
      told += 1
      if let line = isJSON ? PutText.json(fate) : PutText.line(fate) { Console.out(line) }
      switch fate {
      case .stored: stored += 1
      case .refused(let fault, let code, _):
        let status = KinesisVerdict.status(fault, code: code.isEmpty ? nil : code)
        failure = failure ?? ExitCode(status)
        if let complaint = PutText.complaint(fate, line: isLines ? number + 1 : nil) {
          Console.error("telemetryd: \(complaint)")
        }
      }
    }
  }
}
