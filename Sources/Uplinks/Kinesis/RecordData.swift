/// The reading side of a record: undoes `aggregation = kpl` and `compression = gzip`.
package enum RecordData {
  /// What was put into the stream as one record.
  package struct UserRecord: Sendable, Equatable {
    package var partitionKey: String
    package var explicitHashKey: String?
    /// Its place in the aggregate, from 0; nil when it had the record for itself.
    package var subSequenceNumber: Int?
    package var data: [UInt8]
  }

  /// Bytes that all user records of one record may come to. The largest record has 10 MiB; a
  /// thousandth of what gzip could make of it, so that no record fills the memory.
  package static let unpackedMax = 64 << 20

  /// The user records of one record, in their order. Each is unpacked if it is gzip's; what is
  /// neither, or damaged, or too large unpacked, is handed on as it came.
  /// - Parameters:
  ///   - range: of the shard that the record was read from. Entries of an aggregate that do not
  ///     belong there are dropped, as by other consumers: their producer has sent them again to the
  ///     shard where they do.
  ///   - limit: in bytes, of all together.
  package static func unwrap(
    _ data: [UInt8], partitionKey: String = "", within range: ClosedRange<HashKey>? = nil,
    limit: Int = unpackedMax, crypto: any Cryptography, compression: any Compression
  ) -> [UserRecord] {
    var unpacking = Unpacking(left: limit, compression: compression)
    guard let entries = KPLAggregate.decode(data, crypto: crypto) else {
      return [UserRecord(partitionKey: partitionKey, data: unpacking.unpacked(data))]
    }
    return entries.enumerated().compactMap { number, entry in
      if let range, let key = entry.hashKey(crypto: crypto), !range.contains(key) { return nil }
      return UserRecord(
        partitionKey: entry.partitionKey, explicitHashKey: entry.explicitHashKey,
        subSequenceNumber: number, data: unpacking.unpacked(entry.data))
    }
  }

  /// Undoes gzip as long as there is room.
  private struct Unpacking {
    /// Bytes that may still be unpacked.
    var left: Int
    let compression: any Compression

    private static let magic: [UInt8] = [0x1F, 0x8B]
    /// Of gzip's trailer, which ends with it (RFC 1952, ISIZE).
    private static let sizeBytes = 4

    mutating func unpacked(_ data: [UInt8]) -> [UInt8] {
      guard data.starts(with: Self.magic), left > 0 else { return data }
      // One member says how much it holds, so that no more memory is taken than that.
      let told = data.suffix(Self.sizeBytes).reversed().reduce(0) { $0 << 8 | Int($1) }
      if told <= left, let content = compression.gunzip(data, limit: max(1, told)) {
        left -= content.count
        return content
      }
      guard let content = compression.gunzip(data, limit: left) else { return data }
      left -= content.count
      // Several members: without the room that was kept for more.
      var copy: [UInt8] = []
      copy.reserveCapacity(content.count)
      copy.append(contentsOf: content)
      return copy
    }
  }
}
