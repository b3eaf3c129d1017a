import EventBuffer
import SensorDrivers

/// A short text in a file of its own that is replaced whole: after a power cut the old one or the
/// new one is there, never half of one.
struct KeptText {
  private let folder: String
  private let path: String

  init(_ name: String, in folder: String) {
    self.folder = folder
    path = "\(folder)/\(name)"
  }

  /// Bytes that are read; what drivers keep has some 100.
  private static let sizeMax = 4096

  /// nil when none was saved.
  func load() throws(HardwareError) -> String? {
    do throws(HardwareError) {
      let text = try LinuxFiles.readText(path)
      guard text.utf8.count <= Self.sizeMax else {
        throw HardwareError(.other, "\(path) has more than \(Self.sizeMax) bytes")
      }
      return text
    } catch {
      if error.kind == .absent { return nil }
      throw error
    }
  }

  func save(_ text: String) throws(HardwareError) {
    let disk = DiskFileSystem()
    do throws(FileError) {
      try disk.makeFolder(folder)
      try disk.replace(path, with: Array(text.utf8), durable: true)
    } catch {
      throw HardwareError(.other, error.reason)
    }
  }
}
