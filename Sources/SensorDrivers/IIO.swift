package import TelemetryModel

/// A device of the kernel's industrial I/O subsystem: hundreds of sensors and converters, each
/// with a driver of the kernel's own.
package struct IIO: SensorDriver {
  package static let kind = "iio"
  package static let summary =
    "Any sensor or converter that an IIO driver of the kernel reads: temperature [°C], humidity"
    + " [%], pressure [hPa], illuminance [lx], voltage0 [V], current0 [A], accel_x [m/s²], gyro_x"
    + " [°/s], magnetic_x [µT], distance [cm], co2 [ppm] and others."
  package static let wiring =
    "As the kernel's driver wants it; a dtoverlay names the pins, such as dht11 or i2c-sensor."
  /// The device decides, so its readings bring their names and units along.
  package static let quantities: [Quantity] = []
  package static let options = [
    Option(
      "device", .text, .required,
      "Its name as in /sys/bus/iio/devices/iio:device0/name, its label, its number, or the path of"
        + " its folder or I2C device where several have that name."),
    Option(
      "channels", .text, .absent,
      "What to read, with commas between, by the kernel's names or ours: temp, humidityrelative,"
        + " voltage0. All when not set. A single one takes the sensor's own name as its key."),
    .every("10s"),
    Option("sys", .text, .value("/sys"), "Where the sysfs file system is."),
  ]

  package let trigger: Trigger
  package let quantities: [Quantity]
  private let hardware: any Hardware
  private let device: String
  private let isAll: Bool
  private let sys: String
  private var round: Round?

  /// Channels and their files, on the way.
  private struct Round {
    var device: KernelDevice
    var items: [Item]
    var files: SlowFiles
  }

  private struct Item {
    var channel: IIOChannel
    var path: String
    var scale: String?
    var offset: String?
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    self.hardware = hardware
    trigger = .every(try settings.duration("every"))
    device = try settings.text("device")
    sys = try settings.text("sys")
    let wanted = try settings.optionalText("channels").map(KernelText.list)
    guard wanted?.isEmpty != true else { throw Settings.Invalid("channels", "names none") }
    isAll = wanted == nil
    quantities = (wanted ?? []).map(IIOChannel.quantity)
    guard Set(quantities.map(\.name)).count == quantities.count else {
      throw Settings.Invalid("channels", "has one twice")
    }
  }

  package var subject: String? { "IIO device \(device)" }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .tick: round = try begin()
    case .again: if round == nil { round = try begin() }
    case .opened, .edges, .bytes: return Outcome()
    }
    guard var current = round else { return Outcome() }
    if let wait = current.files.collect() {
      round = current
      return .askAgain(after: wait)
    }
    round = nil
    var readings = PartialReadings()
    for item in current.items {
      readings.add { () throws(DriverError) in try Self.readings(of: item, current) }
    }
    return try readings.outcome()
  }

  private static func readings(
    of item: Item, _ round: Round
  ) throws(DriverError) -> [Reading] {
    let raw = try round.files.number(item.path)
    var scale: Double?
    var offset: Double?
    if let path = item.scale { scale = try round.files.number(path) }
    if let path = item.offset { offset = try round.files.number(path) }
    let value = try item.channel.value(
      raw, scale: scale, offset: offset, device: round.device.name)
    return [Reading(item.channel.name, .number(value), unit: item.channel.unit)]
  }

  private func begin() throws(DriverError) -> Round {
    let device = try KernelDevice.find(device, .iio, sys: sys, on: hardware)
    let names = try device.files(on: hardware)
    let items = try channels(in: names, of: device).map { channel in
      func path(_ file: String) -> String { "\(device.folder)/\(file)" }
      let isRaw = channel.attribute == "raw"
      return Item(
        channel: channel, path: path(channel.file),
        scale: isRaw ? channel.file(of: "scale", among: names).map(path) : nil,
        offset: isRaw ? channel.file(of: "offset", among: names).map(path) : nil)
    }
    // Scales are read each time, because some drivers change them with their range.
    let paths = items.flatMap { [$0.path, $0.scale, $0.offset].compactMap(\.self) }
    let files = SlowFiles(paths.map { .init(path: $0, lane: device.folder) }, on: hardware)
    return Round(device: device, items: items, files: files)
  }

  private func channels(
    in files: [String], of device: KernelDevice
  ) throws(DriverError) -> [IIOChannel] {
    let all = IIOChannel.all(in: files)
    guard !all.isEmpty else { throw .hardware("\(device.folder) measures nothing") }
    if isAll { return all }
    var channels: [IIOChannel] = []
    for quantity in quantities {
      guard let channel = all.first(where: { $0.name == quantity.name }) else {
        let list = all.map(\.kernelName).joined(separator: ", ")
        throw .hardware("it has no channel '\(quantity.name)', but \(list)")
      }
      channels.append(channel)
    }
    return channels
  }
}
