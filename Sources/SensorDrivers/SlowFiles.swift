import TelemetryModel

/// Files of /sys that the kernel may take its time for, read in the background: a driver begins
/// them, and asks `collect` on each `.again` until all are there.
struct SlowFiles {
  struct File: Equatable {
    var path: String
    /// See `Hardware.beginRead`.
    var lane: String
  }

  private struct Pending {
    let path: String
    let text: any PendingText
    var running = Duration.zero
    var queued = Duration.zero
  }

  private var pending: [Pending]
  private var answers: [String: Result<String, HardwareError>] = [:]
  private var wait = Duration.zero

  /// The first wait, doubled by each further one up to the longest: most files answer at once, a
  /// DS18B20 after 750 ms, and the reading's time is when its text is found.
  static let waitMin = Duration.milliseconds(5)
  static let waitMax = Duration.milliseconds(250)
  /// How long the kernel may take for one file. The slowest chips need 5 s for a measurement, and
  /// drivers try more than once.
  static let answerMax = Duration.seconds(15)
  /// How long a file may wait for others of its lane: a 1-Wire bus full of sensors takes a minute.
  static let queueMax = Duration.seconds(120)

  init(_ files: [File], on hardware: any Hardware) {
    var seen: Set<String> = []
    pending = files.filter { seen.insert($0.path).inserted }.map { file in
      Pending(path: file.path, text: hardware.beginRead(file.path, lane: file.lane))
    }
  }

  /// Takes what has come.
  /// - Returns: how long to wait before the next call; nil when nothing is awaited any more.
  mutating func collect() -> Duration? {
    var rest: [Pending] = []
    for var file in pending {
      if let answer = answer(of: &file) {
        answers[file.path] = answer
      } else {
        rest.append(file)
      }
    }
    pending = rest
    guard !pending.isEmpty else { return nil }
    wait = min(max(wait * 2, Self.waitMin), Self.waitMax)
    return wait
  }

  private func answer(of file: inout Pending) -> Result<String, HardwareError>? {
    do throws(HardwareError) {
      if let text = try file.text.take() { return .success(text) }
    } catch {
      return .failure(error)
    }
    if file.text.hasBegun {
      file.running += wait
    } else {
      file.queued += wait
    }
    if file.running >= Self.answerMax {
      let reason = "the kernel has not answered for \(Option.text(Self.answerMax))"
      return .failure(HardwareError(.timedOut, "read \(file.path): \(reason)"))
    }
    if file.queued >= Self.queueMax {
      let reason = "waits for others on the same bus since \(Option.text(Self.queueMax))"
      return .failure(HardwareError(.timedOut, "read \(file.path): \(reason)"))
    }
    return nil
  }

  /// What was read. Call it when nothing is awaited.
  func text(_ path: String) throws(DriverError) -> String {
    switch answers[path] {
    case .success(let text)?: return text
    case .failure(let error)?: throw .hardware(error.reason)
    case nil: throw .hardware("\(path) was not read")
    }
  }

  /// The one number that the file holds.
  func number(_ path: String) throws(DriverError) -> Double {
    let text = try text(path)
    guard let number = KernelText.number(text) else {
      throw .badData("\(path): \(KernelText.quoted(text)) is not a number")
    }
    return number
  }
}
