/// What has been counted since the start; `GET /control/stats` shows it.
struct Tally: Equatable {
  /// Requests for an uplink; the page and the control plane are not counted.
  var requests = 0
  /// Requests answered with 400 or above, by a fault or for a reason.
  var refusedRequests = 0
  var acceptedRecords = 0
  var acceptedEvents = 0
  /// Entries of PutRecords answered with an ErrorCode.
  var refusedRecords = 0
  /// Connections that brought at least one request for an uplink.
  var connections = 0
  /// Faults that took part in a request, and records that faults refused.
  var faultsApplied = 0
  /// The same by kind, and how often the port was closed.
  var faults: [FaultKind: Int] = [:]

  mutating func add(_ outcome: Outcome) {
    if outcome.answer.status >= 400 { refusedRequests += 1 }
    acceptedRecords += outcome.acceptedRecords
    acceptedEvents += outcome.acceptedEvents
    refusedRecords += outcome.refusedRecords
  }

  var json: [UInt8] {
    let kinds = FaultKind.allCases.compactMap { kind in
      faults[kind].map { "\"\(kind.rawValue)\":\($0)" }
    }
    let text = """
      {"requests":\(requests),"refusedRequests":\(refusedRequests),\
      "acceptedRecords":\(acceptedRecords),"acceptedEvents":\(acceptedEvents),\
      "refusedRecords":\(refusedRecords),"connections":\(connections),\
      "faultsApplied":\(faultsApplied),"faults":{\(kinds.joined(separator: ","))}}
      """
    return Array(text.utf8)
  }
}
