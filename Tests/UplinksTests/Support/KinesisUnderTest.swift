import TelemetryModel
import Uplinks

func batch(_ events: [SensorEvent]) -> Batch {
  Batch(origin: testOrigin, destination: Destination(["stream": "readings"]), events: events)
}

func kinesis(
  _ transport: ScriptedTransport, _ given: [String: String] = [:], keys: Bool = true,
  time: StillTime = StillTime()
) throws -> Kinesis {
  var values = ["stream": "readings", "region": "eu-west-1"]
  var secrets: [String: Secret] = [:]
  if keys {
    values["access_key_id"] = "AKID"
    secrets["secret_access_key"] = Secret("s3cr3t")
  }
  for (name, value) in given {
    if name == "session_token" { secrets[name] = Secret(value) } else { values[name] = value }
  }
  return try Kinesis(
    Settings(values, secrets: secrets, for: Kinesis.options),
    with: testServices(transport, time: time))
}
