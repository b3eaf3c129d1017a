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
    /// The number of a register, one byte, and then a read.
    case register
    /// A command that asks for a number, a status or an identifier and changes nothing, and that
    /// the other chips of the address do not have.
    case command

    package static func < (left: Means, right: Means) -> Bool { left.rawValue < right.rawValue }
  }

  package let means: Means
  private let ask: @Sendable (I2CDevice) throws(DriverError) -> Answer

  package init(
    by means: Means, _ ask: @escaping @Sendable (I2CDevice) throws(DriverError) -> Answer
  ) {
    self.means = means
    self.ask = ask
  }

  /// A chip that does not answer, or not as its kind would, is not of the kind.
  package func answer(of device: I2CDevice) -> Answer {
    do throws(DriverError) { return try ask(device) } catch { return .no }
  }
}
