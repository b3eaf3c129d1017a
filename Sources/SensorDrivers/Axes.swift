/// Three axes of a motion sensor, as the chip sends them: 16 bits each, in two's complement.
struct Axes: Equatable {
  enum Order { case lowByteFirst, highByteFirst }

  let x: Int16
  let y: Int16
  let z: Int16

  /// - Parameter bytes: six; x first.
  init(_ bytes: ArraySlice<UInt8>, _ order: Order) {
    precondition(bytes.count == 6)
    let numbers = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { place in
      switch order {
      case .lowByteFirst: Int16(bitPattern: word(bytes[place + 1], bytes[place]))
      case .highByteFirst: Int16(bitPattern: word(bytes[place], bytes[place + 1]))
      }
    }
    (x, y, z) = (numbers[0], numbers[1], numbers[2])
  }

  init(_ bytes: [UInt8], _ order: Order) { self.init(bytes[...], order) }

  /// `accel_x`, `accel_y` and `accel_z` of `accel`, in units of `step`.
  func readings(_ name: String, step: Double) -> [Reading] {
    [
      Reading("\(name)_x", Double(x) * step), Reading("\(name)_y", Double(y) * step),
      Reading("\(name)_z", Double(z) * step),
    ]
  }

  static func quantities(_ name: String, _ unit: String) -> [Quantity] {
    ["x", "y", "z"].map { Quantity("\(name)_\($0)", unit) }
  }

  /// m/s² of 1 g: the standard acceleration of gravity, by definition.
  static let gravity = 9.80665
}
