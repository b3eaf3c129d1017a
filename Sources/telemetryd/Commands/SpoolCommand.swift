import ArgumentParser
import Configuration
import EventBuffer
import Platform
import TelemetryModel

struct SpoolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spool", abstract: "Look into the events that wait on disk.",
    subcommands: [List.self, Cat.self, Tail.self, Verify.self])

  /// Which spool files a command is about.
  struct Choice: ParsableArguments {
    @OptionGroup var file: ConfigurationFile
    @Argument(help: "Names of uplinks; all of the ini where none is given.") var uplinks: [String] =
      []

    /// Their folders, in the order of the ini.
    func folders() throws -> [SpoolFolder] {
      let configuration = try file.load(for: .control)
      let names = configuration.uplinks.map(\.name)
      for name in uplinks where !names.contains(name) {
        Console.error(
          "telemetryd: no uplink is called \(name); the ini has: \(names.joined(separator: ", "))")
        throw ExitStatus.usage
      }
      return names.filter { uplinks.isEmpty || uplinks.contains($0) }.map {
        SpoolFolder(
          uplink: $0, path: "\(configuration.stateDirectory)/spool/\($0)", on: DiskFileSystem(),
          crc32: Zlib.crc32)
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List the segments: events, bytes, first and last number.")
    @OptionGroup var choice: Choice

    func run() throws {
      var rows = [["UPLINK", "SEGMENT", "EVENTS", "BYTES", "FIRST", "LAST", "STATE"]]
      for folder in try choice.folders() {
        let segments = try folder.read { (folder) throws(FileError) in try folder.segments() }
        for segment in segments {
          rows.append([
            folder.uplink, segment.name, Self.text(segment.events), "\(segment.bytes)",
            Self.text(segment.first), Self.text(segment.last), segment.state,
          ])
        }
      }
      if rows.count == 1 {
        Console.out("the spool is empty")
      } else {
        TextTable.lines(rows).forEach(Console.out)
      }
    }

    private static func text(_ number: (some BinaryInteger)?) -> String {
      number.map { "\($0)" } ?? "?"
    }
  }

  struct Cat: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cat",
      abstract: "Print every proven event as a JSON line, oldest first.",
      discussion: "With --batches: the arrays, each of which Initial State's events API takes.")
    @OptionGroup var choice: Choice
    @ArgumentParser.Flag(help: "Print whole batches, one JSON array a line.") var batches = false

    func run() throws {
      for folder in try choice.folders() {
        try folder.read { (folder) throws(FileError) in
          for segment in try folder.segmentNames() {
            try folder.eachBatch(in: segment) { events in
              SpoolText.lines(events, asBatches: batches).forEach(Console.out)
            }
          }
        }
      }
    }
  }

  struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "tail", abstract: "Print the spool's events as they are written, until Ctrl-C.")
    @OptionGroup var choice: Choice
    @ArgumentParser.Flag(help: "Print what is there and end.") var once = false
    @ArgumentParser.Flag(help: "Print whole batches, one JSON array a line.") var batches = false

    /// How often the folders are looked at.
    private static let interval = Duration.milliseconds(500)

    func run() throws {
      var followers = try choice.folders().map { SpoolFollower($0) }
      let waiter: Poller
      let signals: SignalWatch
      do {
        waiter = try Poller()
        signals = try SignalWatch()
      } catch {
        Console.error("telemetryd: \(error)")
        throw ExitStatus.software
      }
      repeat {
        for index in followers.indices {
          let events = try followers[index].folder.read { (_) throws(FileError) in
            try followers[index].newEvents()
          }
          for batch in events { SpoolText.lines(batch, asBatches: batches).forEach(Console.out) }
        }
        if once { return }
        _ = waiter.wait(on: [signals.descriptor], until: SystemClock().bootTime() + Self.interval)
      } while signals.next() != .stop
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Read every batch and prove it by its commit. Ends with 74 when one is damaged.")
    @OptionGroup var choice: Choice

    func run() throws {
      var isGood = true
      for folder in try choice.folders() {
        var events = 0
        for name in try folder.read({ (folder) throws(FileError) in try folder.segmentNames() }) {
          let result = try folder.read { (folder) throws(FileError) in try folder.verify(name) }
          events += result.events
          for problem in result.problems {
            Console.out("\(folder.uplink)/\(name): \(problem)")
          }
          if result.isDamaged { isGood = false }
        }
        Console.out("\(folder.uplink): \(events) events proven")
      }
      if !isGood { throw ExitStatus.inputOutput }
    }
  }
}

extension SpoolFolder {
  /// Runs what reads; an error of the disk ends the program with its sentence.
  fileprivate func read<T>(_ body: (SpoolFolder) throws(FileError) -> T) throws -> T {
    do throws(FileError) { return try body(self) } catch {
      Console.error("telemetryd: \(error.reason)")
      throw error.kind == .notPermitted ? ExitStatus.notPermitted : ExitStatus.inputOutput
    }
  }
}

/// Events as the spool commands print them.
private enum SpoolText {
  static func lines(_ events: [SensorEvent], asBatches: Bool) -> [String] {
    if asBatches { return [String(decoding: SpoolFormat.line(events), as: UTF8.self)] }
    return events.map { event in
      var json = JSONWriter(capacity: 160)
      SpoolFormat.append(event, to: &json)
      return String(decoding: json.bytes, as: UTF8.self)
    }
  }
}
