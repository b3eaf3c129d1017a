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
  /// How it is connected, in one line for the reference.
  static var wiring: String { get }
  /// All that a sensor of this kind may give, for the reference. Empty for a source that names its
  /// readings itself.
  static var quantities: [Quantity] { get }
  /// What its ini section takes, besides `driver` and what every sensor takes.
  static var options: [Option] { get }

  /// How `scan` tells its chip; nil when nothing tells.
  static var recognizer: Recognizer? { get }

  /// Reads the settings; touches no hardware, so that `check` works anywhere.
  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid)

  var trigger: Trigger { get }

  /// What this sensor gives. A single quantity takes the sensor's own name as its key (`door`),
  /// several are joined to it (`greenhouse_temperature`).
  var quantities: [Quantity] { get }

  /// What messages call it: `BME280 at 0x76 on I2C bus 1`; nil where the sensor's name says all.
  var subject: String? { get }

  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome

  /// The agent ends: the last chance to save what the next run needs.
  mutating func stop()
}

extension SensorDriver {
  package static var recognizer: Recognizer? { nil }
  package var quantities: [Quantity] { Self.quantities }
  package var subject: String? { nil }
  package mutating func stop() {}
}

extension Option {
  /// Time between two readings of a sensor that is asked.
  package static func every(
    _ fallback: String, atLeast shortest: Duration = .milliseconds(100)
  ) -> Option {
    Option(
      "every", .duration(shortest ... .seconds(86_400)), .value(fallback),
      "Time between two readings.")
  }
}

/// Something that a sensor gives, and in which unit.
package struct Quantity: Sendable, Equatable {
  /// Lower case, as in a key: `temperature`.
  package let name: String
  /// As people write it: `°C`, `hPa`, `%`. nil for what has none (a level, an index).
  package let unit: String?

  package init(_ name: String, _ unit: String? = nil) {
    self.name = name
    self.unit = unit
  }
}

/// When a sensor is to be read.
package enum Trigger: Sendable, Equatable {
  case every(Duration)
  /// On each edge of GPIO input lines, and once with their levels when they were opened; with
  /// `every`, on ticks as well.
  case edges([LineRequest], every: Duration? = nil)
  /// Whenever a source of bytes has some.
  case input(InputRequest)

  /// The time between two ticks; nil where there are none.
  package var every: Duration? {
    switch self {
    case .every(let every): every
    case .edges(_, let every): every
    case .input: nil
    }
  }
}

/// Why `read` is called now.
package enum Cause: Sendable, Equatable {
  case tick
  /// The wait that `Outcome.askAgain` wished is over.
  case again
  /// The lines were opened (or opened again): their levels now, in the order of the request.
  case opened(levels: [Bool])
  /// The edges since the last call, oldest first; `until`: all that happened before this moment are
  /// in. Lines are always read like this: without edges when a wait is over, and before a `.tick`.
  case edges([LineEdge], until: BootTime)
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
  /// Why some of its quantities could not be read while `readings` has the others. It is told as
  /// a failure, but the sensor keeps its pace.
  package var complaint: String?

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
    missedEdges: Int = 0, complaint: String? = nil
  ) {
    self.readings = readings
    self.askAgain = askAgain
    self.refusals = refusals
    self.missedEdges = missedEdges
    self.complaint = complaint
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
  /// nil: the quantity's own.
  package var unit: String?
  package var moment: Moment

  package init(_ quantity: String, _ number: Double) {
    self.init(.quantity(quantity), .number(number))
  }

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
  /// A transfer failed; the kind lets a driver tell a chip that is busy from one that is gone.
  case bus(HardwareError.Kind, String)

  package var reason: String {
    switch self {
    case .hardware(let reason), .badData(let reason), .bus(_, let reason): reason
    }
  }

  package var isNotAcknowledged: Bool {
    if case .bus(.noAcknowledge, _) = self { true } else { false }
  }
}
