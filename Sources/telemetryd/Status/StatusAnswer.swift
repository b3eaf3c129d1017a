/// `status --json` as it is read back, to be shown to a person.
struct StatusAnswer: Decodable {
  struct Clock: Decodable {
    var synchronised: Bool
  }

  struct Sensor: Decodable {
    var name: String
    var driver: String
    var state: String
    var readings: Int
    var errors: Int
    var lastError: String?

    enum CodingKeys: String, CodingKey {
      case name, driver, state, readings, errors
      case lastError = "last_error"
    }
  }

  struct Uplink: Decodable {
    var name: String
    var kind: String
    var state: String
    var accepted: Int
    var rejected: Int
    var dropped: [String: Int]
    var inMemory: Int
    var inSpool: Int
    var lastError: String?

    enum CodingKeys: String, CodingKey {
      case name, kind, state, accepted, rejected, dropped
      case inMemory = "in_memory"
      case inSpool = "in_spool"
      case lastError = "last_error"
    }
  }

  var device: String
  var uptime: Double
  var clock: Clock
  var sensors: [Sensor]
  var uplinks: [Uplink]

  enum CodingKeys: String, CodingKey {
    case device, clock, sensors, uplinks
    case uptime = "uptime_s"
  }

  var text: String {
    let clockState = clock.synchronised ? "set by a time service" : "not set by a time service"
    let head = "\(device), up \(Self.span(uptime)), clock \(clockState)"
    var sensorRows = [["SENSOR", "DRIVER", "STATE", "READINGS", "ERRORS", "LAST ERROR"]]
    sensorRows += sensors.map {
      [$0.name, $0.driver, $0.state, "\($0.readings)", "\($0.errors)", $0.lastError ?? ""]
    }
    var uplinkRows = [
      [
        "UPLINK", "KIND", "STATE", "ACCEPTED", "REJECTED", "DROPPED", "MEMORY", "SPOOL",
        "LAST ERROR",
      ]
    ]
    uplinkRows += uplinks.map {
      let dropped = $0.dropped.values.reduce(0, +)
      return [
        $0.name, $0.kind, $0.state, "\($0.accepted)", "\($0.rejected)", "\(dropped)",
        "\($0.inMemory)", "\($0.inSpool)", $0.lastError ?? "",
      ]
    }
    let lines = [head, ""] + TextTable.lines(sensorRows) + [""] + TextTable.lines(uplinkRows)
    return lines.joined(separator: "\n")
  }

  private static func span(_ seconds: Double) -> String {
    let total = Int(max(0, min(seconds, 1e12)))
    let (days, hours, minutes) = (total / 86_400, total / 3600 % 24, total / 60 % 60)
    if days > 0 { return "\(days) d \(hours) h" }
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(total % 60) s" : "\(total) s"
  }
}
