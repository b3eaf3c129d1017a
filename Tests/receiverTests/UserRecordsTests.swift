import Testing

@testable import receiver

@Suite struct UserRecordsTests {
  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }

  /// The data of the readings, as text.
  private func texts(_ data: [UInt8], atMost limit: Int = 50) -> [String] {
    UserRecords.all(in: data, partitionKey: "p", atMost: limit).map {
      "\($0.partitionKey)=\(String(decoding: $0.data, as: UTF8.self))"
    }
  }

  /// By the Python aggregator.
  private static let twoRecords =
    "f3899ac20a0873656e736f722d311a0e08001a0a7b2274223a32312e357d1a0e08001a0a7b2274223a32312e367d"
    + "26a88516afce2febe1db12082bffc9f1"
  private static let threeKeys =
    "f3899ac20a01310a01320a01331a0508001a01611a0608011a0262621a0708001a036363631a0408021a005ed2492a"
    + "099708658da8f867c54a7550"
  /// `printf '{"t":1}' | gzip -n`
  private static let packed = "1f8b0800000000000003ab562a51b232ac05005db41bfe07000000"

  @Test func theRecordsOfAnAggregateAreItsReadings() {
    #expect(
      texts(bytes(Self.twoRecords)) == [#"sensor-1={"t":21.5}"#, #"sensor-1={"t":21.6}"#])
    #expect(texts(bytes(Self.threeKeys)) == ["1=a", "2=bb", "1=ccc", "3="])
    #expect(texts(bytes(Self.threeKeys), atMost: 2) == ["1=ccc", "3="])
  }

  @Test func whatGzipPackedIsUnpacked() {
    #expect(texts(bytes(Self.packed)) == [#"p={"t":1}"#])
  }

  @Test func anythingElseIsShownAsItCame() {
    var damaged = bytes(Self.twoRecords)
    damaged[50] ^= 1
    // A digest that is right, of a message that is none.
    let message: [UInt8] = [0x1A, 0x7F]
    let broken = [0xF3, 0x89, 0x9A, 0xC2] + message + Digest.md5(message)
    var halfPacked = bytes(Self.packed)
    halfPacked.removeLast()
    for data in [damaged, broken, halfPacked, [], [0x1F, 0x8B], Array("text".utf8)] {
      let records = UserRecords.all(in: data, partitionKey: "p", atMost: 50)
      #expect(records == [.init(partitionKey: "p", data: data)])
    }
  }
}
