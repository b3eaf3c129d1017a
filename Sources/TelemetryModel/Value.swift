/// What a sensor said. Numbers keep the kind they were measured in: an integer is never sent as
/// `3.0`, nor a number as `3`.
package enum Value: Sendable, Equatable {
  /// A finite number in the reading's unit. NaN and infinities have no JSON form: the sensor loop
  /// refuses them before they become events.
  case number(Double)
  case integer(Int64)
  case boolean(Bool)
  case text(String)

  /// False for the two values that JSON cannot say.
  package var isFinite: Bool {
    if case .number(let number) = self { return number.isFinite }
    return true
  }
}
