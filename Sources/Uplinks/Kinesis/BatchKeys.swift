import TelemetryModel

/// The partition keys of a batch's events, and a number for each, for tables.
struct BatchKeys {
  private(set) var names: [String] = []
  /// By index of the event.
  private(set) var numbers: [Int] = []

  init(_ batch: Batch, _ key: PartitionKey, crypto: any Cryptography) {
    numbers.reserveCapacity(batch.events.count)
    var known: [String: Int] = [:]
    for event in batch.events {
      let name = key.text(event, of: batch.origin, crypto: crypto)
      if let number = known[name] {
        numbers.append(number)
      } else {
        known[name] = names.count
        numbers.append(names.count)
        names.append(name)
      }
    }
  }

  func name(of index: Int) -> String { names[numbers[index]] }
}
