import Platform
import Synchronization
import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct CredentialKeeperTests {
  // MARK: The chain

  @Test func nobodyIsAskedBeforeCredentialsAreNeeded() {
    let source = ScriptedSource([.keys("A", nil)])
    let test = KeeperUnderTest(source)
    #expect(test.keeper.describe() == "not asked for yet")
    #expect(source.asked == 0)
    #expect(test.current == "A")
    #expect(test.current == "A")
    #expect(source.asked == 1)
  }

  @Test func theFirstSourceThatHasAnyIsTaken() {
    let none = ScriptedSource("first", [.failure(.absent, "nothing set")])
    let some = ScriptedSource("second", [.keys("B", nil)])
    let last = ScriptedSource("third", [.keys("C", nil)])
    let test = KeeperUnderTest(none, some, last)
    #expect(test.current == "B")
    #expect(last.asked == 0)
    #expect(test.keeper.describe() == "second")
  }

  @Test func aSourceThatShouldHaveSomeIsNotPassedOver() {
    let broken = ScriptedSource("first", [.failure(.transient, "timed out")])
    let other = ScriptedSource("second", [.keys("B", nil)])
    let test = KeeperUnderTest(broken, other)
    #expect(test.failure?.kind == .transient)
    #expect(test.current.contains("first: timed out"))
    #expect(other.asked == 0)
  }

  @Test func whereAllHaveNoneEachSaysWhy() {
    let test = KeeperUnderTest(
      ScriptedSource("first", [.failure(.absent, "not set")]),
      ScriptedSource("second", [.failure(.absent, "no file")]))
    #expect(test.failure?.kind == .hold)
    #expect(test.current.contains("first: not set; second: no file"))
    #expect(test.current.contains("access_key_id"))
  }

  @Test func keysThatStayGoodAreNeverAskedForAgain() {
    let source = ScriptedSource([.keys("A", nil)])
    let test = KeeperUnderTest(source)
    #expect(test.current == "A")
    test.at(100_000_000)
    #expect(test.current == "A")
    #expect(test.runBackground() == 0)
    #expect(source.asked == 1)
  }

  // MARK: Renewal

  @Test func renewalIsBesideTheirUseAndOneAtATime() {
    let source = ScriptedSource([.keys("A", 3600), .keys("B", 3600)])
    let test = KeeperUnderTest(source, fraction: 0)
    #expect(test.current == "A")
    test.at(2699)
    #expect(test.current == "A")
    #expect(test.runBackground() == 0)
    test.at(2700)
    for _ in 0..<3 { #expect(test.current == "A") }
    #expect(source.asked == 1)
    #expect(test.runBackground() == 1)
    #expect(source.asked == 2)
    #expect(test.current == "B")
    #expect(test.keeper.describe() == "the script, good for 60 min")
    #expect(test.keeper.takeNotices() == [])
  }

  @Test func oldOnesStayInUseWhileRenewalFailsWithOneNotice() {
    let source = ScriptedSource([.keys("A", 3600), .failure(.transient, "no answer")])
    let test = KeeperUnderTest(source)
    #expect(test.current == "A")
    for second in stride(from: 2640, to: 3000, by: 5) {
      test.at(second)
      #expect(test.current == "A")
      test.runBackground()
    }
    // 1, 2, 4 .. 256 s apart at the longest.
    #expect((7...10).contains(source.asked))
    let notices = test.keeper.takeNotices()
    #expect(
      notices == [
        "credentials were not renewed, and are good for 16 min more: the script: no answer"
      ])
    test.at(3001)
    #expect(test.current == "A")
    #expect(test.keeper.takeNotices() == [])
  }

  @Test func aPersonIsToldShortlyBeforeTheEndAndWhenAllIsWellAgain() {
    let source = ScriptedSource([.keys("A", 3600), .failure(.hold, "certificate revoked")])
    let test = KeeperUnderTest(source)
    #expect(test.current == "A")
    for second in stride(from: 2640, to: 3599, by: 1) {
      test.at(second)
      #expect(test.current == "A")
      test.runBackground()
    }
    let notices = test.keeper.takeNotices()
    #expect(notices.count == 2)
    #expect(notices.last?.contains("expire in") == true)
    #expect(notices.last?.contains("certificate revoked") == true)
    source.answer(.keys("B", 3600))
    test.at(3600)
    #expect(test.current == "B")
    #expect(test.keeper.takeNotices() == ["credentials again: the script, good for 60 min"])
  }

  @Test func withoutAThreadTheCallerRenews() {
    let source = ScriptedSource([.keys("A", 3600), .keys("B", 3600)])
    let test = KeeperUnderTest(source, hasThreads: false)
    #expect(test.current == "A")
    test.at(2700)
    #expect(test.current == "A")
    #expect(test.current == "B")
    #expect(source.asked == 2)
  }

  @Test func expiredOnesAreFetchedBeforeTheNextUse() {
    let source = ScriptedSource([.keys("A", 3600), .keys("B", 3600)])
    let test = KeeperUnderTest(source)
    #expect(test.current == "A")
    test.at(3600)
    #expect(test.current == "B")
    #expect(test.runBackground() == 0)
  }

  @Test func aDeadEndpointIsNotAskedForEachRequest() {
    let source = ScriptedSource([.failure(.transient)])
    let test = KeeperUnderTest(source)
    for second in 0..<600 {
      test.at(second)
      #expect(test.failure?.kind == .transient)
      #expect(test.failure?.retryAfter.map { $0 > .zero && $0 <= .seconds(60) } == true)
    }
    // After 0, 1, 3, 7, 15, 31, 63 s, then once a minute.
    #expect(source.asked == 15)
    source.answer(.keys("A", 3600))
    test.at(700)
    #expect(test.current == "A")
    #expect(test.keeper.takeNotices() == ["credentials again: the script, good for 60 min"])
  }

  @Test func whatASourceAsksToWaitIsKept() {
    let source = ScriptedSource([
      .failure(CredentialFailure(.transient, "slow down", retryAfter: .seconds(20)))
    ])
    let test = KeeperUnderTest(source, fraction: 0)
    #expect(test.current.contains("slow down"))
    test.at(19)
    #expect(test.failure?.retryAfter == .seconds(1))
    #expect(source.asked == 1)
    test.at(20)
    #expect(test.current.contains("slow down"))
    #expect(source.asked == 2)
  }

  @Test func credentialsThatComeExpiredAreAFailure() {
    let source = ScriptedSource([.keys("A", 0), .keys("A", -7200), .keys("B", 3600)])
    let test = KeeperUnderTest(source, fraction: 0)
    #expect(test.failure?.kind == .transient)
    #expect(test.current.contains("expired"))
    #expect(test.current == "B")
  }

  @Test func oneWhoWaitsForARenewalUnderWayDoesNotAskAgain() throws {
    let gate = Mutex(())
    let hasBegun = Atomic(false)
    let source = ScriptedSource([.keys("A", 60), .keys("B", 3600)]) {
      hasBegun.store(true, ordering: .sequentiallyConsistent)
      gate.withLock { _ in }
    }
    let time = StillTime()
    var services = testServices(NoTransport(), time: time)
    services.background = { name, work in (try? AgentThread(name, run: work)) != nil }
    let keeper = CredentialKeeper([source], with: services)
    #expect(try keeper.current().accessKeyID == "A")
    hasBegun.store(false, ordering: .sequentiallyConsistent)
    time.boot = time.boot + .seconds(45)
    let seen = Mutex<String?>(nil)
    let waiting = try gate.withLock { _ in
      #expect(try keeper.current().accessKeyID == "A")
      while !hasBegun.load(ordering: .sequentiallyConsistent) {}
      // Good ones are given meanwhile; expired ones are not.
      #expect(try keeper.current().accessKeyID == "A")
      time.boot = time.boot + .seconds(15)
      return try AgentThread("waiting") {
        let id = try? keeper.current().accessKeyID
        seen.withLock { $0 = id }
      }
    }
    waiting.join()
    #expect(seen.withLock { $0 } == "B")
    #expect(source.asked == 2)
  }

  // MARK: Refused ones

  @Test func refusedOnesAreReplacedAtOnce() throws {
    let source = ScriptedSource([.keys("A", 3600), .keys("B", 3600)])
    let test = KeeperUnderTest(source)
    test.keeper.refuse(try test.keeper.current())
    #expect(test.current == "B")
    // A late answer to a request that was signed with the old ones.
    test.keeper.refuse(testCredentials("A"))
    #expect(test.current == "B")
    #expect(source.asked == 2)
  }

  @Test func aServiceThatRefusesAllDoesNotMakeUsAskForEachRequest() throws {
    let source = ScriptedSource((0..<100).map { .keys("K\($0)", 3600) })
    let test = KeeperUnderTest(source)
    for second in 0..<60 {
      test.at(second)
      do throws(CredentialFailure) { test.keeper.refuse(try test.keeper.current()) } catch {
        #expect(error.kind == .hold)
        #expect(error.reason.contains("refuses"))
      }
    }
    // The first, and one each 15 s.
    #expect(source.asked == 5)
  }

  @Test func refusedKeysThatStayTheSameHoldAndAreTriedAgainAfterFifteenSeconds() throws {
    let test = KeeperUnderTest(StaticCredentials(ini: testCredentials("A")))
    test.keeper.refuse(try test.keeper.current())
    let failure = try #require(test.failure)
    #expect(failure.kind == .hold)
    #expect(failure.retryAfter == .seconds(15))
    #expect(failure.reason.contains("access key A"))
    #expect(failure.reason.contains("put good keys into the ini and start telemetryd again"))
    #expect(!failure.reason.contains("secret-A"))
    #expect(test.keeper.describe() == failure.reason)
    test.at(14)
    #expect(test.failure?.kind == .hold)
    test.at(15)
    #expect(test.current == "A")
    test.keeper.refuse(testCredentials("A"))
    #expect(test.failure?.kind == .hold)
  }

  @Test func keysThatAPersonReplacedAreUsedWithoutARestart() throws {
    let source = ScriptedSource([.keys("A", nil)])
    let test = KeeperUnderTest(source)
    test.keeper.refuse(try test.keeper.current())
    #expect(test.failure?.kind == .hold)
    source.answer(.keys("B", nil))
    test.at(15)
    #expect(test.current == "B")
    #expect(test.keeper.describe() == "the script")
  }

  @Test func refusedOnesAreNotUsedWhileTheirSourceFails() throws {
    let source = ScriptedSource([.keys("A", 3600), .failure(.transient, "no answer")])
    let test = KeeperUnderTest(source)
    test.keeper.refuse(try test.keeper.current())
    #expect(test.failure?.reason == "the script: no answer")
    source.answer(.keys("B", 3600))
    test.at(15)
    #expect(test.current == "B")
  }

  // MARK: For people

  @Test func secretsOfOldAndNewCredentialsStayHidden() throws {
    let source = ScriptedSource([.keys("A", 3600), .keys("B", 3600)])
    let test = KeeperUnderTest(source)
    #expect(test.current == "A")
    test.at(3600)
    #expect(test.current == "B")
    let text = test.keeper.redaction.text("no secret-A, token-A, secret-B or token-B")
    #expect(text == "no ..., ..., ... or ...")
    source.answer(.failure(.transient, "refused token-B"))
    test.at(7200)
    #expect(test.failure?.reason == "the script: refused ...")
  }

  @Test func theRememberedSecretsAreBounded() throws {
    let source = ScriptedSource((0..<50).map { .keys("\($0)!", 3600) })
    let test = KeeperUnderTest(source)
    for round in 0..<50 {
      test.at(round * 3600)
      #expect(test.current == "\(round)!")
    }
    #expect(test.keeper.redaction.text("secret-49! secret-42! secret-41!") == "... ... secret-41!")
  }

  @Test func openKeyFilesAreToldOfOnce() {
    let source = ScriptedSource([.keys("A", 3600)])
    let test = KeeperUnderTest(source, keyFiles: ["/etc/key-open", "/etc/key"])
    #expect(test.keeper.takeNotices() == [])
    #expect(test.current == "A")
    test.at(3600)
    #expect(test.current == "A")
    let notices = test.keeper.takeNotices()
    #expect(notices.count == 1)
    #expect(notices.first?.hasPrefix("/etc/key-open holds a secret") == true)
    #expect(test.keeper.warnings() == notices)
  }
}
