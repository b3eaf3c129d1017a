package import TelemetryModel

/// A chip that the kernel's hwmon drivers read: board and fan controllers, and many temperature
/// and power chips on I2C.
package struct Hwmon: SensorDriver {
  package static let kind = "hwmon"
  package static let summary =
    "A chip that a hwmon driver of the kernel reads: temperatures [°C], voltages [V], fans [rpm],"
    + " currents [A], power [W], energy [J], humidity [%], frequency [Hz]."
  package static let wiring = "As the kernel's driver wants it; many need a dtoverlay."
  /// The chip decides, so its readings bring their names and units along.
  package static let quantities: [Quantity] = []
  package static let options = [
    Option(
      "chip", .text, .required,
      "Its name as in /sys/class/hwmon/hwmon0/name, or the path of its folder or I2C device"
        + " where several have that name."),
    Option(
      "channels", .text, .absent,
      "What to read, with commas between, by the kernel's names or labels: temp1, fan1, in0. All"
        + " when not set. A single one takes the sensor's own name as its key."),
    .every("10s"),
    Option("sys", .text, .value("/sys"), "Where the sysfs file system is."),
  ]

  package let trigger: Trigger
  package let quantities: [Quantity]
  private let hardware: any Hardware
  private let chip: String
  /// nil: all.
  private let wanted: [String]?
  private let sys: String
  private var round: Round?

  /// Channels and their files, on the way.
  private struct Round {
    var items: [Item]
    var files: SlowFiles
  }

  private struct Item {
    var channel: HwmonChannel
    /// What its reading is called.
    var name: String
    var path: String
    /// Says 1 while the sensor is open or shorted.
    var fault: String?
    /// Says 0 while the channel is switched off.
    var enable: String?
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    self.hardware = hardware
    trigger = .every(try settings.duration("every"))
    chip = try settings.text("chip")
    sys = try settings.text("sys")
    wanted = try settings.optionalText("channels").map(KernelText.list)
    guard wanted?.isEmpty != true else { throw Settings.Invalid("channels", "names none") }
    quantities = (wanted ?? []).map(Self.quantity)
    guard Set(quantities.map(\.name)).count == quantities.count else {
      throw Settings.Invalid("channels", "has one twice")
    }
  }

  package var subject: String? { "hwmon chip \(chip)" }

  /// What a channel is called when the ini names it.
  private static func quantity(_ name: String) -> Quantity {
    HwmonChannel(name)?.quantity ?? Quantity(KernelText.key(name))
  }

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
      readings.add { () throws(DriverError) in try Self.readings(of: item, current.files) }
    }
    return try readings.outcome()
  }

  private func begin() throws(DriverError) -> Round {
    let device = try KernelDevice.find(chip, .hwmon, sys: sys, on: hardware)
    let names = try device.files(on: hardware)
    let items = try items(of: device, names)
    let paths = items.flatMap { [$0.enable, $0.fault, $0.path].compactMap(\.self) }
    let files = SlowFiles(paths.map { .init(path: $0, lane: device.folder) }, on: hardware)
    return Round(items: items, files: files)
  }

  private func items(
    of device: KernelDevice, _ files: [String]
  ) throws(DriverError) -> [Item] {
    let channels = HwmonChannel.all(in: files)
    guard !channels.isEmpty else { throw .hardware("\(device.folder) measures nothing") }
    let labels = channels.map { channel in
      let file = "\(channel.kernelName)_label"
      return files.contains(file)
        ? device.fixedText(file, on: hardware).map(KernelText.key) ?? "" : ""
    }
    func item(_ place: Int, _ name: String) -> Item {
      let channel = channels[place]
      func path(_ attribute: String) -> String? {
        let file = "\(channel.kernelName)_\(attribute)"
        return files.contains(file) ? "\(device.folder)/\(file)" : nil
      }
      return Item(
        channel: channel, name: name, path: "\(device.folder)/\(channel.file)",
        fault: path("fault"), enable: path("enable"))
    }
    guard let wanted else {
      return channels.indices.map { place in
        // A label that two channels share names neither.
        let isName = !labels[place].isEmpty && labels.count { $0 == labels[place] } == 1
        return item(place, isName ? labels[place] : channels[place].quantity.name)
      }
    }
    var items: [Item] = []
    for name in wanted {
      let quantity = Self.quantity(name).name
      let place =
        channels.firstIndex { $0.quantity.name == quantity }
        ?? labels.firstIndex { $0 == KernelText.key(name) }
      guard let place else {
        let all = channels.indices.map { place in
          channels[place].kernelName + (labels[place].isEmpty ? "" : " (\(labels[place]))")
        }
        throw .hardware("it has no channel '\(name)', but \(all.joined(separator: ", "))")
      }
      items.append(item(place, quantity))
    }
    return items
  }

  private static func readings(
    of item: Item, _ files: SlowFiles
  ) throws(DriverError) -> [Reading] {
    if let enable = item.enable, try files.number(enable) == 0 {
      throw .badData("\(item.path): the channel is switched off")
    }
    if let fault = item.fault, try files.number(fault) != 0 {
      throw .badData("\(item.path): the chip says that this sensor is faulty (open or shorted)")
    }
    let value = try item.channel.value(try files.number(item.path))
    return [Reading(item.name, .number(value), unit: item.channel.kind.unit)]
  }
}
