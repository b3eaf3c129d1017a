/// A number's digits as they were read, and what they come to where that is exact at once: for
/// nearly all numbers of a sensor, which spares a copy of their text.
struct NumberScan {
  let start: Int
  var isNegative = false
  var isInteger = true
  var hasExponent = false
  /// All digits as one integer, while they are few enough.
  var digits: UInt64 = 0
  var digitCount = 0
  var decimals = 0

  /// 19 digits always fit in 64 bits.
  private static let digitsMax = 19
  /// The largest integer below which a Double has them all.
  private static let exactMax: UInt64 = 1 << 53
  /// The powers of ten that a Double holds exactly.
  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
  private static let integerPowers: [UInt64] = [
    1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1,
  ]

  mutating func add(_ byte: UInt8) {
    digits = digits &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
    digitCount += 1
  }

  var integer: Int64? {
    guard isInteger, digitCount <= Self.digitsMax else { return nil }
    if isNegative {
      return digits <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- digits) : nil
    }
    return Int64(exactly: digits)
  }

  /// Both parts are exact and a division rounds once, so this is the nearest Double (Clinger 1990,
  /// section 3).
  var exactNumber: Double? {
    guard !hasExponent, digitCount <= Self.digitsMax, digits <= Self.exactMax,
      decimals < Self.powers.count
    else { return nil }
    let magnitude = Double(digits) / Self.powers[decimals]
    return isNegative ? -magnitude : magnitude
  }

  var exactBillionths: Int64? {
    guard !hasExponent, digitCount <= Self.digitsMax, decimals < Self.integerPowers.count else {
      return nil
    }
    let (scaled, overflow) = digits.multipliedReportingOverflow(by: Self.integerPowers[decimals])
    guard !overflow, let billionths = Int64(exactly: scaled) else { return nil }
    return isNegative ? -billionths : billionths
  }
}
