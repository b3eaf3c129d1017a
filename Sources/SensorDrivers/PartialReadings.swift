import TelemetryModel

/// Readings of several parts, of which one may fail without the others being lost.
struct PartialReadings {
  private var readings: [Reading] = []
  private var failures: [DriverError] = []

  /// Reasons that a message tells in full.
  private static let reasonsMax = 4

  mutating func add(_ read: () throws(DriverError) -> [Reading]) {
    do throws(DriverError) {
      readings += try read()
    } catch {
      failures.append(error)
    }
  }

  /// All that could be read, and a complaint about the rest.
  /// - Throws: when something failed and nothing could be read.
  func outcome() throws(DriverError) -> Outcome {
    guard let first = failures.first else { return Outcome(readings) }
    guard readings.isEmpty else { return Outcome(readings, complaint: reason) }
    if failures.count == 1 { throw first }
    let areBadData = failures.allSatisfy { if case .badData = $0 { true } else { false } }
    throw areBadData ? .badData(reason) : .hardware(reason)
  }

  private var reason: String {
    let told = failures.prefix(Self.reasonsMax).map(\.reason).joined(separator: "; ")
    let more = failures.count - Self.reasonsMax
    return more > 0 ? "\(told); and \(more) more" : told
  }
}
