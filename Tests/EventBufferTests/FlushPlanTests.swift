import TelemetryModel
import Testing

@testable import EventBuffer

/// Goal: in no situation does the plan send while blocked, sleep over something due, spin, or give
/// up early. Method: all small situations, each judged by rules written without looking at the
/// plan.
@Suite struct FlushPlanTests {
  static let now = BootTime(nanoseconds: 1_000_000_000_000)
  static let interval = Duration.seconds(10)
  static let past = now + .seconds(-1)
  static let future = now + .seconds(1)

  private static func plan(_ durability: Durability, flushSize: Int = 5) -> FlushPlan {
    FlushPlan(flushSize: flushSize, flushInterval: interval, durability: durability)
  }

  /// Since when something waits: nothing, just now, a while, exactly long enough, too long.
  private static func waits(_ limit: Duration, isPresent: Bool = true) -> [BootTime?] {
    guard isPresent else { return [nil] }
    return [now, past, now + .nanoseconds(-limit.nanoseconds), .distantPast]
  }

  private static let moments: [BootTime?] = [nil, past, now, future]

  private static func forEachView(_ body: (FlushPlan.View) -> Void) {
    for inMemory in [0, 1, 5] {
      for inSpool in [0, 1, 5] {
        for oldest in waits(interval, isPresent: inMemory > 0) {
          for waiting in waits(interval, isPresent: inSpool > 0) {
            for gaps in moments {
              var view = FlushPlan.View(now: now)
              view.inMemory = inMemory
              view.inSpool = inSpool
              view.oldestInMemory = oldest
              view.spoolWaitsSince = waiting
              view.gapsDueAt = gaps
              forEachState(of: view, body)
            }
          }
        }
      }
    }
  }

  private static func forEachState(of view: FlushPlan.View, _ body: (FlushPlan.View) -> Void) {
    var view = view
    for blocked in moments {
      for diskBlocked in moments {
        for flags in 0..<8 {
          view.blockedUntil = blocked
          view.diskBlockedUntil = diskBlocked
          view.isPastHighWater = flags & 1 != 0
          view.isFailing = flags & 2 != 0
          view.isStopping = flags & 4 != 0
          for deadline in view.isStopping ? moments : [nil] {
            view.stopDeadline = deadline
            body(view)
          }
        }
      }
    }
  }

  /// What is true of a view, in plain words.
  private struct Facts {
    let plan: FlushPlan
    let view: FlushPlan.View

    var pending: Int { view.inMemory + view.inSpool }
    var isOver: Bool { view.stopDeadline.map { $0 <= now } ?? false }
    var isDiskFree: Bool { view.diskBlockedUntil.map { $0 <= now } ?? true }
    var isBlocked: Bool { view.blockedUntil.map { $0 > now } ?? false }
    var tellsGaps: Bool {
      guard let moment = view.gapsDueAt, moment <= now || view.isStopping else { return false }
      return !view.isFailing || pending == 0
    }
    var isFlushDue: Bool {
      guard pending > 0 else { return false }
      let oldest = [view.oldestInMemory, view.spoolWaitsSince].compactMap { $0 }.min()
      return view.isStopping || pending >= plan.flushSize
        || oldest.map { $0 + interval <= now } ?? false
    }
    var mustLeaveMemory: Bool {
      guard view.inMemory > 0 else { return false }
      if plan.durability == .spool { return true }
      if view.isStopping && (isOver || view.isFailing) { return true }
      return view.isPastHighWater && (view.isFailing || view.inSpool > 0)
    }
    var mayFinish: Bool { view.isStopping && (pending == 0 && !tellsGaps || isOver) }
  }

  /// The rule that a step breaks; nil when it is right.
  private static func fault(_ step: FlushPlan.Step, _ facts: Facts) -> String? {
    let view = facts.view
    if facts.mustLeaveMemory && facts.isDiskFree {
      return step == .spill ? nil : "memory must be spilled first"
    }
    switch step {
    case .spill: return "spilled for no reason, or to a disk that refuses"
    case .sendGaps:
      if facts.isBlocked || facts.mayFinish { return "told a gap at the wrong time" }
      return facts.tellsGaps ? nil : "told a gap too early"
    case .finish: return facts.mayFinish ? nil : "gave up early"
    case .sendSpooled, .sendBuffered:
      if facts.isBlocked { return "sent while blocked" }
      if !facts.isFlushDue { return "sent before it was due" }
      if facts.tellsGaps { return "did not tell the gap" }
      if facts.mayFinish { return "sent after the grace" }
      return (step == .sendSpooled(.oldest)) == (view.inSpool > 0)
        ? nil : "memory overtook the spool"
    case .sleep(let moment):
      return fault(sleepUntil: moment, facts)
    }
  }

  private static func fault(sleepUntil moment: BootTime?, _ facts: Facts) -> String? {
    let view = facts.view
    if facts.mayFinish { return "slept instead of finishing" }
    let isDue = facts.isFlushDue || facts.tellsGaps
    if isDue && !facts.isBlocked { return "slept over a flush" }
    var wakes = [view.stopDeadline]
    if facts.pending == 0 || !view.isFailing { wakes.append(isDue ? nil : view.gapsDueAt) }
    if isDue || facts.pending > 0 {
      wakes.append(
        isDue
          ? view.blockedUntil
          : [view.oldestInMemory, view.spoolWaitsSince].compactMap { $0 }.min().map {
            $0 + interval
          })
    }
    if facts.mustLeaveMemory { wakes.append(view.diskBlockedUntil) }
    guard let first = wakes.compactMap({ $0 }).min() else {
      return moment == nil ? nil : "woke for nothing"
    }
    guard let moment else { return "slept for ever" }
    if moment <= now { return "a busy loop" }
    return moment <= first ? nil : "slept too long"
  }

  @Test(arguments: Durability.allCases, [1, 5])
  func noSituationIsDecidedWrongly(durability: Durability, flushSize: Int) {
    let plan = Self.plan(durability, flushSize: flushSize)
    var views = 0
    var faults: [String] = []
    Self.forEachView { view in
      views += 1
      let step = plan.next(view)
      if let fault = Self.fault(step, Facts(plan: plan, view: view)), faults.count < 3 {
        faults.append("\(fault): \(step) for \(view)")
      }
    }
    #expect(views > 50_000)
    #expect(faults == [])
  }

  @Test func nothingToDoIsSleepWithoutEnd() {
    #expect(Self.plan(.memory).next(.init(now: Self.now)) == .sleep(until: nil))
  }

  @Test func aFewEventsWaitForOthersUntilTheOldestHasWaitedLongEnough() {
    var view = FlushPlan.View(now: Self.now)
    view.inMemory = 4
    view.oldestInMemory = Self.now + .seconds(-3)
    #expect(Self.plan(.memory).next(view) == .sleep(until: Self.now + .seconds(7)))
    view.inMemory = 5
    #expect(Self.plan(.memory).next(view) == .sendBuffered(.oldest))
  }

  @Test func whatAnEarlierRunLeftIsSentAtOnce() {
    var view = FlushPlan.View(now: Self.now)
    view.inSpool = 1
    view.spoolWaitsSince = .distantPast
    #expect(Self.plan(.memory).next(view) == .sendSpooled(.oldest))
  }

  @Test func aStopWithAFailingUplinkSavesMemoryFirst() {
    var view = FlushPlan.View(now: Self.now)
    view.inMemory = 1
    view.oldestInMemory = Self.now
    view.isStopping = true
    view.stopDeadline = Self.future
    #expect(Self.plan(.memory).next(view) == .sendBuffered(.oldest))
    view.isFailing = true
    #expect(Self.plan(.memory).next(view) == .spill)
    view.diskBlockedUntil = Self.now + .milliseconds(5)
    view.blockedUntil = Self.future
    #expect(Self.plan(.memory).next(view) == .sleep(until: Self.now + .milliseconds(5)))
  }

  @Test func withNewestFirstLiveEventsAndTheBacklogTakeTurns() {
    var plan = Self.plan(.memory)
    plan.drain = .newestFirst
    var view = FlushPlan.View(now: Self.now)
    view.inMemory = 5
    view.inSpool = 1000
    view.oldestInMemory = Self.past
    #expect(plan.next(view) == .sendBuffered(.newest))
    view.hasSentLive = true
    #expect(plan.next(view) == .sendSpooled(.oldest))
    view.hasSentLive = false
    view.inMemory = 4
    #expect(plan.next(view) == .sendSpooled(.oldest), "a few live events wait for others")
    view.inSpool = 0
    view.inMemory = 5
    #expect(plan.next(view) == .sendBuffered(.newest))
  }

  @Test func withNewestFirstAndWriteAheadBothEndsOfTheSpoolTakeTurns() {
    var plan = Self.plan(.spool)
    plan.drain = .newestFirst
    var view = FlushPlan.View(now: Self.now)
    view.inSpool = 1000
    #expect(plan.next(view) == .sendSpooled(.newest))
    view.hasSentLive = true
    #expect(plan.next(view) == .sendSpooled(.oldest))
  }

  @Test func aFullSpoolThatKeepsItsOldestIsNotSpilledInto() {
    var view = FlushPlan.View(now: Self.now)
    view.inMemory = 100
    view.isPastHighWater = true
    view.isFailing = true
    #expect(Self.plan(.memory).next(view) == .spill)
    view.isSpoolFull = true
    #expect(Self.plan(.memory).next(view) == .sendBuffered(.oldest))
  }
}
