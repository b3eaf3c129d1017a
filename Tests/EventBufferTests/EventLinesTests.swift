import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct EventLinesTests {
  @Test func anEventAloneNamesItsDeviceAndItsRun() {
    let line = EventLines.line(event(7), of: Origin(device: "a \"b\"", boot: "ab-1"))
    #expect(
      String(decoding: line, as: UTF8.self) == #"""
        {"key":"door","value":1,"epoch":1700000000.25,"seq":7,"device":"a \"b\"","boot":"ab-1"}

        """#)
  }

  @Test func inTheSpoolsOwnFormItHasNeither() {
    #expect(
      String(decoding: EventLines.line(event(7)), as: UTF8.self)
        == #"{"key":"door","value":1,"epoch":1700000000.25,"seq":7}"# + "\n")
  }
}
