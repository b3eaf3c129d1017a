import TelemetryModel

/// A count of pulses that outlives restarts and power cuts. It is saved when it has changed, but
/// not more often than each `saveEvery`: a disk in a meter has to last for years.
struct PulseTotal {
  private(set) var pulses: Int64 = 0
  /// Why it could not be saved last; nil when it could.
  private(set) var complaint: String?
  private let name: String
  private let saveEvery: Duration
  private let hardware: any Hardware
  private var isLoaded = false
  private var saved: Int64 = 0
  private var savedAt: BootTime?

  /// - Parameter name: what it is kept under.
  init(_ name: String, every saveEvery: Duration, on hardware: any Hardware) {
    self.name = name
    self.saveEvery = saveEvery
    self.hardware = hardware
  }

  /// Takes up the total of the last run, once.
  mutating func load() throws(DriverError) {
    guard !isLoaded else { return }
    do throws(HardwareError) {
      if let text = try hardware.load(name) {
        let digits = text.prefix { $0 != "\n" }
        guard let number = Int64(digits), number >= 0 else {
          throw HardwareError(.other, "the total kept in \(name) is '\(digits)', not a count")
        }
        pulses = number
      }
    } catch {
      throw .hardware(error.reason)
    }
    saved = pulses
    isLoaded = true
  }

  mutating func add(_ count: Int) {
    let (sum, overflow) = pulses.addingReportingOverflow(Int64(count))
    pulses = overflow ? .max : sum
  }

  /// Saves it when that is due.
  mutating func save(at now: BootTime) {
    guard isLoaded, pulses != saved else { return }
    if let savedAt, now - savedAt < saveEvery { return }
    savedAt = now
    save()
  }

  /// Saves it now, when it has changed.
  mutating func save() {
    guard isLoaded, pulses != saved else { return }
    do throws(HardwareError) {
      try hardware.save(name, "\(pulses)\n")
      saved = pulses
      complaint = nil
    } catch {
      complaint = "the total cannot be saved: \(error.reason)"
    }
  }
}
