/// Where a batch belongs: the bucket or the stream, as the uplink that logged it names it. Written
/// into each spool segment, so that old events go where they were meant to. Never holds a secret.
package struct Destination: Sendable, Hashable {
  /// Names as in the ini (`bucket_key`, `stream`), with their values.
  package var fields: [String: String]

  package init(_ fields: [String: String] = [:]) { self.fields = fields }

  package subscript(name: String) -> String? { fields[name] }
}

/// Events that are sent together, oldest first. All have one origin and one destination.
package struct Batch: Sendable, Equatable {
  package var origin: Origin
  package var destination: Destination
  package var events: [SensorEvent]

  package init(origin: Origin, destination: Destination, events: [SensorEvent]) {
    self.origin = origin
    self.destination = destination
    self.events = events
  }
}

/// What an uplink takes at once.
package struct BatchLimits: Sendable, Equatable {
  /// Events in one batch. An uplink whose protocol also limits bytes cuts the batch into requests.
  package var events: Int

  package init(events: Int) { self.events = events }
}
