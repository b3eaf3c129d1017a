import Configuration
import EventBuffer
import FuzzServices
import FuzzSupport
import SensorDrivers
import TelemetryModel
import TestSupport
import Uplinks

/// The input is an ini, read with all drivers and uplinks that there are.
enum IniReading {
  static func check(_ bytes: [UInt8]) {
    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
    // The agent's, and one of the others.
    let others = ConfigurationContext.Purpose.allCases.filter { $0 != .run }
    for purpose in [.run, others[bytes.count % others.count]] {
      do throws(Mistakes) {
        checkBounds(
          try Configuration.load(file: bytes, name: "fuzz.ini", in: context(purpose)), purpose)
      } catch {
        demand(!error.list.isEmpty, "refused without a reason")
        for mistake in error.list {
          demand((1...lines).contains(mistake.line), "line \(mistake.line) of \(lines)")
          // A driver may name all that is allowed, after the value itself.
          let longest = 1200 + bytes.count
          demand(mistake.description.utf8.count <= longest, "a sentence without end")
          demand(!mistake.description.contains(secretText), "a mistake that tells the secret")
        }
      }
    }
  }

  private static func checkBounds(
    _ read: Configuration, _ purpose: ConfigurationContext.Purpose
  ) {
    if purpose == .run {
      demand(!read.sensors.isEmpty && !read.uplinks.isEmpty, "nothing to do")
    }
    demand(!read.device.isEmpty, "no device")
    demand(read.spool.segment > 0 && read.spool.segment <= read.spool.limit, "\(read.spool)")
    demand(read.spool.sync >= .zero && read.grace >= .zero, "a negative time")
    for uplink in read.uplinks {
      demand(uplink.flushSize >= 1 && uplink.flushSize <= uplink.capacity, "\(uplink.flushSize)")
      demand(uplink.timeout > .zero && uplink.flushInterval >= .zero, "a negative time")
    }
    for text in read.warnings {
      demand(!text.contains(secretText), "a warning that tells the secret")
    }
  }

  private static func context(_ purpose: ConfigurationContext.Purpose) -> ConfigurationContext {
    let hardware = FakeHardware()
    return ConfigurationContext(
      purpose: purpose, hostName: "bench", environment: ["KEY": secretText],
      drivers: DriverCatalog.all, uplinks: UplinkCatalog.all,
      readFile: { path in
        path.hasSuffix("key")
          ? .success(Array(secretText.utf8))
          : .failure(FileError(.missing, "read \(path): No such file or directory"))
      },
      tryDriver: { ConfiguredSensor($0, $1).mistakes(on: hardware) },
      tryUplink: { uplink, settings throws(Settings.Invalid) in
        _ = try uplink.init(settings, with: services(RepeatingTransport([])))
      })
  }
}
