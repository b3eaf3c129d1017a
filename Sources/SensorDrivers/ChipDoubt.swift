/// SHT3x, SHT4x and HDC302x come at the same addresses and speak alike. When a chip does not answer
/// as the one that the ini names, a doubt asks for what only another of them can say, so that the
/// error tells which driver is the right one.
///
/// None of the questions makes any of them measure or heat.
struct ChipDoubt: Sendable {
  enum Suspect: String, Sendable {
    case sht3x, sht4x, hdc302x

    var name: String {
      switch self {
      case .sht3x: "an SHT3x"
      case .sht4x: "an SHT4x"
      case .hdc302x: "an HDC302x"
      }
    }

    /// Status register (SHT3x, section 4.11), serial number (SHT4x, section 4.7), manufacturer's
    /// identifier (HDC302x, section 7.5.7).
    var question: [UInt8] {
      switch self {
      case .sht3x: [0xF3, 0x2D]
      case .sht4x: [0x89]
      case .hdc302x: [0x37, 0x81]
      }
    }

    func isRecognised(on device: I2CDevice) -> Bool {
      (try? device.readWords(wordCount)).map(isOwn) ?? false
    }

    private var wordCount: Int { self == .sht4x ? 2 : 1 }

    private func isOwn(_ answer: [UInt16]) -> Bool {
      self != .hdc302x || answer == [ChipDoubt.texasInstruments]
    }

    /// For `scan`: the question, and for the SHT3x the HDC302x's, which answers both.
    var recognizer: Recognizer {
      Recognizer(by: .command) { (device) throws(DriverError) in
        guard isOwn(try device.words(after: question, wordCount)) else { return .no }
        guard self == .sht3x else { return .yes }
        let other = try? device.words(after: Self.hdc302x.question, Self.hdc302x.wordCount)
        return other.map(Self.hdc302x.isOwn) == true ? .no : .yes
      }
    }
  }

  /// What gave rise to it.
  let error: DriverError
  private var suspects: ArraySlice<Suspect>

  /// - Parameter suspects: the HDC302x before the SHT3x, whose question it answers, too.
  init(_ error: DriverError, among suspects: [Suspect]) {
    self.error = error
    self.suspects = suspects[...]
  }

  /// A chip that is silent or answers nonsense may be another; a bus that fails says nothing.
  static func isRaised(by error: DriverError) -> Bool {
    switch error {
    case .badData, .bus(.noAcknowledge, _): true
    case .hardware, .bus: false
    }
  }

  /// Puts the question to the next suspect. nil: none is left.
  mutating func ask(on device: I2CDevice) -> Outcome? {
    while let suspect = suspects.first {
      if (try? device.write(suspect.question)) != nil {
        return .askAgain(after: Self.answerTimeMax)
      }
      suspects.removeFirst()
    }
    return nil
  }

  /// Throws when the suspect is recognised, else turns to the next. nil: none is left.
  mutating func hear(on device: I2CDevice) throws(DriverError) -> Outcome? {
    guard let suspect = suspects.popFirst() else { return nil }
    if suspect.isRecognised(on: device) {
      throw .badData(
        "\(suspect.name) answers at this address, not an \(device.chip); use driver ="
          + " \(suspect.rawValue)")
    }
    return ask(on: device)
  }

  /// What an HDC302x answers.
  static let texasInstruments: UInt16 = 0x3000

  /// Any command but a measurement (SHT4x, section 3.2: 1 ms for a reset).
  static let answerTimeMax = Duration.milliseconds(1)
}
