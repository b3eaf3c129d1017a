/// What is to be done about one request, in this order: write `log`, wait, then end it.
struct Reaction {
  enum Ending: Equatable {
    case answer
    /// The answer's head and half of its body, then the end of the connection.
    case truncate
    /// The connection is reset (RST).
    case reset
    /// The connection is closed (FIN).
    case close
    /// Silence until then, or without end; then the connection is closed.
    case hang(until: WallTime?)
  }

  var answer: Answer
  /// What the `Date` header says.
  let date: WallTime
  var ending = Ending.answer
  /// Lines for the log.
  var log: [UInt8] = []
  /// A line for the log of requests.
  var requestLine: [UInt8] = []
  /// Lines for standard output.
  var print: [UInt8] = []
  var delayMilliseconds: Int64 = 0
  /// After the answer, the port is to be closed for so long.
  var refuseSeconds: Double?

  init(_ answer: Answer, at date: WallTime) {
    self.answer = answer
    self.date = date
  }
}
