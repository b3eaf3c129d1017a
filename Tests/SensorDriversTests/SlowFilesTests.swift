import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct SlowFilesTests {
  private let hardware = ScriptedHardware()

  private func begin(_ paths: [String]) -> SlowFiles {
    SlowFiles(paths.map { .init(path: $0, lane: "lane") }, on: hardware)
  }

  @Test func filesThatAreThereNeedNoWait() throws {
    hardware.files = ["/a": "1\n", "/b": "2\n"]
    var files = begin(["/a", "/b"])
    #expect(files.collect() == nil)
    #expect(try files.text("/a") == "1\n")
    #expect(try files.number("/b") == 2)
  }

  @Test func waitsGrowWhileAnythingIsMissing() throws {
    hardware.files = ["/a": "1\n"]
    hardware.answers = ["/b": [.text("2\n", running: 8)]]
    var files = begin(["/a", "/b"])
    let waits = (0..<8).map { _ in files.collect() }
    #expect(waits == [5, 10, 20, 40, 80, 160, 250, 250].map { .milliseconds($0) })
    #expect(files.collect() == nil)
    #expect(try files.number("/b") == 2)
  }

  @Test func fileThatIsNamedTwiceIsReadOnce() throws {
    hardware.files = ["/a": "1\n"]
    var files = begin(["/a", "/a"])
    #expect(files.collect() == nil)
    #expect(hardware.begun.count == 1)
    #expect(try files.number("/a") == 1)
  }

  @Test func failureIsItsFilesOwn() throws {
    hardware.files = ["/a": "1\n"]
    hardware.answers = ["/b": [.init(.failure(HardwareError(.other, "read /b: EIO")))]]
    var files = begin(["/a", "/b"])
    #expect(files.collect() == nil)
    #expect(try files.number("/a") == 1)
    #expect(throws: DriverError.hardware("read /b: EIO")) { try files.number("/b") }
  }

  @Test func garbageIsBadData() {
    hardware.files = ["/a": "one\n"]
    var files = begin(["/a"])
    #expect(files.collect() == nil)
    #expect(throws: DriverError.badData("/a: 'one' is not a number")) { try files.number("/a") }
  }

  @Test func stuckFileIsGivenUpAfterFifteenSecondsAndNeverReadTwice() throws {
    hardware.files = ["/b": "2\n"]
    hardware.answers = ["/a": [.stuck]]
    for _ in 0..<3 {
      var files = begin(["/a", "/b"])
      var waited = Duration.zero
      while let wait = files.collect() { waited += wait }
      #expect(waited >= .seconds(15) && waited < .milliseconds(15_500))
      #expect(
        throws: DriverError.hardware("read /a: the kernel has not answered for 15s")
      ) { try files.text("/a") }
      #expect(try files.number("/b") == 2)
    }
    #expect(hardware.begun.count { $0.path == "/a" } == 1)
  }

  @Test func timeInTheQueueIsNotTheKernelsFault() throws {
    // 60 looks of 250 ms are 15 s.
    hardware.answers = ["/a": [.init(.success("1\n"), queued: 200, running: 10)]]
    var files = begin(["/a"])
    while files.collect() != nil {}
    #expect(try files.number("/a") == 1)
  }

  @Test func queueThatDoesNotMoveIsAnError() {
    hardware.answers = ["/a": [.init(.success("1\n"), queued: .max)]]
    var files = begin(["/a"])
    var waited = Duration.zero
    while let wait = files.collect() { waited += wait }
    #expect(waited >= .seconds(120) && waited < .seconds(121))
    #expect(
      throws: DriverError.hardware("read /a: waits for others on the same bus since 2m")
    ) { try files.text("/a") }
  }
}
