package import TelemetryModel

/// Events that a service will never take, kept for a person: JSON lines with the reason, bounded to
/// two files of 1 MiB, so that a source that is always wrong fills no disk.
package final class RejectedFile {
  package static let name = "rejected.jsonl"
  static let olderName = "rejected.1.jsonl"
  /// Bytes after which the file becomes the older one.
  static let sizeMax = 1 << 20

  private let folder: String
  private let fileSystem: any FileSystem
  private let report: Report
  private let uplink: String

  package init(
    folder: String, uplink: String, on fileSystem: any FileSystem, report: @escaping Report
  ) {
    self.folder = folder
    self.uplink = uplink
    self.fileSystem = fileSystem
    self.report = report
  }

  package func add(
    _ event: SensorEvent, from origin: Origin, reason: String, at time: Timestamp
  ) {
    let line = Self.line(event, from: origin, reason: reason, at: time)
    do throws(FileError) { try write(line) } catch {
      report(.spoolFailed(uplink: uplink, reason: error.reason))
    }
  }

  /// One event with its origin and why it was refused, with its newline.
  static func line(
    _ event: SensorEvent, from origin: Origin, reason: String, at time: Timestamp
  ) -> [UInt8] {
    var json = JSONWriter(capacity: 256)
    json.raw(#"{"rejected":"#)
    json.string(reason)
    json.raw(#","at":"#)
    json.epoch(time)
    json.raw(#","device":"#)
    json.string(origin.device)
    json.raw(#","boot":"#)
    json.string(origin.boot)
    json.raw(#","event":"#)
    SpoolFormat.append(event, to: &json)
    json.raw("}\n")
    return json.bytes
  }

  private func write(_ line: [UInt8]) throws(FileError) {
    let path = "\(folder)/\(Self.name)"
    try fileSystem.makeFolder(folder)
    // Looked up each time: a person may take the file away, and a full disk may cut a line.
    let present = (try? fileSystem.size(path)) ?? 0
    if present > 0 && present + line.count > Self.sizeMax {
      try fileSystem.rename(path, to: "\(folder)/\(Self.olderName)")
    }
    let file = try fileSystem.append(to: path)
    try file.write(line)
  }
}
