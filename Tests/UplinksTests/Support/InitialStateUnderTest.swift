import TelemetryModel
import Uplinks

let testBucket = Destination(["bucket_key": "greenhouse", "bucket_name": "Greenhouse"])

func bucketBatch(_ events: [SensorEvent]) -> Batch {
  Batch(origin: testOrigin, destination: testBucket, events: events)
}

func initialState(
  _ transport: ScriptedTransport, _ given: [String: String] = [:], time: StillTime = StillTime()
) throws -> InitialState {
  var values = ["bucket_key": "greenhouse", "bucket_name": "Greenhouse"]
  var secrets = ["access_key": Secret("ist_FAKEKEY123")]
  for (name, value) in given {
    if name == "access_key" { secrets[name] = Secret(value) } else { values[name] = value }
  }
  return try InitialState(
    Settings(values, secrets: secrets, for: InitialState.options),
    with: testServices(transport, time: time))
}

/// The keys of the events in a POST /api/events.
func eventKeys(_ request: HTTPRequest) throws -> [String] {
  try JSON(parsing: request.bodyText).elements.compactMap { $0["key"]?.string }
}

/// Initial State when all is well.
func initialStateService(_ request: HTTPRequest, _ number: Int) -> ScriptedTransport.Answer {
  .success(.json(request.url.hasSuffix("/api/buckets") ? 201 : 204, ""))
}
