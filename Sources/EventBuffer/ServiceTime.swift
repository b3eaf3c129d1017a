import Synchronization

/// The time that a service told: how far it is ahead of the boot's clock. All lanes share one, so
/// that an uplink whose service checks no clock has the right epochs too.
///
/// It does not refer to the wall clock, which may be set meanwhile: nothing is corrected twice.
package final class ServiceTime: Sendable {
  private let told = Mutex<Duration?>(nil)

  package init() {}

  /// The service's clock less the boot's; nil while no service had to tell it.
  package var offset: Duration? { told.withLock { $0 } }

  func learn(_ offset: Duration) { told.withLock { $0 = offset } }

  /// - Returns: true for the lane that ends it.
  func forget() -> Bool {
    told.withLock { told in
      defer { told = nil }
      return told != nil
    }
  }
}
