/// As datasheets write a byte: `0x0A`.
func hex(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return byte < 0x10 ? "0x0\(digits)" : "0x\(digits)"
}

/// As datasheets write a word: `0x00FA`.
func hex(_ word: UInt16) -> String {
  let digits = String(word, radix: 16, uppercase: true)
  return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
}

/// Two bytes, the higher first. In two's complement: `Int16(bitPattern: word(...))`.
func word(_ high: UInt8, _ low: UInt8) -> UInt16 { UInt16(high) << 8 | UInt16(low) }
