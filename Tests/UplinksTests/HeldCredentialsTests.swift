import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct HeldCredentialsTests {
  private let start = BootTime(nanoseconds: 5_000_000_000)

  private func held(_ lifetime: Duration?, fraction: Double = 0) -> HeldCredentials {
    HeldCredentials(
      FetchedCredentials(credentials: testCredentials("A"), lifetime: lifetime), from: "test",
      at: start, fraction: fraction)
  }

  /// The seconds at which they become older.
  private func steps(_ held: HeldCredentials, upTo seconds: Int) -> [Int] {
    var steps: [Int] = []
    var before = held.age(at: start)
    for second in 0...seconds {
      let age = held.age(at: start + .seconds(second))
      #expect(before <= age)
      if age != before { steps.append(second) }
      before = age
    }
    return steps
  }

  @Test func anHourIsRenewedFifteenMinutesBeforeItsEnd() {
    #expect(steps(held(.seconds(3600)), upTo: 3700) == [2700, 3000, 3600])
  }

  @Test func aFleetAsksWithinAMinute() {
    #expect(steps(held(.seconds(3600), fraction: 1), upTo: 3700) == [2640, 3000, 3600])
    #expect(steps(held(.seconds(3600), fraction: 0.5), upTo: 3700) == [2670, 3000, 3600])
  }

  @Test(arguments: [
    (900, [450, 675, 900]), (600, [300, 450, 600]), (1200, [600, 900, 1200]), (60, [30, 45, 60]),
    (15, [10, 12, 15]), (5, [5]),
  ])
  func shortOnesAreUsedForHalfOfTheirTime(seconds: Int, expected: [Int]) {
    #expect(steps(held(.seconds(seconds)), upTo: 4000) == expected)
  }

  @Test func thoseWithoutAnEndStayGood() {
    #expect(held(nil).age(at: BootTime(nanoseconds: .max)) == .good)
    #expect(held(nil).left(at: start) == nil)
  }

  @Test func anEndInThePastIsExpired() {
    #expect(held(.seconds(-100)).age(at: start) == .expired)
    #expect(held(.zero).age(at: start) == .expired)
  }

  @Test func anEndInTenThousandYearsDoesNotOverflow() {
    let far = held(Duration.nanoseconds(Int64.max))
    #expect(far.age(at: start + .seconds(86_400 * 365)) == .good)
    #expect(far.left(at: start) == .seconds(10 * 365 * 86_400))
  }
}
