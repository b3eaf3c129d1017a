import TelemetryModel

/// A level, or the word of several, and since when it holds.
struct LevelChange: Equatable {
  var level: Int64
  var time: BootTime
}

/// The word of several lines, line 0 in the lowest bit: what changes within a window that starts
/// with the first edge is one change. The lines of a rotary switch or a data port never change at
/// quite the same time.
struct WordWindow {
  let window: Duration
  /// As the edges so far have it.
  private(set) var word: Int64 = 0
  private var open: (since: BootTime, last: BootTime)?

  init(window: Duration, levels: [Bool] = []) {
    self.window = window
    for (line, level) in levels.enumerated() { set(line, level) }
  }

  /// When the window that is open closes.
  var deadline: BootTime? { open.map { $0.since + window } }

  /// Takes the next edge; gives the change before it, when its window had closed by then.
  mutating func take(_ edge: LineEdge) -> LevelChange? {
    let before = close(at: edge.time)
    set(edge.line, edge.level)
    let since = open?.since ?? edge.time
    open = (since, max(open?.last ?? edge.time, edge.time))
    return before
  }

  /// The change whose window has closed by `now`, with the time of its last edge.
  mutating func close(at now: BootTime) -> LevelChange? {
    guard let open, now - open.since >= window else { return nil }
    self.open = nil
    return LevelChange(level: word, time: open.last)
  }

  private mutating func set(_ line: Int, _ level: Bool) {
    guard (0..<Line.linesMax).contains(line) else { return }
    word = level ? word | 1 << line : word & ~(1 << line)
  }
}

/// Tells a level only once it has held for a while, with the time at which it began to.
struct HeldLevel {
  let hold: Duration
  private var told: Int64
  private var pending: LevelChange?

  init(hold: Duration, level: Int64) {
    self.hold = hold
    told = level
  }

  /// When the level that waits will have held.
  var deadline: BootTime? { pending.map { $0.time + hold } }

  /// Takes the next change; gives the one before it, when that had held by then.
  mutating func take(_ change: LevelChange) -> LevelChange? {
    let before = settle(at: change.time)
    if change.level == told {
      pending = nil
    } else if pending?.level != change.level {
      pending = change
    }
    return before
  }

  /// The change that has held by `now`.
  mutating func settle(at now: BootTime) -> LevelChange? {
    guard let pending, now - pending.time >= hold else { return nil }
    self.pending = nil
    told = pending.level
    return pending
  }
}
