import CGPIO
import Glibc
import SensorDrivers
import TelemetryModel

/// GPIO input lines of one chip, granted by the kernel until this object goes.
final class LinuxLines: OpenLines {
  let descriptors: [Int32]
  private let lines: OpaquePointer
  private let places: [GPIOChips.Place]
  /// Whether the edges of each line tell its level at all times.
  private let watchesBoth: [Bool]
  /// One for each line that the kernel does not debounce though it should be.
  private var debouncers: [Debouncer?] = []
  /// Room for what one look takes.
  private var buffer = [cgpio_edge](repeating: cgpio_edge(), count: 64)

  init(_ requests: [LineRequest]) throws(HardwareError) {
    guard (1...Int(CGPIO_LINES_MAX)).contains(requests.count) else {
      throw HardwareError(.other, "one request takes 1 to \(CGPIO_LINES_MAX) lines")
    }
    var places: [GPIOChips.Place] = []
    for request in requests { places.append(try GPIOChips.find(request.line)) }
    guard let path = places.first?.path, places.allSatisfy({ $0.path == path }) else {
      let list = places.map { "\($0.name) on \($0.path)" }.joined(separator: ", ")
      throw HardwareError(.other, "lines of one request must be on one chip: \(list)")
    }
    let wishes = zip(requests, places).map { Self.wish($0, at: $1) }
    var lines: OpaquePointer?
    var refused: Int32 = -1
    let result = cgpio_request(
      path, "telemetryd", wishes, UInt32(wishes.count), Self.queueSize, &lines, &refused)
    guard result >= 0, let lines else {
      let suspects = places.indices.contains(Int(refused)) ? [places[Int(refused)]] : places
      throw Self.refusal(Errno(-result), suspects)
    }
    self.lines = lines
    self.places = places
    watchesBoth = requests.map { $0.edges == .both }
    var descriptors = [Int32](repeating: -1, count: Int(CGPIO_LINES_MAX))
    let count = cgpio_descriptors(lines, &descriptors, UInt32(descriptors.count))
    self.descriptors = Array(descriptors.prefix(max(0, Int(count))))
    let needsDebouncing = !cgpio_kernel_debounces() && requests.contains { $0.debounce > .zero }
    guard needsDebouncing else { return }
    let levels = try levelsNow()
    debouncers = zip(requests, levels).map { request, level in
      guard request.debounce > .zero else { return nil }
      return Debouncer(period: request.debounce, edges: request.edges, level: level)
    }
  }

  deinit { cgpio_release(lines) }

  /// Edges that the kernel may hold for us, with libgpiod 2: its own limit for one request
  /// (GPIO_V2_LINES_MAX × 16). At 48 bytes each, 48 KiB.
  private static let queueSize: UInt32 = 1024
  /// Edges that one call gives at most; the rest stay queued, and the descriptor readable.
  private static let takeMax = 1024
  /// Edges of one line that the kernel keeps for libgpiod 1.6.
  private static let smallQueueSize = 16

  /// Settled levels, as edges follow on them.
  func levels() throws(HardwareError) -> [Bool] {
    let levels = try levelsNow()
    return debouncers.isEmpty ? levels : zip(debouncers, levels).map { $0?.settled ?? $1 }
  }

  private func levelsNow() throws(HardwareError) -> [Bool] {
    var levels = [Bool](repeating: false, count: Int(CGPIO_LINES_MAX))
    let result = cgpio_levels(lines, &levels)
    guard result >= 0 else { throw fault(Errno(-result)) }
    return Array(levels.prefix(places.count))
  }

  func takeEdges() throws(HardwareError) -> [LineEdge] {
    let queued = try queuedEdges()
    let edges = debounced(queued + (try lostLevels(after: queued)))
    guard let deadline = settleDeadline, EdgeClock.now().bootTime >= deadline else { return edges }
    // The level first, then the queue once more: an edge in between is then seen in the queue, and
    // its line has not settled.
    let levels = try levelsNow()
    let late = debounced(try queuedEdges())
    return edges + late + settled(at: levels)
  }

  var settleDeadline: BootTime? { debouncers.compactMap { $0?.deadline }.min() }

  // MARK: Inside

  private func queuedEdges() throws(HardwareError) -> [LineEdge] {
    var edges: [LineEdge] = []
    while edges.count < Self.takeMax {
      let count = cgpio_take_edges(lines, &buffer, UInt32(buffer.count))
      guard count >= 0 else { throw fault(Errno(-count)) }
      if count == 0 { break }
      let clock = EdgeClock.now()
      for edge in buffer.prefix(Int(count)) {
        edges.append(
          LineEdge(
            line: Int(edge.line), level: edge.level, time: clock.bootTime(ofStamp: edge.stamp_ns),
            number: edge.number == 0 ? nil : edge.number))
      }
    }
    // Several lines come one after the other with libgpiod 1.6.
    return descriptors.count > 1 ? edges.sorted { $0.time < $1.time } : edges
  }

  /// libgpiod 1.6: a full queue has lost the newest edges, and the last one kept may tell the wrong
  /// level for hours. Where the line's own level differs by now, that is an edge, seen late.
  private func lostLevels(after edges: [LineEdge]) throws(HardwareError) -> [LineEdge] {
    guard let last = edges.last, last.number == nil else { return [] }
    let suspects = places.indices.filter { line in
      watchesBoth[line] && edges.count(where: { $0.line == line }) >= Self.smallQueueSize
    }
    if suspects.isEmpty { return [] }
    let levels = try levelsNow()
    var late = try queuedEdges()
    let now = EdgeClock.now().bootTime
    // A line whose queue filled again meanwhile is looked at with those edges, next time.
    for line in suspects where !late.contains(where: { $0.line == line }) {
      guard edges.last(where: { $0.line == line })?.level != levels[line] else { continue }
      late.append(LineEdge(line: line, level: levels[line], time: now))
    }
    return late
  }

  private func debounced(_ edges: [LineEdge]) -> [LineEdge] {
    if debouncers.isEmpty { return edges }
    return edges.compactMap { edge in
      guard debouncers[edge.line] != nil else { return edge }
      let settled = debouncers[edge.line]?.take(level: edge.level, at: edge.time)
      return settled.map { LineEdge(line: edge.line, level: $0.level, time: $0.time) }
    }
  }

  private func settled(at levels: [Bool]) -> [LineEdge] {
    let now = EdgeClock.now().bootTime
    return debouncers.indices.compactMap { line in
      let settled = debouncers[line]?.settle(at: now, level: levels[line])
      return settled.map { LineEdge(line: line, level: $0.level, time: $0.time) }
    }
  }

  private static func wish(_ request: LineRequest, at place: GPIOChips.Place) -> cgpio_wish {
    let isDebouncedHere = request.debounce > .zero && !cgpio_kernel_debounces()
    let microseconds = (request.debounce.nanoseconds + 999) / 1000
    return cgpio_wish(
      offset: place.offset, bias: bias(request.bias),
      // To see a level end, both edges are needed.
      edges: isDebouncedHere ? CGPIO_EDGES_BOTH : edges(request.edges),
      is_active_low: request.isActiveLow,
      debounce_us: UInt32(clamping: microseconds))
  }

  private static func bias(_ bias: LineRequest.Bias) -> cgpio_bias {
    switch bias {
    case .asIs: CGPIO_BIAS_AS_IS
    case .disabled: CGPIO_BIAS_DISABLED
    case .pullUp: CGPIO_BIAS_PULL_UP
    case .pullDown: CGPIO_BIAS_PULL_DOWN
    }
  }

  private static func edges(_ edges: LineRequest.Edges) -> cgpio_edges {
    switch edges {
    case .both: CGPIO_EDGES_BOTH
    case .rising: CGPIO_EDGES_RISING
    case .falling: CGPIO_EDGES_FALLING
    }
  }

  // MARK: Faults

  private func fault(_ errno: Errno) -> HardwareError {
    let names = places.map(\.name).joined(separator: ", ")
    switch errno.code {
    case ENODEV, EBADF, ENXIO: return HardwareError(.absent, "line \(names): its chip is gone")
    default: return HardwareError(errno, "line \(names)")
    }
  }

  private static func refusal(_ errno: Errno, _ places: [GPIOChips.Place]) -> HardwareError {
    let names = places.map(\.name).joined(separator: ", ")
    switch errno.code {
    case EBUSY:
      for place in places {
        guard let info = try? OpenChip(place.path).line(place.offset), info.isUsed else { continue }
        let owner = info.consumer.isEmpty ? "another program or driver" : "'\(info.consumer)'"
        return HardwareError(.busy, "line \(place.name): taken by \(owner)")
      }
      return HardwareError(.busy, "line \(names): taken by another program or driver")
    case EACCES, EPERM: return OpenChip.fault(errno, places.first?.path ?? names)
    case ENXIO, EOPNOTSUPP, ENOTSUP:
      return HardwareError(
        .other, "line \(names): its chip cannot do that (edges, bias or debounce): \(errno.text)")
    default: return HardwareError(errno, "request line \(names)")
    }
  }
}
