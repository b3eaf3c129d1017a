import SensorDrivers

extension GPIOChips {
  /// The lines that have names, chip by chip. A chip that cannot be opened has none.
  static func named() -> [GPIOLine] {
    var lines: [GPIOLine] = []
    for chip in all().chips {
      guard let open = try? OpenChip(chip.path) else { continue }
      for offset in 0..<UInt32(chip.lineCount) {
        guard let line = try? open.line(offset), !line.name.isEmpty else { continue }
        let consumer = line.consumer.isEmpty ? "in use" : line.consumer
        lines.append(GPIOLine(name: line.name, consumer: line.isUsed ? consumer : nil))
      }
    }
    return lines
  }
}
