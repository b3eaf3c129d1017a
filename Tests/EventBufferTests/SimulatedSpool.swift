import Synchronization

/// The spool as an independent reader finds it on the fake disk: events of batches that their
/// commit proves.
struct SimulatedSpool {
  /// In what programs see.
  private(set) var committed: Set<EventName> = []
  /// What waits for no sync.
  private(set) var clean: Set<EventName> = []
  /// What a power cut now would leave.
  private(set) var durable: Set<EventName> = []

  init(_ disk: FakeDisk) {
    for (path, inode) in disk.files where path.hasSuffix(".jsonl") && !path.contains("rejected") {
      read(path, inode.bytes, disk)
    }
  }

  private mutating func read(_ path: String, _ bytes: [UInt8], _ disk: FakeDisk) {
    var start = 0
    var header: (run: Int, end: Int)?
    var array: Range<Int>?
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = start..<end
      start = end + 1
      if bytes[line].starts(with: #"{"segment""#.utf8) {
        header = Self.boot(in: bytes[line]).map { (EventName(boot: $0, sequence: 0).run, end + 1) }
      } else if bytes[line].starts(with: "[".utf8) {
        array = line
      } else if let batch = array, let header {
        array = nil
        guard bytes[line].starts(with: #"{"commit""#.utf8),
          Self.isProven(Array(bytes[batch]), by: bytes[line])
        else { continue }
        let names = Self.numbers(after: #""seq":"#, in: bytes[batch])
          .map { EventName(run: header.run, sequence: $0) }
        committed.formUnion(names)
        if start <= disk.clean(path) { clean.formUnion(names) }
        let isDurable =
          disk.isDurable(0..<header.end, of: path)
          && disk.isDurable(batch.lowerBound..<start, of: path)
        if isDurable { durable.formUnion(names) }
      }
    }
  }

  private static func boot(in line: ArraySlice<UInt8>) -> String? {
    let parts = String(decoding: line, as: UTF8.self).split(separator: #""boot":""#)
    return parts.count > 1 ? parts[1].split(separator: "\"").first.map { String($0) } : nil
  }

  private static func isProven(_ array: [UInt8], by commit: ArraySlice<UInt8>) -> Bool {
    let hex = String(plainCRC32(array), radix: 16)
    let crc = String(repeating: "0", count: 8 - hex.utf8.count) + hex
    return String(decoding: commit, as: UTF8.self).contains(#""crc32":"\#(crc)""#)
  }

  /// The decimal numbers that stand behind each `mark`.
  static func numbers(after mark: String, in bytes: ArraySlice<UInt8>) -> [UInt64] {
    let mark = Array(mark.utf8)
    var numbers: [UInt64] = []
    var matched = 0
    var number: UInt64?
    for byte in bytes {
      if let value = number {
        if (48...57).contains(byte) {
          number = value * 10 + UInt64(byte - 48)
          continue
        }
        numbers.append(value)
        number = nil
      }
      matched = byte == mark[matched] ? matched + 1 : byte == mark[0] ? 1 : 0
      if matched == mark.count {
        matched = 0
        number = 0
      }
    }
    if let number { numbers.append(number) }
    return numbers
  }
}
