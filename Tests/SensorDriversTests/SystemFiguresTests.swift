import Testing

@testable import SensorDrivers

@Suite struct SystemFiguresTests {
  private static let head = "Inter-| sta-|\n face | tus |\n"

  @Test(arguments: [
    // As kernels from 2.6.38 and from 6.1 print it, with and without a dot for a fresh value.
    (" wlan0: 0000   54.  -56.  -256        0      0      0      0      4        0", -56.0),
    (" wlan0: 0000   70   -40   -256        0      0      0      0      4        0", -40.0),
  ])
  func signalIsTheLevel(line: String, level: Double) {
    #expect(System.wireless(Self.head + line, interface: nil) == [Reading("wifi_signal", level)])
  }

  @Test(arguments: ["", " wlan0: 0000    0     0     0  0 0 0 0 0 0", " wlan0: 0000 54. 70. 0 0"])
  func noConnectionAndADriversOwnStepsAreNoSignal(line: String) {
    #expect(System.wireless(Self.head + line, interface: nil)?.isEmpty == true)
  }

  @Test func interfaceChoosesItsSignal() {
    let text = Self.head + " wlan0: 0000 54. -56. -256 0\n wlan1: 0000 54. -61. -256 0\n"
    #expect(System.wireless(text, interface: "wlan1") == [Reading("wifi_signal", -61)])
    #expect(System.wireless(text, interface: "eth0")?.isEmpty == true)
  }

  @Test func guestsAreNotCountedTwice() throws {
    let before = try #require(System.ProcessorTime("cpu  100 0 0 100 0 0 0 0 100 0\n"))
    let after = try #require(System.ProcessorTime("cpu  150 0 0 150 0 0 0 0 150 0\n"))
    #expect(after.use(since: before) == 50)
  }

  @Test func countersThatStepBackGiveNoImpossibleUse() throws {
    let before = try #require(System.ProcessorTime("cpu 100 0 0 100 50 0 0 0\n"))
    let back = try #require(System.ProcessorTime("cpu 200 0 0 90 50 0 0 0\n"))
    #expect(back.use(since: before) == 100)
    #expect(before.use(since: back) == nil)
    #expect(before.use(since: before) == nil)
  }

  @Test(arguments: [
    "cpu 18446744073709551615 18446744073709551615 0 0", "cpu 1 2 3", "cpu  a b c d",
    "cpu0 1 2 3 4",
  ])
  func impossibleCountersAreRefused(text: String) {
    #expect(System.ProcessorTime(text) == nil)
  }

  @Test func swapSpaceIsCountedInPercent() {
    #expect(System.swap("SwapTotal: 400 kB\nSwapFree: 100 kB") == [Reading("swap_used", 75)])
    #expect(System.swap("SwapTotal: 0 kB\nSwapFree: 0 kB") == [])
    #expect(System.swap("SwapTotal: 100 kB\nSwapFree: 400 kB") == nil)
  }
}
