import EventBuffer
import SensorDrivers
import TelemetryModel
import Uplinks

@testable import Configuration

/// A chip with one option of nearly every kind.
struct FakeChip: SensorDriver {
  static let kind = "bme280"
  static let summary = "Temperature, humidity and air pressure."
  static let options = [
    Option("bus", .text, .value("1"), "Which I2C bus."),
    Option("address", .integer(0x76...0x77), .value("0x76"), "Where the chip answers."),
    Option("every", .duration(.milliseconds(100) ... .seconds(86_400)), .value("10s"), "Pause."),
    Option("offset", .number(-10...10), .value("0"), "Added to each temperature."),
  ]
  let trigger = Trigger.every(.seconds(10))
  static let wiring = "Two wires."
  static let quantities = [Quantity("temperature")]

  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {}
  init(_ settings: Settings) throws(Settings.Invalid) {
    let number = try settings.number("offset")
    if number > 5, try settings.text("bus") == "1" {
      throw Settings.Invalid("offset", "is \(number); allowed on bus 1: up to 5")
    }
  }
  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome { Outcome() }
}

struct FakeLine: SensorDriver {
  static let kind = "line"
  static let summary = "One input line."
  static let options = [
    Option("line", .text, .required, "A line's name, or chip:offset."),
    Option("bias", .choice(["as-is", "pull-up", "pull-down"]), .value("as-is"), "Resistor."),
    Option("active_low", .boolean, .value("false"), "Turns the level round."),
    Option("debounce", .duration(.zero ... .seconds(10)), .value("0"), "Shorter pulses go."),
  ]
  let trigger = Trigger.every(.seconds(10))
  static let wiring = "Two wires."
  static let quantities = [Quantity("level")]

  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {}
  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome { Outcome() }
}

struct FakeSystem: SensorDriver {
  static let kind = "system"
  static let summary = "The board itself."
  static let options = [
    Option("every", .duration(.seconds(1) ... .seconds(86_400)), .value("30s"), "Pause.")
  ]
  let trigger = Trigger.every(.seconds(10))
  static let wiring = "Two wires."
  static let quantities = [Quantity("load")]

  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {}
  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome { Outcome() }
}

struct FakeSimulated: SensorDriver {
  static let kind = "simulated"
  static let summary = "Values without hardware."
  static let options = [
    Option("shape", .choice(["sine", "walk", "square"]), .value("sine"), "Its course."),
    Option("every", .duration(.milliseconds(100) ... .seconds(60)), .value("1s"), "Pause."),
  ]
  let trigger = Trigger.every(.seconds(10))
  static let wiring = "Two wires."
  static let quantities = [Quantity("value")]

  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {}
  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome { Outcome() }
}

struct FakeKinesis: ConfiguredUplink {
  static let kind = "kinesis"
  static let summary = "Records into a stream."
  static let options = [
    Option("stream", .text, .required, "The stream's name."),
    Option("region", .text, .required, "Its region."),
    Option("endpoint", .text, .absent, "Another address."),
    Option("access_key_id", .text, .absent, "The key's name."),
    Option("secret_access_key", .secret, .absent, "The key."),
  ]
  let limits = BatchLimits(events: 500)
  let destination = Destination()

  init(_ settings: Settings, with services: UplinkServices) throws(Settings.Invalid) {}
  init(_ settings: Settings) throws(Settings.Invalid) {
    if settings.isGiven("access_key_id"), !settings.isGiven("secret_access_key") {
      throw Settings.Invalid("access_key_id", "stands alone; secret_access_key belongs to it")
    }
  }
  mutating func send(_ batch: Batch) -> DeliveryReport {
    DeliveryReport(for: batch) { _ in .accepted }
  }
}

struct FakeInitialState: ConfiguredUplink {
  static let kind = "initialstate"
  static let summary = "Events into a bucket."
  static let options = [
    Option("bucket_name", .text, .required, "What people see."),
    Option("bucket_key", .text, .required, "What the bucket is known by."),
    Option("access_key", .secret, .required, "The account's key."),
    Option("api_base", .text, .value("https://groker.init.st"), "The service."),
  ]
  let limits = BatchLimits(events: 10)
  let destination = Destination()

  init(_ settings: Settings, with services: UplinkServices) throws(Settings.Invalid) {}
  mutating func send(_ batch: Batch) -> DeliveryReport {
    DeliveryReport(for: batch) { _ in .accepted }
  }
}

/// A machine with these variables and files, and the fakes as its catalogues.
func context(
  _ purpose: ConfigurationContext.Purpose = .run, environment: [String: String] = [:],
  files: [String: [UInt8]] = [:]
) -> ConfigurationContext {
  ConfigurationContext(
    purpose: purpose, hostName: "pi", environment: environment,
    drivers: [FakeChip.self, FakeLine.self, FakeSystem.self, FakeSimulated.self],
    uplinks: [FakeKinesis.self, FakeInitialState.self],
    readFile: { path in
      guard let bytes = files[path] else {
        return .failure(FileError(.missing, "read \(path): No such file or directory"))
      }
      return .success(bytes)
    },
    tryDriver: { type, settings in
      guard type == FakeChip.self else { return [] }
      do throws(Settings.Invalid) { _ = try FakeChip(settings) } catch { return [error] }
      return []
    },
    tryUplink: { type, settings throws(Settings.Invalid) in
      if type == FakeKinesis.self { _ = try FakeKinesis(settings) }
    })
}

func load(
  _ text: String, in context: ConfigurationContext = context(), name: String = "t.ini"
) throws(Mistakes) -> Configuration {
  try Configuration.load(file: Array(text.utf8), name: name, in: context)
}

/// What is wrong with the text, a line each; none when it is right.
func complaints(
  _ text: String, in context: ConfigurationContext = context(), name: String = "t.ini"
) -> [String] {
  complaints(Array(text.utf8), in: context, name: name)
}

func complaints(
  _ bytes: [UInt8], in context: ConfigurationContext = context(), name: String = "t.ini"
) -> [String] {
  do throws(Mistakes) {
    _ = try Configuration.load(file: bytes, name: name, in: context)
    return []
  } catch {
    return error.list.map(\.description)
  }
}

/// A whole and right ini of six lines, for a purpose of `run`; a test adds what it is about.
let minimal = """
  [uplink.cloud]
  kind = kinesis
  stream = readings
  region = eu-west-1
  [sensor.board]
  driver = system

  """
