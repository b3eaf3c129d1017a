import TelemetryModel

/// What a start would do with an uplink's folder, found out without doing it: the store is opened
/// on a disk where nothing really changes, and each segment is read to its end besides.
package struct SpoolRehearsal {
  /// What would become of one file, as a sentence.
  package struct File: Sendable, Equatable {
    package var name: String
    package var verdict: String
    /// Something of it is lost, or not to be sent by this version.
    package var isDamaged = false
  }

  package private(set) var files: [File] = []
  /// Events that would be sent: proven, and not delivered yet.
  package private(set) var pending = 0
  /// Why the folder cannot be looked into.
  package private(set) var failures: [String] = []

  /// - Parameter progress: told how many bytes of a segment are read.
  package init(
    _ folder: SpoolFolder, limits: SpillStore.Limits,
    progress: (_ segment: String, _ end: Int) -> Void = { _, _ in }
  ) throws(FileError) {
    let disk = RehearsalDisk(folder.fileSystem)
    let header = SpoolFormat.Header(
      uplink: folder.uplink, kind: "", origin: Origin(device: "", boot: ""),
      destination: Destination())
    var store = SpillStore(
      folder: folder.path, header: header, limits: limits, on: disk, crc32: folder.crc32)
    for case .failed(let reason) in store.open() { failures.append(reason) }
    var delivered: [String: Int] = [:]
    for index in store.segments.indices where store.segments[index].finished > 0 {
      delivered[store.segments[index].name] = store.segments[index].finished
    }
    for name in try folder.fileSystem.list(folder.path) {
      guard SpoolFormat.number(of: name) != nil else {
        files.append(File(name: name, verdict: Self.stray(name)))
        continue
      }
      let found = try folder.verify(name) { progress(name, $0) }
      if found.newerFormat == nil { pending += max(0, found.events - (delivered[name] ?? 0)) }
      files.append(
        Self.segment(
          name, found, size: folder.size(name), fate: disk.fate("\(folder.path)/\(name)"),
          delivered: delivered[name] ?? 0))
    }
  }

  private static func segment(
    _ name: String, _ found: SpoolFolder.Verification, size: Int, fate: RehearsalDisk.Fate,
    delivered: Int
  ) -> File {
    if let format = found.newerFormat {
      return File(
        name: name, verdict: "format \(format), which this version does not know: left alone",
        isDamaged: true)
    }
    let good = "\(found.batches) batches, \(found.events) events"
    var parts: [String] = []
    switch fate {
    case .removed where found.events > 0: parts.append("\(good), all delivered already: removed")
    case .removed where size == 0: parts.append("empty: removed")
    case .removed: parts.append("no whole batch in it, \(size) bytes: removed")
    case .renamed:
      let reason = found.damage.first ?? "no batch in it"
      parts.append("damaged (\(reason)), nothing good in it: set aside as *.corrupt")
    case .cut(let end):
      parts.append("\(good); its end, \(size - end) bytes of a batch without its commit, is cut")
    case .kept where found.tornFrom != nil: parts.append("\(good), then a batch without its commit")
    case .kept: parts.append(found.damage.isEmpty ? "whole, \(good)" : good)
    }
    if fate != .removed, delivered > 0 { parts.append("\(delivered) delivered already") }
    var isDamaged = false
    if case .renamed = fate {
      isDamaged = true
    } else if let first = found.damage.first {
      isDamaged = true
      let more = found.damage.count > 1 ? ", and \(found.damage.count - 1) more" : ""
      parts.append(
        "damaged inside (\(first)\(more)): the good batches are sent, then it is set "
          + "aside as *.corrupt")
    }
    return File(name: name, verdict: parts.joined(separator: "; "), isDamaged: isDamaged)
  }

  /// A file that is no segment.
  private static func stray(_ name: String) -> String {
    switch name {
    case LedgerRecord.name: "the ledger of earlier runs"
    case SpoolCursor.name: "tells what was delivered already"
    case RejectedFile.name, RejectedFile.olderName: "events that the service refused: left alone"
    case SpoolImport.note: "an import that is whole but not in place: the next import finishes it"
    case _ where name.hasSuffix(SpoolImport.suffix):
      "a part of an import that was interrupted: the next import decides"
    case _ where SpoolFolder.isQuarantined(name): "set aside earlier: left alone"
    default: "no file of the spool's segments: left alone"
    }
  }
}
