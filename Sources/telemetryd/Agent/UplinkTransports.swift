import Platform
import Synchronization
import TelemetryModel
import Uplinks

/// The ways of one uplink to the network: its own, and those to whoever lends it credentials. They
/// end together, or a stop would wait for an endpoint that hangs.
final class UplinkTransports: Sendable {
  /// Of all of them, but for what another is made with.
  let settings: TransportSettings
  /// The uplink's way to its service.
  let own: CurlTransport
  private let others = Mutex(Others())

  private struct Others {
    var made: [Weakly] = []
    var isAborted = false
  }

  /// What is no longer used need not be kept to be ended.
  private struct Weakly {
    weak var transport: CurlTransport?
  }

  /// Opens nothing.
  init(_ settings: TransportSettings) {
    self.settings = settings
    own = CurlTransport(settings, time: SystemClock())
  }

  /// One more, with a connection of its own.
  func make(_ settings: TransportSettings) -> CurlTransport {
    let new = CurlTransport(settings, time: SystemClock())
    let isAborted = others.withLock { others in
      others.made.removeAll { $0.transport == nil }
      others.made.append(Weakly(transport: new))
      return others.isAborted
    }
    if isAborted { new.abort() }
    return new
  }

  /// Ends the transfers under way, and refuses all later ones. From any thread.
  func abort() {
    own.abort()
    let made = others.withLock { others in
      others.isAborted = true
      return others.made.compactMap(\.transport)
    }
    for transport in made { transport.abort() }
  }

  /// Those that are in use beside the uplink's own.
  var count: Int { others.withLock { $0.made.count { $0.transport != nil } } }
}
