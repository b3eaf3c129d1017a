package import TelemetryModel

/// Gives events the epochs with which an agent would send them now; for commands that send or
/// export in an agent's place.
package struct SendingClock {
  private var clock: LaneClock

  /// - Parameters:
  ///   - origin: of a run that begins now.
  ///   - folder: the spool's.
  package init(
    origin: Origin, time: any TimeSource, folder: String, on fileSystem: any FileSystem,
    crc32: @escaping CRC32
  ) {
    clock = LaneClock(
      origin: origin, wait: .zero, time: time, service: ServiceTime(), folder: folder,
      on: fileSystem, crc32: crc32)
    _ = clock.look(now: time.bootTime())
    clock.recall()
  }

  package mutating func repaired(_ batch: Batch) -> Batch { clock.repaired(batch) }
}
