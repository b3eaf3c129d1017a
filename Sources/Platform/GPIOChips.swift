import CGPIO
import Glibc
import SensorDrivers

/// The GPIO chips of the machine, and where among them a line is.
enum GPIOChips {
  struct Chip {
    var path: String
    var name: String
    var label: String
    var lineCount: Int
  }

  /// A line on its chip. `name` is what to call it in messages.
  struct Place: Equatable {
    var path: String
    var offset: UInt32
    var name: String
  }

  /// All chips that can be opened, by number; and the first that could not be.
  static func all() -> (chips: [Chip], fault: HardwareError?) {
    let names = ((try? LinuxFiles.list("/dev")) ?? []).filter { $0.hasPrefix("gpiochip") }
    var chips: [Chip] = []
    var fault: HardwareError?
    for name in names.sorted(by: { ($0.count, $0) < ($1.count, $1) }) {
      do throws(HardwareError) {
        chips.append(try OpenChip("/dev/" + name).describe())
      } catch {
        fault = fault ?? error
      }
    }
    return (chips, fault)
  }

  static func find(_ line: LineRequest.Line) throws(HardwareError) -> Place {
    switch line {
    case .named(let name): try find(named: name)
    case .offset(let chip, let offset): try find(offset, on: chip)
    }
  }

  private static func find(named wanted: String) throws(HardwareError) -> Place {
    let (chips, fault) = all()
    var names: [String] = []
    for chip in chips {
      let open = try OpenChip(chip.path)
      for offset in 0..<UInt32(chip.lineCount) {
        guard let name = try? open.line(offset).name, !name.isEmpty else { continue }
        if name == wanted { return Place(path: chip.path, offset: offset, name: name) }
        names.append(name)
      }
    }
    if let fault, fault.kind == .notPermitted || chips.isEmpty { throw fault }
    guard !chips.isEmpty else {
      throw HardwareError(.absent, "no line is named \(wanted): there is no GPIO chip")
    }
    let suggestion = suggestion(for: wanted, among: names)
    throw HardwareError(.absent, "no line is named \(wanted)\(suggestion)")
  }

  /// The nearest name that differs in case or by one character, as a question.
  static func suggestion(for wanted: String, among names: [String]) -> String {
    let lower = wanted.lowercased()
    func differsInOne(_ name: String) -> Bool {
      name.count == wanted.count && zip(name.lowercased(), lower).count(where: !=) == 1
    }
    let near = names.first { $0.lowercased() == lower } ?? names.first(where: differsInOne)
    return near.map { "; did you mean \($0)?" } ?? ""
  }

  private static func find(_ offset: Int, on wanted: String) throws(HardwareError) -> Place {
    let chip = try chip(wanted)
    guard offset >= 0, offset < chip.lineCount else {
      throw HardwareError(
        .absent,
        "line \(wanted):\(offset): \(chip.name) has only the lines 0 to \(chip.lineCount - 1)")
    }
    return Place(path: chip.path, offset: UInt32(offset), name: "\(wanted):\(offset)")
  }

  /// A chip by path, number, `gpiochipN`, or label.
  private static func chip(_ wanted: String) throws(HardwareError) -> Chip {
    if wanted.hasPrefix("/") { return try OpenChip(wanted).describe() }
    if let number = Int(wanted), number >= 0 {
      return try OpenChip("/dev/gpiochip\(number)").describe()
    }
    let (chips, fault) = all()
    if let chip = chips.first(where: { $0.name == wanted }) { return chip }
    let labelled = chips.filter { $0.label == wanted }
    if let chip = labelled.first, labelled.count == 1 { return chip }
    if labelled.count > 1 {
      let names = labelled.map(\.name).joined(separator: ", ")
      throw HardwareError(.other, "several GPIO chips are labelled \(wanted): \(names)")
    }
    if let fault { throw fault }
    let known = chips.map { "\($0.name) (\($0.label))" }.joined(separator: ", ")
    let others = known.isEmpty ? "there is none" : "there are \(known)"
    throw HardwareError(.absent, "no GPIO chip is called \(wanted); \(others)")
  }
}

/// An open chip, for its description.
final class OpenChip {
  private let chip: OpaquePointer
  private let path: String

  init(_ path: String) throws(HardwareError) {
    var chip: OpaquePointer?
    let result = cgpio_open(path, &chip)
    guard result >= 0, let chip else { throw Self.fault(Errno(-result), path) }
    self.chip = chip
    self.path = path
  }

  deinit { cgpio_close(chip) }

  static func fault(_ errno: Errno, _ path: String) -> HardwareError {
    switch errno.code {
    case ENOENT: HardwareError(.absent, "there is no GPIO chip \(path)")
    case EACCES, EPERM:
      HardwareError(.notPermitted, "open \(path): permission denied; is the user in group gpio?")
    case ENOTTY, ENODEV: HardwareError(.absent, "\(path) is no GPIO chip")
    default: HardwareError(errno, "open \(path)")
    }
  }

  func describe() throws(HardwareError) -> GPIOChips.Chip {
    var info = cgpio_chip_info()
    let result = cgpio_describe(chip, &info)
    guard result >= 0 else { throw HardwareError(Errno(-result), "look at \(path)") }
    return GPIOChips.Chip(
      path: path, name: text(info.name), label: text(info.label), lineCount: Int(info.lines))
  }

  /// A line's name (empty where it has none), and who uses it.
  func line(
    _ offset: UInt32
  ) throws(HardwareError) -> (name: String, isUsed: Bool, consumer: String) {
    var info = cgpio_line_info()
    let result = cgpio_describe_line(chip, offset, &info)
    guard result >= 0 else { throw HardwareError(Errno(-result), "look at \(path):\(offset)") }
    return (text(info.name), info.is_used, text(info.consumer))
  }

  /// The text of a C array of characters.
  private func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
