package import TelemetryModel

/// Amazon Kinesis Data Streams, by PutRecords over its JSON protocol.
///
/// The service answers for each record. What it does not say it has is kept, and its key's later
/// records behind it; a record that it will never take is found by halving. Without credentials the
/// events wait.
/// Source: Kinesis API reference, PutRecords; service model of the AWS SDKs.
package struct Kinesis: ConfiguredUplink {
  package static let kind = "kinesis"
  package static let summary = "Amazon Kinesis Data Streams: each event is a JSON record."
  package static let options = KinesisOptions.all

  /// More events than one request takes while some of them wait for their keys, so that those do
  /// not hold up the others; and while a request has one record of each key, so that it has many.
  package var limits: BatchLimits {
    let wanted = order.isRefusing ? Self.windowMax : PutRecordsRequest.recordsMax + waiting
    return BatchLimits(events: min(wanted, Self.windowMax))
  }
  package let destination: Destination

  /// Events looked at together at most, where many wait for their keys.
  static let windowMax = 5000
  /// A service that holds single records now and then is not told of each time.
  static let tellHeldInterval = Duration.seconds(600)
  /// While some keys wait, however long, the others' new events are looked for so often.
  static let lookInterval = Duration.milliseconds(250)

  private let options: KinesisOptions
  private let services: UplinkServices
  private var client: KinesisClient
  private var order: KeyOrder
  private var waits = KeyWaits()
  private var shards = KinesisShards()
  /// The service's clock less ours, as it was last reported.
  private var reportedOffset = Duration.zero
  /// Events were put off for the clock's sake, and nothing was answered since: a service that tells
  /// another time at each call must not keep the lane busy.
  private var hasPausedForClock = false
  /// When a person was last told that records are held one by one.
  private var toldHeldAt: BootTime?
  /// Events that were kept for their keys in the last sending.
  private var waiting = 0
  /// Streams of earlier inis that do not exist.
  private var missing: Set<String> = []

  package init(
    _ settings: Settings, with services: UplinkServices
  ) throws(Settings.Invalid) {
    options = try KinesisOptions(settings)
    client = try KinesisClient(settings, of: options.stream, with: services)
    order = KeyOrder(options.order)
    destination = Destination(["stream": options.stream.text])
    self.services = services.withoutEnvironment
  }

  package mutating func send(_ batch: Batch) -> DeliveryReport {
    let keys = BatchKeys(batch, options.partitionKey, crypto: services.crypto)
    var sending = Sending(KeyedDelivery(keys: keys.numbers, count: keys.names.count))
    if !waits.isEmpty { block(keys, &sending) }
    if !batch.events.isEmpty { learnShards(&sending) }
    // Events may have wrong epochs for the same reason, so they are first given right ones.
    if client.clockOffset != reportedOffset { sending.delivery.pause() }
    while true {
      // All events of a key that are aggregated travel in one record.
      let packing =
        options.aggregation == .kpl
        ? .full
        : order.packing(
          runs: sending.delivery.runs, isFull: batch.events.count >= PutRecordsRequest.recordsMax)
      guard
        let wanted = sending.delivery.next(upTo: PutRecordsRequest.recordsMax, packing)
      else { break }
      let target = stream(of: batch)
      let request = request(wanted, of: batch, to: target, keys, &sending)
      guard request.count > 0 else { continue }
      do throws(KinesisFailure) {
        let response = try client.exchange("PutRecords", request.body)
        let answer = try PutRecordsAnswer(
          response, count: request.count, redaction: client.redaction)
        judge(answer, of: request, keys, &sending)
      } catch {
        failed(error, request, target, &sending)
      }
    }
    return report(for: batch, keys, sending)
  }

  /// What one sending gathers.
  private struct Sending {
    var delivery: KeyedDelivery
    /// The first moment at which a key's wait ends.
    var nextAt: BootTime?
    /// The most patient of what refused single records.
    var fault: KinesisFault?
    var notices: [String] = []

    init(_ delivery: KeyedDelivery) { self.delivery = delivery }

    mutating func block(_ key: Int, until moment: BootTime) {
      delivery.block(key)
      nextAt = min(nextAt ?? moment, moment)
    }
  }

  // MARK: Before a request

  private mutating func block(_ keys: BatchKeys, _ sending: inout Sending) {
    waits.keepOnly(Set(keys.names))
    let now = services.time.bootTime()
    for (number, name) in keys.names.enumerated() {
      if let moment = waits.until(name, now: now) { sending.block(number, until: moment) }
    }
  }

  /// The stream that the events were logged for. Where that does not exist, it was a mistake in an
  /// earlier ini: its events would wait for ever, and all others behind them.
  private func stream(of batch: Batch) -> String {
    guard let logged = batch.destination["stream"], !missing.contains(logged) else {
      return options.stream.text
    }
    return logged
  }

  /// The stream's shards, where something is done with them.
  private mutating func learnShards(_ sending: inout Sending) {
    let now = services.time.bootTime()
    let isWanted = options.aggregation == .kpl || shards.pace.isActive(at: now)
    guard shards.isDue(isWanted: isWanted, at: now) else { return }
    if let notice = shards.ask(options.stream, &client, at: now) {
      sending.notices.append(notice)
    }
  }

  private mutating func request(
    _ wanted: [Int], of batch: Batch, to stream: String, _ keys: BatchKeys,
    _ sending: inout Sending
  ) -> PutRecordsRequest {
    let isPaced = shards.pace.isActive(at: services.time.bootTime())
    let isMapped = stream == options.stream.text && (isPaced || options.aggregation == .kpl)
    var packing = RequestPacking(
      batch, keys, options, services, map: isMapped ? shards.map : nil, to: stream)
    var pace = isPaced ? shards.pace : nil
    packing.pack(wanted, &pace)
    if let pace { shards.pace = pace }
    for (index, why) in packing.left {
      switch why {
      case .refused(let reason): sending.delivery.settle(index, .rejected(reason))
      case .paced(let moment): sending.block(sending.delivery.key(of: index), until: moment)
      case .putBack: break
      }
    }
    sending.delivery.putBack(
      packing.left.filter { if case .refused = $0.why { false } else { true } }.map(\.index))
    return packing.request
  }

  // MARK: After it

  private mutating func judge(
    _ answer: PutRecordsAnswer, of request: PutRecordsRequest, _ keys: BatchKeys,
    _ sending: inout Sending
  ) {
    hasPausedForClock = false
    let now = services.time.bootTime()
    var isRefusing = false
    for (record, judgement) in answer.records.enumerated() {
      let indices = request.indices(ofRecord: record)
      switch judgement {
      case .taken(let shard):
        let isStray = isStray(request, record, shard)
        let own = indices.first.map(keys.name)
        for index in indices {
          let isAtHome = !isStray || keys.name(of: index) == own
          sending.delivery.settle(
            index, isAtHome ? .accepted : .retry("the stream's shards have changed"))
          if !waits.isEmpty { waits.taken(keys.name(of: index)) }
        }
      case .refused(.badInput, let reason):
        for index in indices { sending.delivery.settle(index, .rejected(reason)) }
      case .refused(let fault, let reason):
        isRefusing = true
        if fault.pace == .hold, let first = indices.first {
          tellHeld(keys.name(of: first), reason, at: now, &sending)
        }
        if fault == .throttled { shards.pace.throttled(at: now) }
        sending.fault = Self.morePatient(sending.fault, fault)
        for index in indices {
          sending.delivery.settle(index, .retry(reason))
          let key = sending.delivery.key(of: index)
          guard sending.delivery.mayBeSent(index) else { continue }
          waits.refused(
            keys.names[key], fault, retryAfter: answer.retryAfter,
            fraction: services.fraction(), now: now)
          sending.block(key, until: waits.until(keys.names[key], now: now) ?? now)
        }
      }
    }
    if isRefusing { order.refused() } else { order.taken(request.count) }
  }

  /// A record waits for a person, while others may go on.
  private mutating func tellHeld(
    _ key: String, _ reason: String, at now: BootTime, _ sending: inout Sending
  ) {
    guard toldHeldAt.map({ $0 + Self.tellHeldInterval <= now }) ?? true else { return }
    toldHeldAt = now
    sending.notices.append(
      "records of \(key) are refused one by one: \(reason); nothing is lost, but a person is "
        + "needed")
  }

  /// True when a record went to another shard than it was made for. A consumer passes over those
  /// of an aggregate that do not belong there, so only its own key's are taken for delivered.
  private mutating func isStray(
    _ request: PutRecordsRequest, _ record: Int, _ shard: String
  ) -> Bool {
    guard let expected = request.shard(ofRecord: record) else { return false }
    shards.notice(shard, insteadOf: expected)
    return shard != expected
  }

  private mutating func failed(
    _ failure: KinesisFailure, _ request: PutRecordsRequest, _ target: String,
    _ sending: inout Sending
  ) {
    if failure.fault == .badInput {
      sending.delivery.refuse(request.indices, failure.reason)
    } else if failure.code == "ResourceNotFound" && target != options.stream.text {
      missing.insert(target)
      sending.delivery.putBack(request.indices)
      sending.notices.append(
        "there is no stream \(target); its events go to \(options.stream.text)")
    } else if failure.clockOffset != nil, !hasPausedForClock {
      hasPausedForClock = true
      sending.delivery.putBack(request.indices)
      sending.delivery.pause()
    } else {
      order.failed()
      sending.delivery.stop(failure.setback, for: request.indices)
    }
  }

  /// When records were refused for several reasons, the most patient one holds for all.
  private static func morePatient(
    _ first: KinesisFault?, _ second: KinesisFault
  ) -> KinesisFault {
    func patience(_ fault: KinesisFault) -> Int {
      switch fault.pace {
      case .connection: 0
      case .transient: 1
      case .throttled: 2
      case .hold: 3
      }
    }
    guard let first, patience(first) >= patience(second) else { return second }
    return first
  }

  private mutating func report(
    for batch: Batch, _ keys: BatchKeys, _ sending: Sending
  ) -> DeliveryReport {
    let delivery = sending.delivery
    let now = services.time.bootTime()
    let newOffset = client.clockOffset == reportedOffset ? nil : client.clockOffset
    reportedOffset = client.clockOffset
    var wait: Duration?
    if let setback = delivery.setback {
      wait = setback.retryAfter
    } else if delivery.hasMore {
      wait = .zero
    } else if let moment = sending.nextAt {
      wait = max(.zero, min(moment - now, Self.lookInterval))
    }
    let report = DeliveryReport(
      for: batch, pace: delivery.setback?.pace ?? sending.fault?.pace ?? .transient,
      retryAfter: wait, notices: sending.notices + client.takeNotices(),
      clockOffset: newOffset, verdict: delivery.verdict)
    waiting = delivery.setback == nil ? report.verdicts.count { $0.isKept } : 0
    return report
  }
}
