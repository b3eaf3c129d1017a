import Platform
import Testing
import Uplinks

@Suite struct HashKeyTests {
  private static let last = "340282366920938463463374607431768211455"

  @Test func aPartitionKeysPlaceIsItsMD5AsABigEndianNumber() {
    let one = HashKey(partitionKey: "1", crypto: LibCrypto())
    #expect(one.description == "261578874264819908609102035485573088411")
    // md5 of nothing: d41d8cd98f00b204e9800998ecf8427e
    let none = HashKey(partitionKey: "", crypto: LibCrypto())
    #expect(none.value == 0xD41D_8CD9_8F00_B204_E980_0998_ECF8_427E)
  }

  @Test func keysThatUnicodeTakesForEqualHaveTheirOwnPlaces() {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    #expect(composed == decomposed)
    #expect(
      HashKey(partitionKey: composed, crypto: LibCrypto())
        != HashKey(partitionKey: decomposed, crypto: LibCrypto()))
  }

  @Test(arguments: ["0", "1", "10", "170141183460469231731687303715884105728", last])
  func aDecimalIsReadAndWrittenAlike(text: String) {
    #expect(HashKey(decimal: text)?.description == text)
  }

  @Test func theEndsAreTheSmallestAndTheLargest() {
    #expect(HashKey(decimal: "0") == .min)
    #expect(HashKey(decimal: Self.last) == .max)
    #expect(HashKey(9) < HashKey(10))
  }

  @Test(arguments: [
    "", " ", "00", "01", "+1", "-1", "-0", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "١", "1\0",
    "340282366920938463463374607431768211456", "999999999999999999999999999999999999999",
    "1000000000000000000000000000000000000000", String(repeating: "9", count: 10_000),
  ])
  func anythingElseIsNoHashKey(text: String) {
    #expect(HashKey(decimal: text) == nil)
  }
}
