import SensorDrivers

/// One GPIO line that is told and heard in turn, without ever being given back in between.
final class LinuxSignal: SignalLine {
  private let lines: LinuxLines

  init(_ request: LineRequest) throws(HardwareError) {
    lines = try LinuxLines([request], isQuiet: true)
  }

  func drive(_ level: Bool) throws(HardwareError) { try lines.drive(level) }
  func listen() throws(HardwareError) { try lines.listen() }
  func takeEdges() throws(HardwareError) -> [LineEdge] { try lines.takeEdges() }
}
