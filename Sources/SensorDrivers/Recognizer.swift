/// Tells whether the chip at an address is of a driver's kind, for `scan`, by reads that harm no
/// chip that may be there instead.
package struct Recognizer: Sendable {
  package enum Answer: Sendable, Equatable {
    /// An identifier, a checksum or the values after power-up say so.
    case yes
    /// Nothing speaks against it, nothing for it.
    case maybe
    case no
  }

  /// What is sent to a chip that is not known yet.
  package enum Means: Int, Sendable, Comparable {
    /// The number of a register, one byte, and then a read; or a read alone.
    case register
    /// A command that asks for a number, a status or an identifier and changes nothing, and that
    /// the other chips of the address do not have. It is sent only to a chip that does not answer
    /// a read alone: one with registers (a PCA9685 at 0x40, a MCP4725 at 0x62) always does, and
    /// would take the command's second byte for a value to be stored.
    case command

    package static func < (left: Means, right: Means) -> Bool { left.rawValue < right.rawValue }
  }

  package typealias Question = @Sendable (I2CDevice) throws(DriverError) -> Answer

  package let means: Means
  private let ask: Question
  private let unasked: Answer
  private let parts: [String: Question]

  /// - Parameters:
  ///   - unasked: for a command: what is said of a chip that it is not sent to. `.maybe` where it
  ///     is not known that the driver's own chip leaves a read alone unanswered.
  ///   - parts: for a chip with several addresses: the questions that tell the others, by their
  ///     options. They are put as registers.
  package init(
    by means: Means, unasked: Answer = .no, parts: [String: Question] = [:],
    _ ask: @escaping Question
  ) {
    self.means = means
    self.ask = ask
    self.unasked = unasked
    self.parts = parts
  }

  /// A chip that does not answer, or not as its kind would, is not of the kind.
  /// - Parameter answersUnasked: what `I2CDevice.answersUnasked` said before any command was sent;
  ///   nil: not asked for yet.
  package func answer(of device: I2CDevice, answersUnasked: Bool? = nil) -> Answer {
    if means == .command, answersUnasked ?? device.answersUnasked { return unasked }
    do throws(DriverError) { return try ask(device) } catch { return .no }
  }

  /// Whether it is what the option `part` is to name.
  package func answer(of device: I2CDevice, as part: String) -> Answer {
    guard let ask = parts[part] else { return .no }
    do throws(DriverError) { return try ask(device) } catch { return .no }
  }
}

extension I2CDevice {
  /// Whether a read gives anything that nothing was sent for. Ones are what a bus gives when the
  /// chip leaves it alone.
  var answersUnasked: Bool {
    let bytes = unaskedBytes ?? []
    return bytes.contains { $0 != 0xFF }
  }

  /// A first read may still fetch the answer to an earlier command.
  private var unaskedBytes: [UInt8]? {
    _ = try? read(count: Self.unaskedCount)
    return try? read(count: Self.unaskedCount)
  }
  private static let unaskedCount = 3

  /// True for the answer of a port expander (PCF8574), which gives its pins over and over, and
  /// whose pins become whatever byte is written.
  func givesOneByteOnly(but allowed: Set<UInt8>) -> Bool {
    guard let bytes = try? read(count: Self.unaskedCount), let first = bytes.first else {
      return false
    }
    return bytes.allSatisfy { $0 == first } && !allowed.contains(first)
  }

  /// The words that a command has the chip say, asked for again while it does not acknowledge.
  func words(
    after command: [UInt8], _ count: Int, checkedBy crc: CRC8 = .sensirion
  ) throws(DriverError) -> [UInt16] {
    try write(command)
    var looks = 0
    while true {
      do throws(DriverError) {
        return try readWords(count, checkedBy: crc)
      } catch {
        looks += 1
        guard error.isNotAcknowledged, looks < Self.looksMax else { throw error }
      }
    }
  }

  /// Each takes more than 0.1 ms at 100 kHz, so that they cover the 10 ms of the slowest
  /// identifier, the SGP30's.
  private static let looksMax = 100

  /// Whether these registers hold these words.
  func hasWords(_ words: [UInt8: UInt16]) throws(DriverError) -> Bool {
    for (register, word) in words.sorted(by: { $0.key < $1.key })
    where try readWord(register) != word { return false }
    return true
  }
}
