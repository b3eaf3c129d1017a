import TelemetryModel
import Testing

@testable import SensorDrivers

/// A frame as the chip sends it: AM2302 sheet, "single-bus signal characteristics", typical times.
struct DHTPulses {
  /// The times between edges, in µs, from the edge with which the line is let go.
  private(set) var intervals: [Int] = [30, 80, 80]

  init(_ bytes: [UInt8], zero: Int = 26, one: Int = 70, low: Int = 50) {
    for byte in bytes {
      for bit in stride(from: 7, through: 0, by: -1) {
        intervals += [low, byte >> bit & 1 == 1 ? one : zero]
      }
    }
    intervals.append(low)
  }

  /// 85 edges: 84 of the frame, after the one that lets go of the line.
  var edges: [LineEdge] {
    var time: Int64 = 1_000_000_000
    var edges = [LineEdge(line: 0, level: true, time: BootTime(nanoseconds: time), number: 1)]
    for (index, interval) in intervals.enumerated() {
      time += Int64(interval) * 1000
      edges.append(
        LineEdge(
          line: 0, level: index % 2 == 1, time: BootTime(nanoseconds: time),
          number: UInt32(index) + 2))
    }
    return edges
  }
}

@Suite struct DHTFrameTests {
  /// 65.2 % and 35.1 °C: the example of Aosong's AM2302 sheet.
  private let example: [UInt8] = [0x02, 0x8C, 0x01, 0x5F, 0xEE]

  @Test func readsTheSheetsExample() throws {
    let edges = DHTPulses(example).edges
    #expect(edges.count == 85)
    #expect(try DHTFrame.bytes(from: edges) == example)
  }

  /// The first edges are lost while the line changes its direction; the last may come too late.
  @Test(arguments: [0, 1, 2, 3, 4], [0, 1])
  func toleratesAMissedPreambleAndAMissedEnd(first: Int, last: Int) throws {
    let edges = DHTPulses(example).edges.dropFirst(first).dropLast(last)
    #expect(try DHTFrame.bytes(from: Array(edges)) == example)
  }

  @Test(arguments: [(22, 68, 48), (30, 75, 55), (16, 62, 60), (34, 80, 40)])
  func toleratesFastAndSlowChips(zero: Int, one: Int, low: Int) throws {
    let edges = DHTPulses(example, zero: zero, one: one, low: low).edges
    #expect(try DHTFrame.bytes(from: edges) == example)
  }

  @Test(
    arguments: [
      [0x00, 0x00, 0x00, 0x00, 0x00], [0xFF, 0xFF, 0xFF, 0xFF, 0xFC],
      [0x55, 0xAA, 0x55, 0xAA, 0xFE],
    ] as [[UInt8]])
  func readsEveryPattern(bytes: [UInt8]) throws {
    for first in 0...4 {
      let edges = Array(DHTPulses(bytes).edges.dropFirst(first))
      #expect(try DHTFrame.bytes(from: edges) == bytes)
    }
  }

  @Test func doesNotNeedTheKernelToSeeTheLevelInTime() throws {
    let edges = DHTPulses(example).edges.map {
      LineEdge(line: 0, level: false, time: $0.time, number: $0.number)
    }
    #expect(try DHTFrame.bytes(from: edges) == example)
  }

  @Test func aWrongChecksumIsToldWithTheRightOne() {
    let error = #expect(throws: DriverError.self) {
      try DHTFrame.bytes(from: DHTPulses([0x02, 0x8C, 0x01, 0x5F, 0xEF]).edges)
    }
    #expect(error == .badData("checksum 0xEF, but the data's is 0xEE"))
  }

  @Test func anEdgeLostInTheMiddleIsAnError() {
    for lost in 5..<83 {
      var edges = DHTPulses(example).edges
      edges.remove(at: lost)
      #expect(throws: DriverError.self) { try DHTFrame.bytes(from: edges) }
    }
  }

  @Test(arguments: [0, 1, 2]) func silenceIsAMissingChip(count: Int) {
    let error = #expect(throws: DriverError.self) {
      try DHTFrame.bytes(from: Array(DHTPulses(example).edges.prefix(count)))
    }
    #expect(error?.reason.contains("no answer") == true)
  }

  @Test func noCombinationOfEdgesTraps() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let edges = (0..<Int.random(in: 0...120, using: &random)).map { index in
        LineEdge(
          line: 0, level: Bool.random(using: &random),
          time: BootTime(nanoseconds: Int64.random(in: 0...5_000_000, using: &random)),
          number: UInt32(index))
      }
      _ = try? DHTFrame.bytes(from: edges)
    }
  }
}
