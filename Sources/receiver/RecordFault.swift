/// What a `throttle-records` fault does: it refuses single records of PutRecords.
struct RecordFault: Equatable {
  /// Which records of a request it may refuse.
  enum Place: Equatable {
    case any, first, last
    /// The one with this number, from 1.
    case at(Int)

    /// `first`, `last`, or a number from 1.
    init?(_ text: String) {
      switch text {
      case "first": self = .first
      case "last": self = .last
      default:
        guard let number = Int(text), (1...KinesisLimits.recordsMax).contains(number) else {
          return nil
        }
        self = .at(number)
      }
    }

    func includes(index: Int, of count: Int) -> Bool {
      switch self {
      case .any: true
      case .first: index == 0
      case .last: index == count - 1
      case .at(let number): index == number - 1
      }
    }
  }

  var errorCode = RecordFault.throughputExceeded
  /// The service's usual one when nil.
  var message: String?
  var place = Place.any

  static let throughputExceeded = "ProvisionedThroughputExceededException"
}
