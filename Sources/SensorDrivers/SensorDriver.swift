package import TelemetryModel

/// One kind of sensor. A value that owns its bus handle and knows no thread, clock, path or log, so
/// that it runs on a laptop against a scripted bus as on the board.
///
/// Adding a driver = this protocol in one file, one test file, one line in `DriverCatalog`.
package protocol SensorDriver: SendableMetatype {
  /// As in `driver = bme280`.
  static var kind: String { get }
  /// What it reads, in one sentence for the reference.
  static var summary: String { get }
  /// What its ini section takes, besides `driver`.
  static var options: [Option] { get }

  /// Reads the settings; touches no hardware, so that `check` works anywhere.
  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid)

  var trigger: Trigger { get }

  /// The names of the readings this sensor gives. A single one takes the sensor's own name as its
  /// key (`door`), several are joined to it (`greenhouse_temperature`).
  var quantities: [String] { get }

  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome
}

/// When a sensor is to be read.
package enum Trigger: Sendable, Equatable {
  case every(Duration)
  /// On each edge of GPIO input lines, and once with their levels when they were opened.
  case edges([LineRequest])
  /// Whenever a source of bytes has some.
  case input(InputRequest)
}

/// Why `read` is called now.
package enum Cause: Sendable, Equatable {
  case tick
  /// The wait that `Outcome.askAgain` wished is over.
  case again
  /// The lines were opened (or opened again): their levels now, in the order of the request.
  case opened(levels: [Bool])
  case edges([LineEdge])
  /// Bytes as they came. `isEnd`: nothing more will come; `isWhole`: one datagram.
  case bytes(ArraySlice<UInt8>, isEnd: Bool, isWhole: Bool)
}

/// What came of one `read`.
package struct Outcome: Sendable, Equatable {
  package var readings: [Reading]
  /// A conversion runs in the chip: call again with `.again` after this wait.
  package var askAgain: Duration?
  /// Lines of the input that were refused, by number from 1.
  package var refusals: [Refusal]
  /// Edges that the kernel saw but could not keep, because they came faster than they were read.
  package var missedEdges = 0

  package struct Refusal: Sendable, Equatable {
    package var line: Int
    package var reason: String
    package init(line: Int, reason: String) {
      self.line = line
      self.reason = reason
    }
  }

  package init(
    _ readings: [Reading] = [], askAgain: Duration? = nil, refusals: [Refusal] = [],
    missedEdges: Int = 0
  ) {
    self.readings = readings
    self.askAgain = askAgain
    self.refusals = refusals
    self.missedEdges = missedEdges
  }

  package static func readings(_ readings: [Reading]) -> Outcome { Outcome(readings) }
  package static func askAgain(after wait: Duration) -> Outcome { Outcome(askAgain: wait) }
}

/// One value that a sensor gave, not yet named, timed or numbered as an event.
package struct Reading: Sendable, Equatable {
  package enum Name: Sendable, Equatable {
    /// One of the driver's `quantities`, to be joined to the sensor's name.
    case quantity(String)
    /// A key that the source chose itself: it stands as it is.
    case key(String)
  }

  package enum Moment: Sendable, Equatable {
    /// When `read` was called.
    case now
    /// The kernel's stamp.
    case boot(BootTime)
    /// A wall time that came with the value.
    case wall(Timestamp)
  }

  package var name: Name
  package var value: Value
  package var unit: String?
  package var moment: Moment

  package init(
    _ quantity: String, _ value: Value, unit: String? = nil, at moment: Moment = .now
  ) {
    self.init(.quantity(quantity), value, unit: unit, at: moment)
  }

  package init(_ name: Name, _ value: Value, unit: String? = nil, at moment: Moment = .now) {
    self.name = name
    self.value = value
    self.unit = unit
    self.moment = moment
  }
}

/// Why a sensor could not be read. The loop reports it, pauses that sensor, and tries again.
package enum DriverError: Error, Sendable, Equatable {
  /// The bus, line or file failed; the text says what was tried where.
  case hardware(String)
  /// It answered, but not with what the datasheet allows (checksum, chip id, reset values).
  case badData(String)

  package var reason: String {
    switch self {
    case .hardware(let reason), .badData(let reason): reason
    }
  }
}
