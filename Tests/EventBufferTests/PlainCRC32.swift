/// CRC-32 by a table made bit by bit from the polynomial in RFC 1952: independent of zlib's.
func plainCRC32(_ bytes: [UInt8]) -> UInt32 {
  crcTable.withUnsafeBufferPointer { table in
    bytes.withUnsafeBufferPointer { bytes in
      var crc: UInt32 = 0xFFFF_FFFF
      for byte in bytes { crc = crc >> 8 ^ table[Int(crc & 0xFF ^ UInt32(byte))] }
      return ~crc
    }
  }
}

private let crcTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
}
