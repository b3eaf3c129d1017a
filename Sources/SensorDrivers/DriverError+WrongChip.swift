extension DriverError {
  /// Another chip's number in the register that tells a chip's kind.
  /// - Parameters:
  ///   - id: as it was read.
  ///   - expected: "0x60 (BME280) or 0x58 (BMP280)".
  ///   - known: chips that may be at the same address, by what their register holds.
  static func wrongChip(_ id: UInt8, expected: String, known: [UInt8: String]) -> DriverError {
    let meaning =
      switch (id, known[id]) {
      case (_, let name?): "this is a \(name); "
      case (0x00, nil), (0xFF, nil): "nothing drives the bus as it should; "
      case (_, nil): ""
      }
    return .badData("chip id \(hex(id)); \(meaning)expected \(expected)")
  }

  /// Bosch's chips with their id in 0xD0. (The BMP388's is in 0x00.)
  static let boschChips: [UInt8: String] = [
    0x55: "BMP180 or BMP085",
    0x56: "BMP280",
    0x57: "BMP280",
    0x58: "BMP280",
    0x60: "BME280",
    0x61: "BME680 or BME688",
  ]
}
