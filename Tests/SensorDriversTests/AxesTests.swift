import Testing

@testable import SensorDrivers

@Suite struct AxesTests {
  @Test func bothOrdersOfBytesAreRead() {
    let low = Axes([0x01, 0x02, 0xFF, 0x7F, 0x00, 0x80], .lowByteFirst)
    #expect([low.x, low.y, low.z] == [0x0201, 32767, -32768])
    let high = Axes([0x01, 0x02, 0x7F, 0xFF, 0x80, 0x00], .highByteFirst)
    #expect([high.x, high.y, high.z] == [0x0102, 32767, -32768])
  }

  @Test func aPieceOfALongerAnswerIsReadFromItsOwnBeginning() {
    let bytes: [UInt8] = [9, 9, 0, 1, 0, 2, 0xFF, 0xFD]
    #expect(Axes(bytes[2...], .highByteFirst) == Axes([0, 1, 0, 2, 0xFF, 0xFD], .highByteFirst))
    #expect(
      Axes(bytes[2...], .highByteFirst).readings("accel", step: 0.5) == [
        Reading("accel_x", 0.5), Reading("accel_y", 1), Reading("accel_z", -1.5),
      ])
  }
}
