import TelemetryModel

/// The partition keys of a batch's events, and a number for each, for tables.
struct BatchKeys {
  private(set) var names: [String] = []
  /// By index of the event.
  private(set) var numbers: [Int] = []

  init(_ batch: Batch, _ key: PartitionKey, crypto: any Cryptography) {
    numbers.reserveCapacity(batch.events.count)
    var known: [Bytes: Int] = [:]
    for event in batch.events {
      let name = key.text(event, of: batch.origin, crypto: crypto)
      if let number = known[Bytes(text: name)] {
        numbers.append(number)
      } else {
        known[Bytes(text: name)] = names.count
        numbers.append(names.count)
        names.append(name)
      }
    }
  }

  /// Keys that Unicode takes for equal, but that have other bytes, are other keys.
  private struct Bytes: Hashable {
    let text: String

    static func == (left: Bytes, right: Bytes) -> Bool {
      left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
      for byte in text.utf8 { hasher.combine(byte) }
    }
  }

  func name(of index: Int) -> String { names[numbers[index]] }
}
