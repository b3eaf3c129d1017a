import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct SGP30BaselineTests {
  private typealias Moment = SGP30.Baseline.Moment
  private let boot = "5a4a2c2c-6a9d-4bd6-8d6c-58b4b9b6f0a1"

  private func baseline(_ moment: Moment?) -> SGP30.Baseline {
    SGP30.Baseline(serial: 0x0048_A1B2, eco2: 0x8973, tvoc: 0x8AAE, moment: moment)
  }

  @Test func comesBackFromItsLineAsItWas() {
    for moment in [Moment(boot: boot, seconds: 4711), nil] {
      let kept = baseline(moment)
      #expect(SGP30.Baseline(kept.text) == kept)
    }
    #expect(
      baseline(.init(boot: boot, seconds: 4711)).text == "1 48a1b2 35187 35502 \(boot) 4711\n")
  }

  @Test(arguments: [
    "", "1 48a1b2 35187 35502 boot", "2 48a1b2 35187 35502 boot 1", "1 x 35187 35502 boot 1",
    "1 48a1b2 65536 35502 boot 1", "1 48a1b2 0 35502 boot 1", "1 48a1b2 35187 -1 boot 1",
    "1 48a1b2 35187 35502 boot -1", "1 48a1b2 35187 35502 boot 1 2",
  ])
  func anythingElseIsNoBaseline(text: String) {
    #expect(SGP30.Baseline(text) == nil)
  }

  @Test func isYoungForSevenDaysOfTheSameBoot() {
    let kept = baseline(Moment(boot: boot, seconds: 1000))
    func isYoung(at seconds: Int) -> Bool {
      kept.isYoung(at: Moment(boot: boot, seconds: seconds))
    }
    #expect(isYoung(at: 1000))
    #expect(isYoung(at: 605_800))
    #expect(!isYoung(at: 605_801))
    #expect(!isYoung(at: 999))
    let another = Moment(boot: "another", seconds: 1000)
    #expect(kept.isYoung(at: another) == false)
    #expect(kept.isYoung(at: nil) == false)
    #expect(baseline(nil).isYoung(at: another) == false)
  }

  @Test func theMomentIsWhatTheKernelSays() {
    let hardware = ScriptedHardware()
    #expect(Moment.now(on: hardware) == nil)
    hardware.files = [
      "/proc/sys/kernel/random/boot_id": boot + "\n", "/proc/uptime": "350735.47 234388.90\n",
    ]
    #expect(Moment.now(on: hardware) == .init(boot: boot, seconds: 350_735))
    hardware.files["/proc/uptime"] = "soon"
    #expect(Moment.now(on: hardware) == nil)
  }
}
