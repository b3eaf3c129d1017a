package import TelemetryModel

/// A data stream as a person names it in a command: by its name or by its ARN.
package struct StreamReference: Sendable, Equatable {
  private let stream: KinesisStream

  package init(_ text: String) throws(Settings.Invalid) {
    let option = Option("stream", .text, .required, "")
    stream = try KinesisStream(Settings(["stream": text], for: [option]))
  }

  init(_ stream: KinesisStream) { self.stream = stream }

  /// As it was given.
  package var text: String { stream.text }
  /// `readings`, also of `arn:aws:kinesis:eu-west-1:123456789012:stream/readings`.
  package var name: String { stream.name }
  package var isARN: Bool { stream.arn != nil }
  /// Of an ARN: calls must go there.
  package var region: String? { stream.arn?.region.name }
}
