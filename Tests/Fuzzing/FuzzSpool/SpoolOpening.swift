import EventBuffer
import FuzzServices
import FuzzSupport
import TelemetryModel

/// The input is a spool's folder: files parted by 0xFF, each named by its first byte.
enum SpoolOpening {
  private static let folder = "/spool/cloud"
  private static let filesMax = 8
  private static let own = Origin(device: "bench", boot: "0b00-2")

  private static let names: [UInt8: String] = [
    UInt8(ascii: "1"): "00000000000000000001.jsonl",
    UInt8(ascii: "2"): "00000000000000000007.jsonl",
    UInt8(ascii: "3"): "00000000000000000300.jsonl",
    UInt8(ascii: "4"): "04611686018427387904.jsonl",
    UInt8(ascii: "5"): "18446744073709551615.jsonl",
    UInt8(ascii: "c"): "cursor",
    UInt8(ascii: "q"): "00000000000000000001.jsonl.corrupt",
    UInt8(ascii: "r"): "rejected.jsonl",
  ]

  static func check(_ bytes: [UInt8]) {
    var files: [String: [UInt8]] = [:]
    for part in parts(of: bytes, atMost: filesMax) {
      guard let first = part.first else { continue }
      files[folder + "/" + (names[first] ?? "other")] = Array(part.dropFirst())
    }
    let disk = MemoryDisk(files)
    var store = store(on: disk)
    _ = store.open()
    var again = self.store(on: disk)
    _ = again.open()
    let expected = proven(in: files)
    let isWhole = expected.isKnown && files[folder + "/cursor"] == nil
    if isWhole && expected.isTrue {
      let (place, placeAgain) = (store.place(), again.place())
      demand(store.pending == again.pending && place == placeAgain, "opened again differs")
    }
    let delivered = drain(again, disk, offering: 2)
    let old = delivered.dropLast(2)
    if isWhole {
      demand(Array(old) == expected.sequences, "sent \(old), proven \(expected.sequences)")
    } else {
      demand(isPart(old, of: expected.sequences), "sent \(old), proven \(expected.sequences)")
    }
  }

  private static func store(on disk: MemoryDisk) -> SpillStore {
    SpillStore(
      folder: folder,
      header: SpoolFormat.Header(
        uplink: "cloud", kind: "kinesis", origin: own, destination: Destination()),
      limits: SpillStore.Limits(total: 1 << 20, segment: 64 << 10), on: disk, crc32: noCRC32)
  }

  private struct Proven {
    /// Of all proven events, in their order.
    var sequences: [UInt64] = []
    /// No file is of a newer format.
    var isKnown = true
    /// The commits tell the truth. Those that do not cost a second look, but no batch.
    var isTrue = true
  }

  private static func proven(in files: [String: [UInt8]]) -> Proven {
    var proven = Proven()
    for path in files.keys.sorted() {
      guard SpoolFormat.number(of: String(path.dropFirst(folder.count + 1))) != nil else {
        continue
      }
      var reader = SpoolReader(path, on: MemoryDisk(files), crc32: noCRC32)
      var total = 0
      reading: while let item = try? reader.next() {
        switch item {
        case .header: break
        case .newerFormat: proven.isKnown = false
        case .batch(let events, let commit, _):
          total += events.count
          if commit.total.map({ $0 != total }) ?? false { proven.isTrue = false }
          proven.sequences += events.map(\.sequence)
        // A commit that proves nothing may still be the last line, and its total be believed.
        case .damaged: proven.isTrue = false
        case .torn: break reading
        }
      }
    }
    return proven
  }

  /// Sends all that the store holds to a service that takes it, and a few events that come after.
  /// - Returns: the numbers of what was sent.
  private static func drain(
    _ store: SpillStore, _ disk: MemoryDisk, offering count: UInt64
  ) -> [UInt64] {
    let first = store.highestSequence + 1
    let taken = TakingUplink()
    let waiter = NoWaiter()
    let plan = FlushPlan(flushSize: 1, flushInterval: .zero, durability: .spool)
    let buffer = EventBuffer(
      uplink: "cloud", settings: .init(capacity: 100, plan: plan, batch: 10), store: store,
      origin: own, destination: Destination(), time: StillTime(),
      signals: .init(lane: waiter, disk: waiter), report: { _ in })
    let lane = UplinkLane(
      buffer: buffer, uplink: taken, waiter: waiter,
      rejected: RejectedFile(folder: folder, uplink: "cloud", on: disk, report: { _ in }),
      fileSystem: disk, crc32: noCRC32, fraction: { 0 })
    buffer.offer(
      (first..<first + count).map {
        SensorEvent(
          key: "new", value: .integer(1), time: StillTime().wallTime(),
          bootTime: StillTime().bootTime(), sequence: $0)
      })
    buffer.stop(.drain(grace: .seconds(1)))
    var rounds = 0
    while lane.round() {
      rounds += 1
      demand(rounds < roundsMax, "the lane comes to no end")
    }
    let sent = taken.sent.sequences
    let ledger = buffer.status().ledger
    demand(ledger.inSpool == 0 && ledger.inMemory == 0, "left behind: \(ledger)")
    demand(ledger.accepted == sent.count, "\(ledger) for \(sent.count) sent")
    let isEven = ledger.offered == ledger.accepted + ledger.dropped.values.reduce(0, +)
    demand(isEven, "uneven: \(ledger)")
    demand(Array(sent.suffix(Int(count))) == Array(first..<first + count), "new ones: \(sent)")
    return sent
  }

  /// A round sends or drops at least a batch, and an input has not nearly so many.
  private static let roundsMax = 10_000

  /// Whether the numbers of `part` stand in `all` in that order.
  private static func isPart(_ part: ArraySlice<UInt64>, of all: [UInt64]) -> Bool {
    var rest = all[...]
    for number in part {
      guard let place = rest.firstIndex(of: number) else { return false }
      rest = rest[(place + 1)...]
    }
    return true
  }
}

private final class Taken { var sequences: [UInt64] = [] }

/// Takes everything.
private struct TakingUplink: Uplink {
  let sent = Taken()
  let limits = BatchLimits(events: 10)
  let destination = Destination()

  mutating func send(_ batch: Batch) -> DeliveryReport {
    // What the agent itself tells of gaps is no event of the spool.
    sent.sequences += batch.events.filter { $0.key != Gap.key }.map(\.sequence)
    return DeliveryReport(for: batch) { _ in .accepted }
  }
}

/// Nothing is worth waiting for: the clock stands.
private struct NoWaiter: Waiter {
  func wait(on descriptors: [Int32], until deadline: BootTime?) -> [Int32] { [] }
  func wake() {}
}
