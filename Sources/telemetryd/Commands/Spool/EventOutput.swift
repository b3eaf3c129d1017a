import EventBuffer
import Platform

/// Lines on their way out, written in large pieces.
final class EventOutput {
  /// Bytes that are kept back at most.
  private static let pieceMax = 64 << 10

  private let file: any AppendFile
  private var piece: [UInt8] = []

  init(to file: any AppendFile = StandardOutput()) { self.file = file }

  func write(_ bytes: [UInt8]) throws(FileError) {
    piece += bytes
    if piece.count >= Self.pieceMax { try flush() }
  }

  func flush() throws(FileError) {
    guard !piece.isEmpty else { return }
    let bytes = piece
    piece = []
    try file.write(bytes)
  }
}

/// Progress over several segments, in bytes.
struct SegmentsProgress {
  private var progress: TerminalProgress
  private var before = 0

  init(_ title: String, over segments: [(SpoolFolder, String)], isWanted: Bool = true) {
    let total = segments.reduce(0) { $0 + $1.0.size($1.1) }
    progress = TerminalProgress(title, total: total, in: .bytes, isWanted: isWanted)
  }

  mutating func update(_ end: Int) { progress.update(before + end) }

  mutating func finish(_ folder: SpoolFolder, _ name: String) { before += folder.size(name) }

  mutating func clear() { progress.clear() }
}
