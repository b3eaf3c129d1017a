import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct LedgerTests {
  @Test func anEmptyLedgerIsBalanced() { #expect(Ledger().isBalanced) }

  @Test func eachPlaceCountsOnce() {
    var ledger = Ledger()
    ledger.offered = 31
    ledger.accepted = 1
    ledger.rejected = 2
    ledger.drop(4, .bufferFull)
    ledger.drop(8, .corrupt)
    ledger.inMemory = 16
    #expect(ledger.isBalanced)
    ledger.inSpool = 1
    #expect(!ledger.isBalanced)
    ledger.offered = 32
    #expect(ledger.isBalanced)
    ledger.accepted = 0
    #expect(!ledger.isBalanced)
  }

  @Test func dropsAddUpByCauseAndNothingIsNoCause() {
    var ledger = Ledger()
    ledger.drop(2, .spoolFull)
    ledger.drop(3, .spoolFull)
    ledger.drop(0, .unsavedAtStop)
    #expect(ledger.dropped == [.spoolFull: 5])
  }
}
