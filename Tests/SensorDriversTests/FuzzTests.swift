import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@testable import struct SensorDrivers.SplitMix64

/// Goal: no bytes of a bus, a file or an ini stop the program, or become a value that is no number.
/// Method: noise from a seeded generator, and right texts with scraps put in.
@Suite struct FuzzTests {
  /// Every read gives noise, and now and then nothing.
  private final class NoisyBus: I2CBus {
    private var random: SplitMix64
    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    func transfer(
      to address: UInt8, write: [UInt8], readCount: Int
    ) throws(HardwareError) -> [UInt8] {
      if random.next() % 50 == 0 { throw HardwareError(.noAcknowledge, "no acknowledge") }
      return (0..<readCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
  }

  /// A model whose answers have a bit turned now and then, so that drivers get far.
  private final class TurningBus: I2CBus {
    private let bus: ModelBus
    private var random: SplitMix64
    init(_ bus: ModelBus, seed: UInt64) {
      self.bus = bus
      random = SplitMix64(seed: seed)
    }

    func transfer(
      to address: UInt8, write: [UInt8], readCount: Int
    ) throws(HardwareError) -> [UInt8] {
      var answer = try bus.transfer(to: address, write: write, readCount: readCount)
      if !answer.isEmpty, random.next() % 4 == 0 {
        let place = Int(random.next() % UInt64(answer.count))
        answer[place] ^= 1 << UInt8(random.next() % 8)
      }
      return answer
    }
  }

  @Test(arguments: ChipModel.all) func noiseOnTheBusStopsNothing(_ model: ChipModel) throws {
    for seed in 0..<40 as Range<UInt64> {
      for bus in [
        NoisyBus(seed: seed), TurningBus(ModelBus(try model.chips()), seed: seed),
      ] as [any I2CBus] {
        var asked = AskedDriver(driver: try model.makeDriver(on: bus))
        for _ in 0..<5 {
          let readings = (try? asked.round()) ?? []
          let areFinite = readings.allSatisfy { $0.value.isFinite }
          #expect(areFinite, "seed \(seed): \(readings)")
        }
      }
    }
  }

  private func damaged(_ texts: [String], rounds: Int, _ try: (String) -> Void) {
    let scraps = [
      "/", "@", ":", ",", "-", ".", "0x", "9e999", "nan", "mux", "%", "\n", "\0", "é", " ", "", "7",
    ]
    var random = SplitMix64(seed: 42)
    for _ in 0..<rounds {
      var text = Array(texts[Int(random.next() % UInt64(texts.count))])
      for _ in 0...random.next() % 4 {
        let place = Int(random.next() % UInt64(text.count + 1))
        if random.next() % 3 == 0, place < text.count {
          text.remove(at: place)
        } else {
          text.insert(
            contentsOf: scraps[Int(random.next() % UInt64(scraps.count))], at: place)
        }
      }
      `try`(String(text))
    }
  }

  @Test func aBusPathIsReadAsItIsWrittenOrRefused() {
    damaged(["1", "1/mux@0x70/3", "/dev/i2c-1/mux@0x71/0/mux@0x70/7"], rounds: 5000) { text in
      guard let path = try? I2CBusPath(text) else { return }
      let again = try? I2CBusPath(path.text)
      #expect(again == path, "\(text)")
    }
  }

  @Test func aCalibrationOrADeadbandIsFiniteOrRefused() {
    damaged(["0.5:0, 4.5:10", "1e300:1e300, -1:1", "2%", "0.25"], rounds: 5000) { text in
      let line = LinearCalibration(text)
      #expect(line.map { $0.scale.isFinite && $0.offset.isFinite } ?? true, "\(text)")
      if case .absolute(let width)? = Deadband.Width(text) {
        #expect(width.isFinite && width >= 0, "\(text)")
      }
    }
  }

  /// The kernel's text of a DS18B20 at 25.0625 °C, and what may become of it.
  @Test func aOneWireTextIsAReadingOrAnError() throws {
    let text = """
      91 01 4b 46 7f ff 0f 10 25 : crc=25 YES
      91 01 4b 46 7f ff 0f 10 25 t=25062
      """
    var seen = 0
    damaged([text], rounds: 2000) { text in
      let hardware = ScriptedHardware()
      hardware.files["/sys/bus/w1/devices/28-000000000001/w1_slave"] = text
      let settings = Settings(name: "probe", for: W1.options)
      guard var driver = try? W1(settings, on: hardware) else { return }
      for cause in [Cause.tick, .again, .again, .again] {
        guard let outcome = try? driver.read(cause) else { break }
        for case .number(let celsius) in outcome.readings.map(\.value) {
          seen += 1
          #expect((-55...125).contains(celsius), "\(text)")
        }
      }
    }
    #expect(seen > 0)
  }
}
