import Platform
import Testing
import Uplinks

@testable import telemetryd

@Suite struct UplinkTransportsTests {
  /// Not a protocol that is spoken, so nothing is opened.
  private let nowhere = HTTPRequest(method: "GET", url: "ftp://127.0.0.1/")

  private func end(_ transport: any HTTPTransport) -> HTTPFailure.Kind? {
    do throws(HTTPFailure) {
      _ = try transport.send(nowhere)
      return nil
    } catch { return error.kind }
  }

  @Test func allOfAnUplinkEndTogether() {
    let transports = UplinkTransports(TransportSettings())
    let first = transports.make(TransportSettings())
    let second = transports.make(TransportSettings(timeout: .seconds(5)))
    #expect(![transports.own, first, second].map(end).contains(.aborted))
    transports.abort()
    #expect([transports.own, first, second].map(end) == [.aborted, .aborted, .aborted])
  }

  @Test func oneThatIsMadeAfterTheEndRefuses() {
    let transports = UplinkTransports(TransportSettings())
    transports.abort()
    #expect(end(transports.make(TransportSettings())) == .aborted)
  }

  @Test func oneThatIsNoLongerUsedIsNotKept() {
    let transports = UplinkTransports(TransportSettings())
    let kept = transports.make(TransportSettings())
    for _ in 0..<5 { _ = transports.make(TransportSettings()) }
    #expect(transports.count == 1)
    withExtendedLifetime(kept) {}
  }

  @Test func anUplinkIsGivenItsSettingsAndItsTransports() throws {
    let transports = UplinkTransports(TransportSettings(caFile: "/own.pem", timeout: .seconds(7)))
    let services = UplinkMaker.services(transports.own, transports.settings) {
      transports.make($0)
    }
    #expect(services.transportSettings.caFile == "/own.pem")
    #expect(services.transportSettings.timeout == .seconds(7))
    let made = services.makeTransport(services.transportSettings)
    #expect(transports.count == 1)
    transports.abort()
    #expect(end(made) == .aborted)
  }
}
