package import SensorDrivers
package import TelemetryModel

/// A chip on a bus, played by a model of it: what it answers to which bytes. The models are the
/// files of Tests/Chips; its README has their form.
package final class ModelChip {
  package let address: UInt8
  private let registerMask: UInt8?
  private let isWordWide: Bool
  private let fixed: Set<UInt8>
  private let rules: [Rule]
  /// The bytes of each register, or of each register's word.
  private var memory: [UInt8: [UInt8]] = [:]
  private var pointer: UInt8?
  /// What the next read gives, for a chip with commands.
  private var answer: [UInt8]?
  private var answers: [[UInt8]: [UInt8]] = [:]
  private var isAsleep: Bool
  private let needsWaking: Bool

  private struct Rule {
    /// nil stands for any four bits.
    var pattern: [UInt8?]
    /// Whether more bytes may follow.
    var isPrefix: Bool
    var answer: [UInt8]?
    var sets: [[UInt8]: [UInt8]]

    init(_ json: JSONValue) {
      let text = (json["write"]?.text ?? "").filter { $0 != " " }
      pattern = text.filter { $0 != "*" }.map { digit in digit.hexDigitValue.map { UInt8($0) } }
      isPrefix = text.hasSuffix("*")
      answer = json["answer"]?.text.map(ModelChip.bytes)
      sets = [:]
      for (key, value) in json["sets"]?.members ?? [:] {
        sets[ModelChip.bytes(key)] = value.text.map(ModelChip.bytes)
      }
    }

    func matches(_ write: [UInt8]) -> Bool {
      let halves = write.flatMap { [$0 >> 4, $0 & 15] }
      guard isPrefix ? halves.count >= pattern.count : halves.count == pattern.count else {
        return false
      }
      return zip(pattern, halves).allSatisfy { $0 == nil || $0 == $1 }
    }
  }

  package init?(_ json: JSONValue) {
    guard let address = json["address"]?.text.flatMap(Option.integer) else { return nil }
    self.address = UInt8(truncatingIfNeeded: address)
    let model = json["model"]?.text ?? "commands"
    registerMask =
      model == "commands"
      ? nil : (json["mask"]?.text.flatMap(Option.integer)).map { UInt8($0) } ?? 0xFF
    isWordWide = model == "words"
    // As chips with registers are after power-up: they answer to any read.
    pointer = registerMask.map { _ in 0 }
    fixed = Set((json["fixed"]?.elements ?? []).compactMap { $0.text.flatMap(Self.bytes)?.first })
    rules = (json["rules"]?.elements ?? []).map { Rule($0) }
    needsWaking = json["sleeps"]?.boolean ?? false
    isAsleep = needsWaking
    for (key, value) in json["memory"]?.members ?? [:] {
      guard let bytes = value.text.flatMap(Self.bytes) else { return nil }
      store(bytes, at: Self.bytes(key))
    }
  }

  /// The chips of a model: with a second address, `also` has what answers there.
  package static func all(_ json: JSONValue) -> [ModelChip]? {
    let others = (json["also"]?.elements ?? []).map { ModelChip($0) }
    let chips = ([ModelChip(json)] + others).compactMap { $0 }
    return chips.count == others.count + 1 ? chips : nil
  }

  /// Hexadecimal digits; spaces between bytes do not count.
  private static func bytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { place in
      UInt8(digits[place] << 4 | digits[place + 1])
    }
  }

  private func store(_ bytes: [UInt8], at key: [UInt8]) {
    guard registerMask != nil, let register = key.first else {
      answers[key] = bytes
      return
    }
    if isWordWide {
      memory[register] = bytes
    } else {
      for (place, byte) in bytes.enumerated() { memory[register &+ UInt8(place)] = [byte] }
    }
  }

  /// nil: not acknowledged.
  package func transfer(write: [UInt8], readCount: Int) -> [UInt8]? {
    if isAsleep {
      isAsleep = false
      return nil
    }
    if !write.isEmpty { take(write) }
    return readCount == 0 ? [] : give(readCount)
  }

  private func take(_ write: [UInt8]) {
    answer = nil
    if let registerMask {
      let register = write[0] & registerMask
      pointer = register
      let bytes = Array(write.dropFirst())
      if isWordWide {
        if !bytes.isEmpty, !fixed.contains(register) { memory[register] = bytes }
      } else {
        for (place, byte) in bytes.enumerated() where !fixed.contains(register &+ UInt8(place)) {
          memory[register &+ UInt8(place)] = [byte]
        }
      }
    }
    let rule = rules.first { $0.matches(write) }
    for (key, bytes) in rule?.sets ?? [:] { store(bytes, at: key) }
    answer = answers[write] ?? rule?.answer
  }

  private func give(_ count: Int) -> [UInt8]? {
    if let answer {
      // A chip goes on with ones when more is read than it has.
      return Array((answer + Array(repeating: 0xFF, count: count)).prefix(count))
    }
    guard registerMask != nil, let pointer else {
      return answers[[]].map { Array(($0 + Array(repeating: 0xFF, count: count)).prefix(count)) }
    }
    if isWordWide {
      let word = memory[pointer] ?? [0, 0]
      return (0..<count).map { word[$0 % word.count] }
    }
    return (0..<count).map { memory[pointer &+ UInt8($0)]?.first ?? 0 }
  }

  /// What is in its registers.
  package var contents: [UInt8: [UInt8]] { memory }

  /// The power was off and on.
  package func wake() { isAsleep = needsWaking }
}

/// A bus of model chips, which can be told to fail one transfer.
package final class ModelBus: I2CBus {
  package enum Fault: Sendable {
    case noAcknowledge, timedOut, shortRead
    /// Turns these bits of one byte of the answer.
    case flipped(byte: Int, mask: UInt8)
  }

  private let chips: [ModelChip]
  /// Transfers so far.
  package private(set) var count = 0
  /// Bytes that each transfer read.
  package private(set) var readCounts: [Int] = []
  /// What befalls which transfer, counted from 0.
  package var faults: [Int: Fault] = [:]

  package init(_ chips: [ModelChip]) { self.chips = chips }

  package func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    let fault = faults[count]
    count += 1
    readCounts.append(readCount)
    switch fault {
    case .noAcknowledge: throw HardwareError(.noAcknowledge, "no acknowledge")
    case .timedOut: throw HardwareError(.timedOut, "timed out")
    case nil, .shortRead, .flipped: break
    }
    guard let chip = chips.first(where: { $0.address == address }),
      var answer = chip.transfer(write: write, readCount: readCount)
    else { throw HardwareError(.noAcknowledge, "no acknowledge") }
    switch fault {
    case .shortRead: answer = Array(answer.dropLast())
    case .flipped(let byte, let mask) where answer.indices.contains(byte): answer[byte] ^= mask
    default: break
    }
    return answer
  }
}
