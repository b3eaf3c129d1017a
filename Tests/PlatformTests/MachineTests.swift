import Testing

@testable import Platform

@Suite struct MachineTests {
  @Test(arguments: [
    ("5.10.0-30-arm64", true), ("6.1.21-v8+", true), ("5.15", true), ("10.0.1", true),
    ("5.4.83-v7l+", false), ("4.19.97", false), ("5.9.99", false), ("", false), ("odd", false),
  ])
  func comparesAKernelsReleaseByNumber(release: String, isNewEnough: Bool) {
    #expect(Machine.isRelease(release, atLeast: 5, 10) == isNewEnough)
  }
}
