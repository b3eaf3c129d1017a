/// All that the receiver knows, and how it reacts to a request. It touches no socket, file or
/// clock: a `Reaction` says what is to be done.
struct Receiving {
  private var kinesis: KinesisEndpoint
  private var initialState: InitialStateEndpoint
  private var faults: FaultPlan
  private(set) var tally = Tally()
  private var page = ReadingsPage()
  /// Whether every accepted reading is to be printed.
  private let prints: Bool
  /// Whether each request is to have a line.
  private let logsRequests: Bool

  init(
    kinesis: KinesisEndpoint, initialState: InitialStateEndpoint, faults: FaultPlan, prints: Bool,
    logsRequests: Bool = false
  ) {
    self.kinesis = kinesis
    self.initialState = initialState
    self.faults = faults
    self.prints = prints
    self.logsRequests = logsRequests
  }

  /// Bytes of a body that is kept; of a longer one the rest is thrown away as it comes.
  var bodyBytesMax: Int { max(kinesis.bodyBytesMax, InitialStateEndpoint.bodyBytesMax) }

  /// A connection brought its first request for an uplink.
  mutating func connectionCounted() { tally.connections += 1 }

  /// The log could not be written: what was accepted since `earlier` is not.
  mutating func notAccepted(since earlier: Tally) {
    tally.acceptedRecords = earlier.acceptedRecords
    tally.acceptedEvents = earlier.acceptedEvents
    tally.refusedRequests += 1
  }

  mutating func setFaults(_ list: [Fault], at now: WallTime) -> Double? {
    faults.replace(with: list, at: now)
  }

  static func isForUplink(_ request: Request) -> Bool {
    !(request.path.hasPrefix("/control/") || (request.path == "/" && request.method == "GET"))
  }

  mutating func react(to request: Request, at now: WallTime) -> Reaction {
    guard Self.isForUplink(request) else { return reactToOperator(request, at: now) }
    tally.requests += 1
    var effects = faults.next(for: Self.scopes(of: request), at: now, body: request.body)
    var outcome = outcome(of: request, at: now, &effects)
    tally.faultsApplied += effects.applied.count + effects.put.refused + effects.put.overLimit
    faults.settle(&effects)
    tally.add(outcome)
    page.add(outcome.readings)
    outcome.answer.headers += effects.headers
    var reaction = Reaction(outcome.answer, at: now.adding(seconds: effects.clockOffset))
    reaction.log = outcome.log
    reaction.delayMilliseconds = effects.delayMilliseconds
    reaction.ending = Self.ending(effects.ending)
    if logsRequests {
      reaction.requestLine =
        RequestLine(
          number: tally.requests, at: now, request: request, outcome: outcome,
          faults: effects.applied, ending: reaction.ending
        ).bytes
    }
    if prints {
      for reading in outcome.readings { reaction.print.append(reading.line + "\n") }
    }
    return reaction
  }

  /// Asks the endpoint, unless a fault stands before it.
  private mutating func outcome(
    of request: Request, at now: WallTime, _ effects: inout FaultPlan.Effects
  ) -> Outcome {
    let isKinesis = request.path == "/"
    switch effects.ending {
    case .status(let fault): return Outcome(fault.answer(isKinesis: isKinesis))
    case .garbage: return Outcome(FaultAnswer.garbage)
    case .resetBefore, .close, .hang: return Outcome(FaultAnswer.none)
    case .resetAfter, .truncate, nil: break
    }
    let readingsMax = prints ? Int.max : ReadingsPage.readingsMax
    if isKinesis, request.method == "POST" {
      return kinesis.answer(
        request, at: now, serverTime: now.adding(seconds: effects.clockOffset),
        readingsMax: readingsMax, distortion: &effects.put)
    }
    if request.path == "/api/buckets" || request.path == "/api/events" {
      return initialState.answer(request, at: now, readingsMax: readingsMax)
    }
    return Outcome(.text(404, "There is nothing here; GET / shows the readings."))
  }

  private static func ending(_ ending: FaultPlan.Effects.Ending?) -> Reaction.Ending {
    switch ending {
    case .resetBefore, .resetAfter: .reset
    case .close: .close
    case .hang(let until): .hang(until: until)
    case .truncate: .truncate
    case .status, .garbage, nil: .answer
    }
  }

  private static func scopes(of request: Request) -> Set<Fault.Scope> {
    switch request.path {
    case "/":
      request.header("x-amz-target")?.contains(".PutRecord") == true
        ? [.kinesis, .puts] : [.kinesis, .others]
    case "/api/buckets": [.initialstate, .buckets]
    case "/api/events": [.initialstate, .events]
    default: []
    }
  }

  /// The page for people, and the control plane for tests. Faults do not touch these.
  private mutating func reactToOperator(_ request: Request, at now: WallTime) -> Reaction {
    switch (request.method, request.path) {
    case ("GET", "/"): return Reaction(page.answer(tally, at: now), at: now)
    case ("GET", "/control/stats"):
      tally.faults = faults.counts
      return Reaction(.json(200, tally.json), at: now)
    case ("DELETE", "/control/faults"):
      _ = faults.replace(with: [], at: now)
      return Reaction(Answer(204), at: now)
    case ("POST", "/control/faults"): return replaceFaults(request.body, at: now)
    case ("POST", "/control/credentials"): return addCredentials(request.body, at: now)
    default: return Reaction(.text(404, "No such control call."), at: now)
    }
  }

  private mutating func addCredentials(_ body: [UInt8], at now: WallTime) -> Reaction {
    do {
      kinesis.add(try Credential.list(JSONText(body), at: now))
      return Reaction(Answer(204), at: now)
    } catch let fault as JSONFault {
      return Reaction(.message(400, "Not JSON: \(fault.what) at byte \(fault.offset)"), at: now)
    } catch {
      return Reaction(.message(400, "\(error)"), at: now)
    }
  }

  private mutating func replaceFaults(_ body: [UInt8], at now: WallTime) -> Reaction {
    do {
      let list = try Fault.list(JSONText(body))
      var reaction = Reaction(Answer(204), at: now)
      reaction.refuseSeconds = faults.replace(with: list, at: now)
      tally.faults = faults.counts
      return reaction
    } catch let fault as JSONFault {
      return Reaction(.message(400, "Not JSON: \(fault.what) at byte \(fault.offset)"), at: now)
    } catch {
      return Reaction(.message(400, "\(error)"), at: now)
    }
  }
}
