import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct LedgerRecordTests {
  static let record: LedgerRecord = {
    var ledger = Ledger()
    (ledger.offered, ledger.accepted, ledger.rejected) = (100, 60, 3)
    ledger.dropped = [.spoolFull: 7, .crash: 2]
    (ledger.inMemory, ledger.inSpool) = (8, 20)
    var record = LedgerRecord(origin: Origin(device: "pi \"4\"", boot: "b-1f"), ledger: ledger)
    record.isFailing = true
    record.memory = 93...100
    record.gaps = [
      PendingGaps.Entry(
        origin: Origin(device: "pi", boot: "b-1"),
        gap: Gap(cause: "crash", count: 2, first: 5, last: 9))
    ]
    return record
  }()

  @Test func itReadsBackAsItWas() {
    let line = Self.record.line(crc32: plainCRC32)
    #expect(line.last == UInt8(ascii: "\n"))
    #expect(LedgerRecord(line, crc32: plainCRC32) == Self.record)
    var empty = LedgerRecord(origin: testOrigin, ledger: Ledger())
    empty.isClosed = true
    #expect(LedgerRecord(empty.line(crc32: plainCRC32), crc32: plainCRC32) == empty)
  }

  @Test func theLineIsAsPromised() {
    let text = String(decoding: Self.record.line(crc32: plainCRC32), as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"ledger":{"format":1,"device":"pi \"4\"","boot":"b-1f","closed":false,"failing":true,"#
          + #""offered":100,"accepted":60,"rejected":3,"in_memory":8,"in_spool":20,"#
          + #""memory_first":93,"memory_last":100,"dropped":{"crash":2,"spool_full":7},"#
          + #""gaps":[{"device":"pi","boot":"b-1","#
          + #""gap":{"cause":"crash","count":2,"first":5,"last":9}}]},"crc32":""#))
  }

  /// Goal: no damaged record is believed. Method: each byte changed in turn, and each cut.
  @Test func aDamagedRecordIsNone() {
    let line = Self.record.line(crc32: plainCRC32)
    for index in line.indices.dropLast() {
      var damaged = line
      damaged[index] ^= 0x01
      let read = LedgerRecord(damaged, crc32: plainCRC32)
      #expect(read == nil || read == Self.record, "byte \(index)")
      #expect(LedgerRecord(Array(line.prefix(index)), crc32: plainCRC32) == nil, "\(index) bytes")
    }
  }
}
