/// The calls of a line that is told and heard, with the driver's errors.
extension SignalLine {
  func tell(_ level: Bool) throws(DriverError) {
    do throws(HardwareError) { try drive(level) } catch { throw .bus(error.kind, error.reason) }
  }

  func hear() throws(DriverError) {
    do throws(HardwareError) { try listen() } catch { throw .bus(error.kind, error.reason) }
  }

  func heard() throws(DriverError) -> [LineEdge] {
    do throws(HardwareError) {
      return try takeEdges()
    } catch {
      throw .bus(error.kind, error.reason)
    }
  }
}

extension Hardware {
  func signal(_ request: LineRequest) throws(DriverError) -> any SignalLine {
    do throws(HardwareError) {
      return try openSignal(request)
    } catch {
      throw .bus(error.kind, error.reason)
    }
  }
}
