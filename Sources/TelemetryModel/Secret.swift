/// A value that must not be seen: printing, logging or interpolating it shows three dots.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The value itself, for the one place that signs or sends with it.
  package let revealed: String

  package init(_ revealed: String) { self.revealed = revealed }

  package var description: String { "..." }
  package var debugDescription: String { "..." }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
