import FuzzSupport
import SensorDrivers
import TelemetryModel
import TestSupport

/// The input is what another program writes for `driver = lines`.
enum LinesReading {
  static func check(_ bytes: [UInt8]) {
    let outcome = read([bytes[...]])
    let lines = bytes.count { $0 == 0x0A } + 1
    demand(
      outcome.refusals.allSatisfy { (1...lines).contains($0.line) }, "a line that is not there")
    demand(
      zip(outcome.refusals, outcome.refusals.dropFirst()).allSatisfy { $0.line <= $1.line },
      "lines out of order")
    for reading in outcome.readings {
      demand(reading.value.isFinite, "a value that JSON cannot say")
      demand(reading.unit != "", "an empty unit")
      switch reading.name {
      case .key(let name), .quantity(let name): demand(!name.isEmpty, "an empty name")
      }
    }
    // A pipe cuts the text anywhere.
    let step = 1 + bytes.count % 7
    let pieces = stride(from: 0, to: bytes.count, by: step).map {
      bytes[$0..<min($0 + step, bytes.count)]
    }
    demand(read(pieces) == outcome, "other readings from pieces")
    let again = read([text(of: outcome.readings)[...]])
    demand(
      again.readings == outcome.readings && again.refusals.isEmpty, "written and read: \(again)")
  }

  private static func read(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
    var whole = Outcome()
    do {
      let settings = Settings(name: "fuzz", ["path": "-"], for: Lines.options)
      var lines = try Lines(settings, on: FakeHardware())
      for piece in pieces + [[]] {
        let isEnd = piece.isEmpty
        let outcome = try lines.read(.bytes(piece, isEnd: isEnd, isWhole: false))
        whole.readings += outcome.readings
        whole.refusals += outcome.refusals
      }
    } catch { demand(false, "\(error)") }
    return whole
  }

  /// The lines that another program would have written for the readings.
  private static func text(of readings: [Reading]) -> [UInt8] {
    var json = JSONWriter()
    for reading in readings {
      json.raw("{")
      if case .wall(let time) = reading.moment {
        json.raw(#""epoch":"#)
        json.epoch(time)
        json.raw(",")
      }
      switch reading.name {
      case .quantity(let name): json.string(name)
      case .key(let key):
        if let unit = reading.unit {
          json.raw(#""unit":"#)
          json.string(unit)
          json.raw(",")
        }
        json.raw(#""key":"#)
        json.string(key)
        json.raw(#","value""#)
      }
      json.raw(":")
      json.value(reading.value)
      json.raw("}\n")
    }
    return json.bytes
  }
}
