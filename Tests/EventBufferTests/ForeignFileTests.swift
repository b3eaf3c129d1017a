import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct ForeignFileTests {
  private let disk = FakeDisk()

  private func read(
    _ bytes: [UInt8], name: String = "missed.txt", unproven: Bool = false
  ) throws -> [ForeignFile.Unit] {
    disk.put("/in/\(name)", bytes)
    var file = try ForeignFile(
      "/in/\(name)", takesUnproven: unproven, on: disk, crc32: plainCRC32)
    var units: [ForeignFile.Unit] = []
    while let unit = try file.next() { units.append(unit) }
    return units
  }

  private func read(
    _ text: String, name: String = "missed.txt", unproven: Bool = false
  ) throws -> [ForeignFile.Unit] {
    try read(Array(text.utf8), name: name, unproven: unproven)
  }

  private func keys(_ units: [ForeignFile.Unit]) -> [String] {
    units.flatMap { $0.events.map(\.event.key) }
  }

  private func refusals(_ units: [ForeignFile.Unit]) -> [ForeignFile.Refusal] {
    units.flatMap(\.refusals)
  }

  @Test func aFileOfMissedEventsIsReadLineByLine() throws {
    let text = """
      {"bucketKey": "bk1", "bucketName": "Bucket Name"}
      [{"key": "a", "value": 1, "epoch": 1}, {"key": "b", "value": 2, "epoch": 2}]

      [{"key": "c", "value": 3, "epoch": 3}]
      [{"key": "d", "value": 4, "epoch": 4}, {"ke
      """
    let units = try read(text)
    #expect(keys(units) == ["a", "b", "c", "d"])
    #expect(refusals(units).map(\.line) == [5])
    #expect(units.map(\.start).first == 0)
    #expect(zip(units, units.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(units.last?.end == text.utf8.count)
  }

  @Test func rowsMayHaveLineBreaksInQuotes() throws {
    let units = try read("epoch,key,value\r\n1,a,\"x\r\n\r\n[y\"\r\n2,b,2\r\n")
    #expect(keys(units) == ["a", "b"])
    #expect(units[1].events.first?.event.value == .text("x\r\n\r\n[y"))
    #expect(units.map(\.line) == [1, 2, 5])
    #expect(refusals(units).isEmpty)
  }

  @Test func aQuoteThatIsNeverClosedCostsItsLineAlone() throws {
    let rows = (3...5000).map { "\($0),k,\($0)\n" }.joined()
    let units = try read("1,a,1\n2,b,\"x\n" + rows)
    #expect(keys(units).count == 4999)
    #expect(refusals(units) == [.init(line: 2, reason: "a quote that is not closed")])
  }

  @Test func aRowThatWasCutIsRefusedWhereItsEndWouldShow() throws {
    #expect(refusals(try read("1,a,21.5\r\n2,a,2")).map(\.line) == [2])
    #expect(keys(try read("1,a,21.5\n2,a,2")) == ["a", "a"])
  }

  @Test func aByteOrderMarkIsNoPartOfTheFirstRow() throws {
    let units = try read([0xEF, 0xBB, 0xBF] + Array("1,a,1\n".utf8))
    #expect(keys(units) == ["a"])
  }

  @Test func whatIsNoEventIsNamedWithItsLine() throws {
    let units = try read("hello\n1,a,1\n,b,2\nnull\n{\"a\":1}\n")
    #expect(keys(units) == ["a"])
    #expect(refusals(units).map(\.line) == [1, 3, 4, 5])
  }

  @Test func aSegmentsBatchesNeedTheirProof() throws {
    let name = "00000000000000000001.jsonl.corrupt"
    let whole = SpoolText.segment(batches: 3)
    let units = try read(whole, name: name)
    #expect(units.flatMap { $0.events.map(\.event.sequence) } == Array(1...9))
    #expect(units.flatMap(\.events).allSatisfy { $0.origin == testOrigin })
    #expect(units.last?.events.first?.destination == testDestination)
    #expect(refusals(units).isEmpty)

    let damaged = whole.replacing("\"seq\":5", with: "\"seq\":6")
    let proven = try read(damaged, name: name)
    #expect(proven.flatMap { $0.events.map(\.event.sequence) } == [1, 2, 3, 7, 8, 9])
    #expect(refusals(proven).map(\.line) == [4])
    #expect(refusals(proven).map(\.count) == [3])
    let all = try read(damaged, name: name, unproven: true)
    #expect(all.flatMap { $0.events.map(\.event.sequence) } == [1, 2, 3, 4, 6, 6, 7, 8, 9])
  }

  @Test func aSegmentWithoutItsHeaderOrUnderAnotherNameIsStillProven() throws {
    let body = SpoolText.segment(batches: 2).dropFirst(SpoolText.header.count)
    let units = try read(String(body), name: "saved.txt")
    #expect(units.flatMap { $0.events.map(\.event.sequence) } == Array(1...6))
    #expect(units.flatMap(\.events).allSatisfy { $0.origin == nil })
    let torn = try read(String(SpoolText.segment(batches: 2).dropLast(30)), name: "saved.txt")
    #expect(torn.flatMap { $0.events.map(\.event.sequence) } == [1, 2, 3])
    #expect(refusals(torn).map(\.count) == [3, 0])
  }

  @Test func aDamagedHeaderNamesNobody() throws {
    let damaged = SpoolText.header.replacing("bench", with: "shed")
    let units = try read(
      SpoolText.segment(batches: 1) + damaged + SpoolText.batch(4...5, total: 2))
    let origins = units.flatMap { $0.events.map(\.origin) }
    #expect(origins == [testOrigin, testOrigin, testOrigin, nil, nil])
    #expect(refusals(units).map(\.count) == [0])
  }

  @Test func readingGoesOnAtAnyUnit() throws {
    let text = SpoolText.segment(batches: 3)
    let units = try read(text, name: "x.jsonl")
    for unit in units {
      var file = try ForeignFile(
        "/in/x.jsonl", from: unit.start, line: unit.line, on: disk, crc32: plainCRC32)
      let again = try file.next()
      #expect(again == unit)
    }
  }

  @Test func aNewerFormatEndsTheReading() throws {
    let units = try read("{\"segment\":{\"format\":7}}\n1,a,1\n")
    #expect(keys(units) == [])
    #expect(refusals(units).map(\.line) == [1])
  }

  @Test func noFileMakesTheReaderFailOrHang() throws {
    var random = SystemRandomNumberGenerator()
    let pieces =
      [
        "1,a,1\r\n", "2,b,\"x", "\"\n", "[{\"key\":\"a\",\"value\":1,\"epoch\":1}]\n",
        SpoolText.header, SpoolText.batch(1...2, total: 2), "\0\0\0", "\n\n", "\u{FEFF}", "{", "[",
        "]\n", "\"\"", ",", "{\"commit\":{}}\n",
      ].map { Array($0.utf8) }
    for _ in 0..<1500 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        bytes += pieces.randomElement(using: &random) ?? []
        if Int.random(in: 0...4, using: &random) == 0 {
          bytes.append(UInt8.random(in: 0...255, using: &random))
        }
      }
      let units = try read(bytes)
      #expect(zip(units, units.dropFirst()).allSatisfy { $0.end == $1.start && $0.line < $1.line })
      #expect((units.last?.end ?? 0) == bytes.count)
    }
  }
}
