import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

/// Goal: whatever became of a spool's bytes, the agent starts, comes to an end, sends every batch
/// that was not touched, and counts the rest; and `verify` names it.
///
/// Method: a small spool of three segments is damaged at each byte (a bit turned, a zero, cut
/// there) and at each line (twice, gone, changed with the next); a large one at random places,
/// several at a time. Each is sent to a service that takes all.
@Suite struct SpoolDamageTests {
  private static let small = DamagedSpool(segments: 3, batches: 2, events: 2)

  @Test(arguments: small.paths)
  func aTurnedBitAtEachByte(path: String) {
    let size = Self.small.files[path]?.count ?? 0
    #expect(
      faults(size) { place in
        var bytes = Self.small.files[path] ?? []
        bytes[place] ^= 1 << UInt8(place % 8)
        return (path, bytes, place..<place + 1)
      } == [])
  }

  @Test(arguments: small.paths)
  func aZeroAtEachByte(path: String) {
    let size = Self.small.files[path]?.count ?? 0
    #expect(
      faults(size) { place in
        var bytes = Self.small.files[path] ?? []
        bytes[place] = 0
        return (path, bytes, place..<place + 1)
      } == [])
  }

  @Test(arguments: small.paths)
  func aCutAtEachByte(path: String) {
    let bytes = Self.small.files[path] ?? []
    #expect(
      faults(bytes.count) { size in
        (path, Array(bytes.prefix(size)), size..<bytes.count)
      } == [])
  }

  @Test(arguments: small.paths)
  func eachLineTwiceGoneOrMoved(path: String) {
    let bytes = Self.small.files[path] ?? []
    let lines = DamagedSpool.lines(bytes)
    #expect(
      faults(lines.count * 3) { number in
        let line = lines[number / 3]
        let next = number / 3 + 1 < lines.count ? lines[number / 3 + 1] : line
        var damaged = bytes
        switch number % 3 {
        case 0: damaged.insert(contentsOf: bytes[line], at: line.upperBound)
        case 1: damaged.removeSubrange(line)
        default:
          damaged.replaceSubrange(
            line.lowerBound..<next.upperBound,
            with: line == next ? bytes[line] : bytes[next] + bytes[line])
        }
        return (path, damaged, line.lowerBound..<next.upperBound)
      } == [])
  }

  @Test(arguments: 0..<40)
  func aLargeSpoolDamagedAtRandomPlaces(seed: Int) {
    var random = SeededRandom(state: UInt64(seed))
    let spool = DamagedSpool(segments: 4, batches: 12, events: 10)
    var touched: [String: [Range<Int>]] = [:]
    var files = spool.files
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      guard let path = spool.paths.randomElement(using: &random), var bytes = files[path] else {
        continue
      }
      let start = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, start + Int.random(in: 1...600, using: &random))
      for place in start..<end {
        bytes[place] = Bool.random(using: &random) ? 0 : UInt8.random(in: 0...255, using: &random)
      }
      files[path] = bytes
      touched[path, default: []].append(start..<end)
    }
    let fault = spool.send(files, touched: touched)
    #expect(fault == nil, "seed \(seed)")
  }

  /// What is wrong after each of `count` damages, the first five.
  private func faults(
    _ count: Int, _ damage: (Int) -> (path: String, bytes: [UInt8], touched: Range<Int>)
  ) -> [String] {
    var faults: [String] = []
    for number in 0..<count where faults.count < 5 {
      let (path, bytes, touched) = damage(number)
      var files = Self.small.files
      files[path] = bytes
      if let fault = Self.small.send(files, touched: [path: [touched]]) {
        faults.append("\(number): \(fault)")
      }
    }
    return faults
  }
}

/// A sound spool, and what must come of it when some of its bytes are not as they were.
struct DamagedSpool: Sendable {
  private(set) var files: [String: [UInt8]] = [:]
  private let batches: [(path: String, bytes: Range<Int>, events: [EventName])]
  private let names: [EventName]

  var paths: [String] { files.keys.sorted() }

  /// Each segment is of another run of the agent.
  init(segments: Int, batches: Int, events: Int) {
    var all: [(path: String, bytes: Range<Int>, events: [EventName])] = []
    var first: UInt64 = 1
    for segment in 1...segments {
      let path = "/spool/cloud/" + SpoolFormat.name(first: first)
      var text = SpoolText.header(boot: EventName.boot(segment), stream: "readings")
      for batch in 1...batches {
        let start = text.utf8.count
        let last = first + UInt64(events) - 1
        text += SpoolText.batch(first...last, total: batch * events)
        let names = (first...last).map { EventName(run: segment, sequence: $0) }
        all.append((path, start..<text.utf8.count, names))
        first = last + 1
      }
      files[path] = Array(text.utf8)
    }
    self.batches = all
    names = all.flatMap { $0.events }
  }

  static func lines(_ bytes: [UInt8]) -> [Range<Int>] {
    var start = 0
    return bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { end in
      defer { start = end + 1 }
      return start..<end + 1
    }
  }

  /// Sends a damaged spool.
  /// - Parameter touched: bytes of the sound files that are not as they were.
  /// - Returns: what is wrong with that.
  func send(_ files: [String: [UInt8]], touched: [String: [Range<Int>]]) -> String? {
    let disk = FakeDisk()
    for (path, bytes) in files { disk.put(path, bytes) }
    let verified = verify(disk)
    let service = SimulatedService(seed: 1)
    let agent = SimulatedAgent(
      run: 99, settings: .init(batch: 3), disk: disk, service: service, clock: StillClock())
    agent.buffer.stop(.drain(grace: .zero))
    guard agent.finish(atMost: 1_000) else { return "it does not end" }
    guard agent.ledger.isBalanced else { return "\(agent.ledger)" }

    for batch in batches {
      let ranges = touched[batch.path] ?? []
      // The byte before a batch ends the line before it: without it the two are one.
      let reach = batch.bytes.lowerBound - 1..<batch.bytes.upperBound
      guard !ranges.contains(where: { $0.overlaps(reach) }) else { continue }
      if isLeftAlone(batch.path, disk) { continue }
      let hasHeader = !ranges.contains { $0.lowerBound < headerEnd(batch.path) }
      for name in batch.events {
        let came =
          hasHeader
          ? service.accepted[name] != nil
          : service.accepted.keys.contains { $0.sequence == name.sequence }
        if !came { return "\(name) did not come; \(agent.findings)" }
      }
    }
    let sent = Set(service.accepted.keys.map(\.sequence))
    let missing = names.filter { !sent.contains($0.sequence) }
    // Nothing tells of what was cut off behind a commit.
    let isCut = files.contains { path, bytes in
      self.files[path].map { bytes.count < $0.count && $0.starts(with: bytes) } ?? true
    }
    if isCut { return nil }
    if !missing.isEmpty && verified.isEmpty {
      return "\(missing) did not come, verify found nothing"
    }
    return nil
  }

  private func headerEnd(_ path: String) -> Int {
    batches.first { $0.path == path }?.bytes.lowerBound ?? 0
  }

  /// A segment whose header now tells of a later format is not touched.
  private func isLeftAlone(_ path: String, _ disk: FakeDisk) -> Bool {
    guard let text = disk.text(path) else { return false }
    return text.contains(#""format":"#) && !text.contains(#""format":1,"#)
  }

  /// What `verify` names.
  private func verify(_ disk: FakeDisk) -> [String] {
    let folder = SpoolFolder(uplink: "cloud", path: "/spool/cloud", on: disk, crc32: plainCRC32)
    return paths.flatMap { path -> [String] in
      let name = String(path.dropFirst("/spool/cloud/".count))
      guard let found = try? folder.verify(name) else { return ["\(name) cannot be read"] }
      let torn = found.tornFrom.map { "torn from \($0)" }
      let newer = found.newerFormat.map { "format \($0)" }
      return found.damage + [torn, newer].compactMap { $0 }
    }
  }
}
