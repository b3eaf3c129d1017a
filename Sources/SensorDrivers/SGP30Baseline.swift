import TelemetryModel

extension SGP30 {
  /// The chip's baseline, and when it was kept, as a line that outlives the process:
  ///
  ///     1 SERIAL ECO2 TVOC BOOT SECONDS
  ///
  /// A baseline is good for seven days. But a driver knows no clock, and a board without a battery
  /// does not know after a restart how long it was off. So the moment is the kernel's boot id and
  /// the seconds since then: within one boot the age is certain, after a restart it is unknown.
  struct Baseline: Equatable {
    /// When a kept one is given back to the chip.
    enum Use: String, CaseIterable {
      case boot, always, never
    }

    /// A moment of one boot.
    struct Moment: Equatable {
      var boot: String
      /// Seconds since the boot, time asleep included.
      var seconds: Int

      /// nil where the kernel does not say.
      static func now(on hardware: any Hardware) -> Moment? {
        guard let boot = try? hardware.readText("/proc/sys/kernel/random/boot_id"),
          let uptime = try? hardware.readText("/proc/uptime")
        else { return nil }
        return Moment(boot: boot, uptime: uptime)
      }

      /// - Parameter uptime: as /proc/uptime has it: "350735.47 234388.90".
      init?(boot: String, uptime: String) {
        guard let id = boot.split(whereSeparator: \.isWhitespace).first,
          let seconds = uptime.split(separator: ".").first.flatMap({ Int($0) }), seconds >= 0
        else { return nil }
        self.boot = String(id)
        self.seconds = seconds
      }

      init(boot: String, seconds: Int) {
        self.boot = boot
        self.seconds = seconds
      }
    }

    /// Which chip's it is: 48 bits.
    var serial: UInt64
    var eco2: UInt16
    var tvoc: UInt16
    /// nil: nobody knows.
    var moment: Moment?

    /// Sensirion's driver guide: an older one is worse than none.
    static let ageMax = 7 * 86_400

    func isYoung(at now: Moment?) -> Bool {
      guard let now, let moment, now.boot == moment.boot else { return false }
      return moment.seconds <= now.seconds && now.seconds - moment.seconds <= Self.ageMax
    }

    var text: String {
      let when = moment.map { "\($0.boot) \($0.seconds)" } ?? "- 0"
      return "1 \(String(serial, radix: 16)) \(eco2) \(tvoc) \(when)\n"
    }
  }
}

extension SGP30.Baseline {
  /// nil for what is not such a line.
  init?(_ text: String) {
    let fields = text.split(whereSeparator: \.isWhitespace)
    guard fields.count == 6, fields[0] == "1", let serial = UInt64(fields[1], radix: 16),
      let eco2 = UInt16(fields[2]), let tvoc = UInt16(fields[3]), eco2 != 0, tvoc != 0,
      let seconds = Int(fields[5]), seconds >= 0
    else { return nil }
    let boot = String(fields[4])
    self.init(
      serial: serial, eco2: eco2, tvoc: tvoc,
      moment: boot == "-" ? nil : Moment(boot: boot, seconds: seconds))
  }
}
