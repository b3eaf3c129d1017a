/// What streams are on their way to, and what else is known of them than their shards.
struct StreamStates {
  private struct State {
    var createdAt: WallTime
    var isOnDemand: Bool
    /// CREATING or DELETING, until then.
    var change: (status: String, until: WallTime)?
  }

  /// How long a stream is being created, and being deleted.
  private let changeSeconds: Double
  private var states: [String: State] = [:]
  /// Streams that were deleted: their names make no new ones.
  private var gone: Set<String> = []

  init(changeSeconds: Double = 0) { self.changeSeconds = changeSeconds }

  func isGone(_ name: String) -> Bool { gone.contains(name) }

  mutating func create(_ name: String, isOnDemand: Bool, at now: WallTime) {
    gone.remove(name)
    states[name] = State(
      createdAt: now, isOnDemand: isOnDemand,
      change: ("CREATING", now.adding(seconds: changeSeconds)))
  }

  mutating func delete(_ name: String, at now: WallTime) {
    var state = states[name] ?? State(createdAt: now, isOnDemand: false)
    state.change = ("DELETING", now.adding(seconds: changeSeconds))
    states[name] = state
  }

  /// Ends what is due, and names the streams that are no more.
  mutating func settle(at now: WallTime) -> [String] {
    var deleted: [String] = []
    for (name, state) in states {
      guard let change = state.change, change.until <= now else { continue }
      if change.status == "DELETING" {
        states[name] = nil
        gone.insert(name)
        deleted.append(name)
      } else {
        states[name]?.change = nil
      }
    }
    return deleted
  }

  func status(of name: String) -> String { states[name]?.change?.status ?? "ACTIVE" }

  func mode(of name: String) -> String {
    states[name]?.isOnDemand == true ? "ON_DEMAND" : "PROVISIONED"
  }

  /// A stream of the command line is as old as the question.
  func createdAt(of name: String, now: WallTime) -> WallTime { states[name]?.createdAt ?? now }
}
