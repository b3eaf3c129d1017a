package import TelemetryModel

/// The machine as drivers and the sensor loop see it. Platform implements it on Linux; tests script
/// it. Used on the sensor thread only.
package protocol Hardware: AnyObject {
  /// A handle on an I2C bus. Nothing is opened until the first transfer, and a bus that failed is
  /// opened again by the next one. Handles on one bus share it.
  /// - Parameter bus: as `I2CBusPath` reads it.
  func i2cBus(_ bus: String) -> any I2CBus

  /// The I2C adapters that there are, in the order of their numbers.
  func i2cAdapters() -> [I2CAdapter]

  /// The GPIO lines that have names, chip by chip.
  func namedLines() -> [GPIOLine]

  /// Requests GPIO input lines of one chip from the kernel.
  func openLines(_ lines: [LineRequest]) throws(HardwareError) -> any OpenLines

  /// Requests one GPIO line of a chip that is both told and heard over it. It is an input without
  /// edges until the chip is told or heard.
  func openSignal(_ line: LineRequest) throws(HardwareError) -> any SignalLine

  func openInput(_ input: InputRequest) throws(HardwareError) -> any OpenInput

  /// A small text file of /proc or /sys, whole.
  func readText(_ path: String) throws(HardwareError) -> String
  /// Begins to read a small text file that the kernel may take its time for, because a conversion
  /// runs meanwhile. Returns at once. While a read of the same path is under way it gives that one,
  /// so a file that is stuck never costs a second thread.
  /// - Parameter lane: reads of one lane are done one after the other, as a 1-Wire bus or a chip
  ///   does them anyway; those of different lanes at the same time.
  func beginRead(_ path: String, lane: String) -> any PendingText
  /// The names in a folder, sorted.
  func list(_ path: String) throws(HardwareError) -> [String]
  /// A short text that outlives the process, as it was saved last: a counter's total, a gas
  /// sensor's baseline. nil when none was saved.
  func load(_ name: String) throws(HardwareError) -> String?
  /// Saves it for the next run, durably. Disks wear: not more often than each minute.
  /// - Parameter name: letters, digits, `.`, `_` and `-`; a driver's begins with its sensor's.
  func save(_ name: String, _ text: String) throws(HardwareError)
  /// Bytes of the file system that holds `path`.
  func diskSpace(_ path: String) throws(HardwareError) -> DiskSpace
}

/// An I2C bus of the machine.
package struct I2CAdapter: Sendable, Equatable {
  /// As the ini names it: its number.
  package let bus: String
  /// The kernel's name for it: `bcm2835 (i2c@7e804000)`.
  package let name: String

  package init(bus: String, name: String) {
    self.bus = bus
    self.name = name
  }
}

/// A GPIO line that has a name.
package struct GPIOLine: Sendable, Equatable {
  package let name: String
  /// Who has it; nil when it is free.
  package let consumer: String?

  package init(name: String, consumer: String?) {
    self.name = name
    self.consumer = consumer
  }
}

/// A fault of a bus, line, file or device.
package struct HardwareError: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// No such file, bus, chip or line.
    case absent
    /// Nobody answered at the address (EREMOTEIO, ENXIO).
    case noAcknowledge
    case timedOut
    /// Another master, or a disturbance, was on the bus at the same time (EAGAIN).
    case arbitrationLost
    /// Another program or driver has it (EBUSY).
    case busy
    case notPermitted
    case other
  }

  package let kind: Kind
  /// What was tried, where, and what came back: "write [0xF4, 0x25] at 0x76: no acknowledge".
  package let reason: String

  package init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}

/// A file that is being read in the background.
package protocol PendingText: AnyObject {
  /// False while it waits for others of its lane.
  var hasBegun: Bool { get }
  /// The whole text; nil while the kernel has not answered. Does not wait.
  func take() throws(HardwareError) -> String?
}

/// One verb: write, then read, in one transaction with a repeated start between (I2C_RDWR).
package protocol I2CBus: AnyObject {
  /// - Parameters:
  ///   - address: seven bits.
  ///   - write: bytes to send; empty for a pure read.
  ///   - readCount: bytes to read; 0 for a pure write.
  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8]
}

/// A GPIO input line, and how to ask the kernel for it.
package struct LineRequest: Sendable, Equatable {
  package enum Line: Sendable, Equatable {
    /// `GPIO17`: found on whichever chip has it, because chip numbers move between kernels.
    case named(String)
    /// `gpiochip0:17`, a /dev path or a chip's label before the colon.
    case offset(chip: String, Int)
  }

  package enum Bias: String, Sendable, CaseIterable {
    case asIs = "as-is"
    case disabled
    case pullUp = "pull-up"
    case pullDown = "pull-down"
  }

  package enum Edges: String, Sendable, CaseIterable { case both, rising, falling }

  package var line: Line
  package var bias: Bias
  package var isActiveLow: Bool
  package var edges: Edges
  /// How long a level must last before the kernel tells its edge; zero: not at all. The edge then
  /// bears the moment at which it had lasted.
  package var debounce: Duration

  package init(
    _ line: Line, bias: Bias = .asIs, isActiveLow: Bool = false, edges: Edges = .both,
    debounce: Duration = .zero
  ) {
    self.line = line
    self.bias = bias
    self.isActiveLow = isActiveLow
    self.edges = edges
    self.debounce = debounce
  }
}

/// One edge as the kernel saw it.
package struct LineEdge: Sendable, Equatable {
  /// Edges that one take gives at most: as many as the kernel queues for one request.
  package static let takeMax = 1024

  /// Which line, by its place in the request.
  package var line: Int
  /// The logical level after the edge (active-low already applied).
  package var level: Bool
  /// The kernel's stamp.
  package var time: BootTime
  /// The kernel's count of this line's edges, from 1. A gap: edges came faster than were taken.
  package var number: UInt32

  package init(line: Int, level: Bool, time: BootTime, number: UInt32) {
    self.line = line
    self.level = level
    self.time = time
    self.number = number
  }
}

/// Lines that were granted. Letting go of the object gives them back.
package protocol OpenLines: AnyObject {
  /// To wait on: readable while edges are queued.
  var descriptor: Int32 { get }
  func levels() throws(HardwareError) -> [Bool]
  /// The edges queued now, oldest first, at most `LineEdge.takeMax`; does not wait.
  func takeEdges() throws(HardwareError) -> [LineEdge]
}

/// A GPIO line that is an output only while its chip has to be told something. Letting go of the
/// object makes it an input again.
package protocol SignalLine: AnyObject {
  /// Drives the line to this logical level.
  func drive(_ level: Bool) throws(HardwareError)
  /// Lets go of the line and hears it: from now on its edges are queued, in both directions. Older
  /// ones are forgotten.
  func listen() throws(HardwareError)
  /// The edges queued now, oldest first, at most `LineEdge.takeMax`; does not wait.
  func takeEdges() throws(HardwareError) -> [LineEdge]
}

/// A source of bytes from outside.
package struct InputRequest: Sendable, Equatable {
  /// `-` is standard input; `unix:/path` a datagram socket to be made; else a FIFO or a file. A
  /// regular file is followed as it grows, and when it is replaced or cut.
  package var path: String

  package init(path: String) { self.path = path }
}

package protocol OpenInput: AnyObject {
  /// To wait on; nil for a regular file, which is looked at every `pollInterval`.
  var descriptor: Int32? { get }
  /// True for a pipe, a file or standard input, whose writer can wait; false for a socket.
  var canWait: Bool { get }
  /// True when the place reached is kept over restarts, at the beginning of a line: the rest of a
  /// line is then read by the next run.
  var keepsPlace: Bool { get }
  /// What there is now, at most `count` bytes; does not wait.
  func take(upTo count: Int) throws(HardwareError) -> InputChunk
}

extension OpenInput {
  package var keepsPlace: Bool { false }
}

package enum InputChunk: Sendable, Equatable {
  case bytes([UInt8])
  /// One datagram.
  case datagram([UInt8])
  /// Nothing now, more may come.
  case nothing
  /// The writer closed standard input: nothing more will ever come.
  case end
}

package struct DiskSpace: Sendable, Equatable {
  package var total: UInt64
  /// What an ordinary user may still fill.
  package var available: UInt64

  package init(total: UInt64, available: UInt64) {
    self.total = total
    self.available = available
  }
}
