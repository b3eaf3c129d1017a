import Testing

@testable import Configuration

/// Goal: no bytes make the reader stop the program, hang, or report a line that is not there.
/// Method: right inis, damaged by a seeded generator, and plain noise.
@Suite struct FuzzTests {
  @Test(arguments: UInt64(1)...4)
  func damagedFilesAreReadOrReported(seed: UInt64) {
    var random = SplitMix64(state: seed)
    let scraps = [
      "[", "]", "=", ":", "\n", "\r", "  ", ";", "#", "${", "}", "@", "\u{FEFF}", "\u{301}", "%",
      "[sensor.", "[isstreamer.client_config]\n", "\nkind = ", "9e999", "-", "0x", "\0", "🌡", "\"",
    ].map { Array($0.utf8) }
    for round in 0..<200 {
      var bytes = Array(Self.texts.randomElement(using: &random)?.utf8 ?? "".utf8)
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(.random(in: 0...255, using: &random), at: place)
        case 1: bytes.insert(contentsOf: scraps.randomElement(using: &random) ?? [], at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 5))
        default: bytes.insert(contentsOf: bytes.prefix(place).suffix(40), at: place)
        }
      }
      check(bytes, "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: UInt64(1)...4)
  func noiseIsReported(seed: UInt64) {
    var random = SplitMix64(state: seed)
    for round in 0..<25 {
      let count = Int.random(in: 0...2000, using: &random)
      check((0..<count).map { _ in .random(in: 0...255, using: &random) }, "\(seed), \(round)")
    }
  }

  @Test func thousandsOfMistakesAreReadInTime() {
    let bytes = Array(repeating: Array("[capacity]x\ncapacty = 9999\n".utf8), count: 4_000)
      .joined()
    #expect(complaints(Array(bytes)).count == 100)
  }

  private func check(_ bytes: [UInt8], _ origin: Comment) {
    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
    do throws(Mistakes) {
      let read = try Configuration.load(file: bytes, name: "t.ini", in: context())
      #expect(!read.sensors.isEmpty && !read.uplinks.isEmpty, origin)
      #expect(read.uplinks.allSatisfy { $0.flushSize <= $0.capacity }, origin)
    } catch {
      #expect(!error.list.isEmpty, origin)
      #expect(error.list.allSatisfy { (1...lines).contains($0.line) }, origin)
      #expect(error.list.allSatisfy { $0.complaint.utf8.count < 600 }, origin)
    }
  }

  private static let texts = [
    minimal,
    minimal + """
      [telemetryd]
      device = a
      [buffer]
      capacity = 500
      flush_size = 20
      durability = spool
      [spool]
      limit = 2M
      segment = 64K
      [sensor.x]
      driver = bme280
      address = 0x77
      offset = 1.5
      """,
    """
    [isstreamer.client_config]
    access_key: a%%b
    default_bucket: two
      lines
    offline_mode: False
    [isstreamer.api_config]
    stream_api_base: http://localhost:1
    """,
  ]
}

/// A generator whose whole state is its seed (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
