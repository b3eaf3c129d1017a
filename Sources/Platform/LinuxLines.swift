import CGPIO
import Glibc
import SensorDrivers
import TelemetryModel

/// GPIO lines of one chip, granted by the kernel until this object goes.
final class LinuxLines: OpenLines {
  let descriptor: Int32
  private let lines: OpaquePointer
  private let places: [GPIOChips.Place]
  /// Room for what one look takes.
  private var buffer = [cgpio_edge](repeating: cgpio_edge(), count: 64)

  /// - Parameter isQuiet: true for lines without edges until `listen`.
  init(_ requests: [LineRequest], isQuiet: Bool = false) throws(HardwareError) {
    guard (1...Int(CGPIO_LINES_MAX)).contains(requests.count) else {
      throw HardwareError(.other, "one request takes 1 to \(CGPIO_LINES_MAX) lines")
    }
    var places: [GPIOChips.Place] = []
    for request in requests { places.append(try GPIOChips.find(request.line)) }
    guard let path = places.first?.path, places.allSatisfy({ $0.path == path }) else {
      let list = places.map { "\($0.name) on \($0.path)" }.joined(separator: ", ")
      throw HardwareError(.other, "lines of one request must be on one chip: \(list)")
    }
    let wishes = zip(requests, places).map { Self.wish($0, at: $1, isQuiet: isQuiet) }
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
    descriptor = cgpio_descriptor(lines)
  }

  deinit { cgpio_release(lines) }

  /// Edges that the kernel holds for us: its own limit for one request (GPIO_V2_LINES_MAX × 16).
  /// At 48 bytes each, 48 KiB.
  private static let queueSize: UInt32 = 1024

  func levels() throws(HardwareError) -> [Bool] {
    var levels = [Bool](repeating: false, count: Int(CGPIO_LINES_MAX))
    let result = cgpio_levels(lines, &levels)
    guard result >= 0 else { throw fault(Errno(-result)) }
    return Array(levels.prefix(places.count))
  }

  func takeEdges() throws(HardwareError) -> [LineEdge] {
    var edges: [LineEdge] = []
    while edges.count < LineEdge.takeMax {
      let room = min(buffer.count, LineEdge.takeMax - edges.count)
      let count = cgpio_take_edges(lines, &buffer, UInt32(room))
      guard count >= 0 else { throw fault(Errno(-count)) }
      if count == 0 { break }
      let clock = EdgeClock.now()
      for edge in buffer.prefix(Int(count)) {
        edges.append(
          LineEdge(
            line: Int(edge.line), level: edge.level, time: clock.bootTime(ofStamp: edge.stamp_ns),
            number: edge.number))
      }
    }
    return edges
  }

  /// Makes all lines outputs at this logical level.
  func drive(_ level: Bool) throws(HardwareError) {
    let result = cgpio_drive(lines, level)
    guard result >= 0 else { throw fault(Errno(-result)) }
  }

  /// Makes them inputs with edges in both directions, and forgets the edges before.
  func listen() throws(HardwareError) {
    while try !takeEdges().isEmpty {}
    let result = cgpio_listen(lines)
    guard result >= 0 else { throw fault(Errno(-result)) }
  }

  // MARK: Inside

  private static func wish(
    _ request: LineRequest, at place: GPIOChips.Place, isQuiet: Bool
  ) -> cgpio_wish {
    let microseconds = (request.debounce.nanoseconds + 999) / 1000
    return cgpio_wish(
      offset: place.offset, bias: bias(request.bias),
      edges: isQuiet ? CGPIO_EDGES_NONE : edges(request.edges),
      is_active_low: request.isActiveLow, debounce_us: UInt32(clamping: microseconds))
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
    case EINVAL, ENOTTY, ENOSYS:
      guard !Machine.isKernelAtLeast(5, 10) else { break }
      return HardwareError(
        .other, "line \(names): GPIO lines need Linux 5.10 or newer, and this kernel is older")
    default: break
    }
    return HardwareError(errno, "request line \(names)")
  }
}
