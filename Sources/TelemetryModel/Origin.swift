/// Whose events these are: the device, and one run of the agent on it.
///
/// `(device, boot, sequence)` names an event for ever: a reader drops the duplicates that
/// at-least-once delivery may bring by it, and proves by the unbroken sequence that none is
/// missing.
package struct Origin: Sendable, Hashable {
  /// The name in the ini, or else the host's.
  package var device: String
  /// The kernel's boot id, then `-` and the agent's start on that boot's clock. Within one boot the
  /// agent may start many times; each start counts its events anew, so each needs its own name, and
  /// this one needs no disk to be unique.
  package var boot: String

  package init(device: String, boot: String) {
    self.device = device
    self.boot = boot
  }

  /// - Parameters:
  ///   - kernelBoot: the content of `/proc/sys/kernel/random/boot_id`.
  ///   - start: when this run of the agent began.
  package init(device: String, kernelBoot: String, start: BootTime) {
    self.init(
      device: device,
      boot: "\(kernelBoot)-\(String(start.nanoseconds / 1_000_000, radix: 16))")
  }

  /// Stands for the kernel's boot id where it cannot be read: two boots may be called so.
  package static let unknownKernelBoot = "unknown"

  /// The kernel's part of `boot`: events of equal kernel boots share one clock.
  package var kernelBoot: Substring {
    guard let dash = boot.lastIndex(of: "-") else { return boot[...] }
    return boot[..<dash]
  }

  /// When the run began, in milliseconds on its boot's clock; nil for a name of another form.
  package var start: Int64? {
    guard let dash = boot.lastIndex(of: "-") else { return nil }
    return Int64(boot[boot.index(after: dash)...], radix: 16)
  }
}
