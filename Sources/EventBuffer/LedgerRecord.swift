package import TelemetryModel

/// The ledger as it outlives a run: one JSON object, in the file `ledger` beside the segments and
/// in the live record, that the next run goes on from.
package struct LedgerRecord: Sendable, Equatable {
  package static let name = "ledger"
  static let version = 1
  /// Bytes of the file that are read at most: with all gaps it is a tenth of it.
  static let sizeMax = 64 << 10

  /// The run that wrote it.
  package var origin: Origin
  /// It stopped as it should: nothing was in memory any more.
  package var isClosed = false
  /// Nothing was delivered when it was written, so that later nothing much can have been.
  package var isFailing = false
  package var ledger: Ledger
  /// The numbers of the oldest and the newest event that only memory held.
  package var memory: ClosedRange<UInt64>?
  package var gaps: [PendingGaps.Entry] = []

  package init(origin: Origin, ledger: Ledger) {
    self.origin = origin
    self.ledger = ledger
  }
}

// MARK: - As text

extension LedgerRecord {
  /// One line. Its CRC-32 is over all before `,"crc32"`.
  package func line(crc32: CRC32) -> [UInt8] {
    var json = JSONWriter(capacity: 512)
    json.raw(#"{"ledger":{"format":1,"device":"#)
    json.string(origin.device)
    json.raw(#","boot":"#)
    json.string(origin.boot)
    json.raw(#","closed":"#)
    json.boolean(isClosed)
    json.raw(#","failing":"#)
    json.boolean(isFailing)
    append("offered", ledger.offered, to: &json)
    append("accepted", ledger.accepted, to: &json)
    append("rejected", ledger.rejected, to: &json)
    append("in_memory", ledger.inMemory, to: &json)
    append("in_spool", ledger.inSpool, to: &json)
    if let memory {
      append("memory_first", memory.lowerBound, to: &json)
      append("memory_last", memory.upperBound, to: &json)
    }
    json.raw(#","dropped":{"#)
    let causes = ledger.dropped.sorted { $0.key.rawValue < $1.key.rawValue }
    for (index, (cause, count)) in causes.enumerated() {
      if index > 0 { json.raw(",") }
      json.string(cause.rawValue)
      json.raw(":")
      json.integer(count)
    }
    json.raw(#"},"gaps":["#)
    for (index, entry) in gaps.enumerated() {
      json.raw(index == 0 ? #"{"device":"# : #",{"device":"#)
      json.string(entry.origin.device)
      json.raw(#","boot":"#)
      json.string(entry.origin.boot)
      json.raw(#","gap":"#)
      entry.gap.append(to: &json)
      json.raw("}")
    }
    json.raw("]}")
    return SpoolFormat.sealed(json, crc32: crc32)
  }

  private func append(_ name: StaticString, _ count: some BinaryInteger, to json: inout JSONWriter)
  {
    json.raw(",\"")
    json.raw(name)
    json.raw("\":")
    json.integer(count)
  }

  /// nil when the bytes are no whole, undamaged record of this format.
  package init?(_ bytes: [UInt8], crc32: CRC32) {
    let line = bytes.last == UInt8(ascii: "\n") ? Array(bytes.dropLast()) : bytes
    guard let value = JSONValue(line), value["crc32"]?.text != nil,
      SpoolFormat.isProven(sealed: line, crc32: crc32), let record = value["ledger"],
      record["format"]?.integer == Self.version,
      let device = record["device"]?.text, let boot = record["boot"]?.text,
      let offered = record.count("offered"), let accepted = record.count("accepted"),
      let rejected = record.count("rejected"), let inMemory = record.count("in_memory"),
      let inSpool = record.count("in_spool")
    else { return nil }
    origin = Origin(device: device, boot: boot)
    isClosed = record["closed"]?.boolean ?? false
    isFailing = record["failing"]?.boolean ?? false
    ledger = Ledger()
    (ledger.offered, ledger.accepted, ledger.rejected) = (offered, accepted, rejected)
    (ledger.inMemory, ledger.inSpool) = (inMemory, inSpool)
    for (name, count) in record["dropped"]?.members ?? [:] {
      // A cause of a later version is still a loss.
      let cause = DropCause(rawValue: name) ?? .corrupt
      ledger.drop(min(count.integer ?? 0, Self.countMax), cause)
    }
    if let first = record.count("memory_first"), let last = record.count("memory_last"),
      first <= last
    {
      memory = UInt64(first)...UInt64(last)
    }
    gaps = (record["gaps"]?.elements ?? []).compactMap { entry in
      guard let device = entry["device"]?.text, let boot = entry["boot"]?.text,
        let gap = entry["gap"].flatMap({ Gap($0) }), gap.count <= Self.countMax
      else { return nil }
      return PendingGaps.Entry(origin: Origin(device: device, boot: boot), gap: gap)
    }
  }

  /// No device has so many events in its life; sums of some stay far from 64 bits.
  fileprivate static let countMax = 1 << 56
}

extension JSONValue {
  fileprivate func count(_ name: String) -> Int? {
    self[name]?.integer.flatMap { (0...LedgerRecord.countMax).contains($0) ? $0 : nil }
  }
}
