import EventBuffer
import Platform
import TelemetryModel

/// The bucket key that is made once for an Initial State section without one, and kept, so that a
/// restart goes on in the same bucket.
enum InventedBucketKey {
  /// Bytes of the file that are read; a UUID has 36.
  private static let sizeMax = 256

  /// What Initial State takes as a key; a damaged file may hold anything.
  private static func isKey(_ text: Substring) -> Bool {
    text.unicodeScalars.allSatisfy {
      (0x21...0x7E).contains($0.value) && !":\"'".contains(Character($0))
    }
  }

  /// The kept key, or a new one, kept from now on; should the disk refuse, one that at least stays
  /// the same for this device and uplink.
  static func load(state: String, uplink: String, device: String, report: Report) -> String {
    let disk = DiskFileSystem()
    let path = "\(state)/bucket_key.\(uplink)"
    if let bytes = try? disk.read(path, from: 0, count: sizeMax) {
      let kept = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      if let key = kept.first, isKey(key) { return String(key) }
    }
    let fallback = "\(device)-\(uplink)"
    let key = Machine.uuid ?? fallback
    do throws(FileError) {
      try disk.makeFolder(state)
      try disk.replace(path, with: Array((key + "\n").utf8), durable: true)
      return key
    } catch {
      report(
        .uplinkNotice(uplink: uplink, text: "the bucket's key cannot be kept: \(error.reason)"))
      return fallback
    }
  }
}
