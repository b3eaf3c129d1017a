import EventBuffer
import Glibc
import TelemetryModel

/// How far a followed file was read, kept in a small file over restarts. After a crash it may be
/// old: then lines are read twice, never passed over.
struct KeptPlace: Equatable {
  /// The file's own identity: another one under the same path is read from its beginning.
  var device: UInt64
  var inode: UInt64
  /// The beginning of the first line that was not read whole.
  var offset: Int

  /// Bytes of a kept place that are read; it has some 60.
  private static let sizeMax = 512

  /// Where the place of `path` is kept: its own path, with each slash and percent sign escaped.
  static func path(in folder: String, for path: String) -> String {
    let name = path.replacing("%", with: "%25").replacing("/", with: "%2F")
    return "\(folder)/\(name).json"
  }

  /// nil when none was kept, or what was kept is damaged.
  static func load(from path: String) -> KeptPlace? {
    guard let bytes = try? DiskFileSystem().read(path, from: 0, count: sizeMax),
      let json = JSONValue(bytes), let device = json["device"]?.text.flatMap({ UInt64($0) }),
      let inode = json["inode"]?.text.flatMap({ UInt64($0) }),
      let offset = json["offset"]?.integer, offset >= 0
    else { return nil }
    return KeptPlace(device: device, inode: inode, offset: offset)
  }

  /// Not durable at once; a disk that refuses costs only what the comment above says.
  func save(to path: String) {
    let text = #"{"device":"\#(device)","inode":"\#(inode)","offset":\#(offset)}"# + "\n"
    let disk = DiskFileSystem()
    try? disk.makeFolder(DiskFileSystem.parent(of: path))
    try? disk.replace(path, with: Array(text.utf8), durable: false)
  }
}
