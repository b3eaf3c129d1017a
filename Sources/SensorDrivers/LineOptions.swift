import TelemetryModel

/// The options of a GPIO line, the same for every driver that has one.
extension LineRequest {
  static func option(
    _ name: String, _ fallback: Option.Fallback = .required, _ what: String = "The line"
  ) -> Option {
    Option(
      name, .text, fallback,
      "\(what): its name (GPIO17), or chip:offset (gpiochip0:17). A name stays right when a kernel"
        + " update renumbers the chips.")
  }

  static func biasOption(_ fallback: Bias) -> Option {
    Option(
      "bias", .choice(Bias.allCases.map(\.rawValue)), .value(fallback.rawValue),
      "The built-in resistor; pull-up for a contact that connects the line to ground.")
  }

  static let activeLowOption = Option(
    "active_low", .boolean, .value("false"),
    "True makes a low voltage 1, and then rising means that the voltage falls.")

  static let debounceOption = Option(
    "debounce", .duration(.zero ... .seconds(60)), .value("0"),
    "How long a level must last to count; 5ms to 50ms for a mechanical contact. The kernel watches"
      + " it, and the edge bears the moment at which the level had lasted.")

  /// `GPIO17`, or `gpiochip0:17`: digits after the last colon make it an offset.
  /// - Parameter option: whose value it is.
  static func place(_ text: String, of option: String) throws(Settings.Invalid) -> Line {
    guard let colon = text.lastIndex(of: ":") else { return .named(text) }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return .named(text)
    }
    guard colon > text.startIndex, let offset = Int(digits), offset <= offsetMax else {
      throw Settings.Invalid(
        option, "is '\(text)'; allowed: a line's name, or chip:offset as in gpiochip0:17")
    }
    return .offset(chip: String(text[..<colon]), offset)
  }

  static func place(_ option: String, in settings: Settings) throws(Settings.Invalid) -> Line {
    try place(try settings.text(option), of: option)
  }

  /// Lines of one chip; the kernel's largest have some hundreds. Keeps the offset within 32 bits.
  private static let offsetMax = 65_535
}
