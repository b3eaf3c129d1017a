import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct RejectedFileTests {
  let disk = FakeDisk()
  let reports = Reports()
  let path = "/spool/cloud/rejected.jsonl"
  let older = "/spool/cloud/rejected.1.jsonl"

  private func file() -> RejectedFile {
    RejectedFile(folder: "/spool/cloud", uplink: "cloud", on: disk, report: reports.sink)
  }

  private func add(_ sequence: UInt64, to file: RejectedFile, reason: String = "too long") {
    file.add(
      event(sequence), from: testOrigin, reason: reason,
      at: Timestamp(nanoseconds: 1_700_000_001_500_000_000))
  }

  @Test func aLineHoldsTheEventItsOriginAndTheReason() {
    add(7, to: file(), reason: "key \"a\" is\nwrong")
    #expect(
      disk.text(path) == #"""
        {"rejected":"key \"a\" is\nwrong","at":1700000001.5,"device":"bench","boot":"0b00-1",\#
        "event":{"key":"door","value":1,"epoch":1700000000.25,"seq":7}}

        """#)
    #expect(reports.all.isEmpty)
  }

  @Test func linesAreAddedBehindThoseOfEarlierRuns() {
    add(1, to: file())
    let again = file()
    add(2, to: again)
    add(3, to: again)
    #expect(disk.text(path)?.split(separator: "\n").count == 3)
  }

  @Test func twoFilesOfAMebibyteAreTheMost() {
    let file = file()
    let reason = String(repeating: "x", count: 50_000)
    for sequence in 1...100 as ClosedRange<UInt64> {
      add(sequence, to: file, reason: reason)
      for content in disk.files.values { #expect(content.bytes.count <= 1_048_576) }
    }
    #expect(disk.files.keys.sorted() == [older, path])
    #expect(disk.text(path)?.contains(#""seq":100}"#) == true)
    #expect(disk.text(older)?.utf8.count ?? 0 > 900_000)
    #expect(reports.all.isEmpty)
  }

  @Test func aDiskThatRefusesIsReportedAndTakesTheNextOneAgain() {
    let file = file()
    disk.state.withLock { $0.isReadOnly = true }
    add(1, to: file)
    #expect(reports.all == [.spoolFailed(uplink: "cloud", reason: "/spool/cloud: read-only")])
    disk.state.withLock { $0.isReadOnly = false }
    add(2, to: file)
    #expect(disk.text(path)?.contains(#""seq":2}"#) == true)
    #expect(reports.all.count == 1)
  }

  /// A person may take the file away while the agent runs, or a full disk may have cut a line.
  @Test func theSizeIsThatOfTheFileThatIsThere() {
    let file = file()
    let reason = String(repeating: "x", count: 1_000_000)
    add(1, to: file, reason: reason)
    disk.state.withLock { _ = $0.files.removeValue(forKey: path) }
    add(2, to: file, reason: reason)
    #expect(disk.files.keys.sorted() == [path])
    #expect(reports.all.isEmpty)
    disk.put(path, [UInt8](repeating: 0x20, count: 1_048_570))
    add(3, to: file)
    #expect(disk.files[older]?.bytes.count == 1_048_570)
  }
}
