import FuzzServices
import FuzzSupport
import TelemetryModel
import Uplinks

/// The input is what Initial State, a gateway or a captive portal answers to a bucket and to
/// events.
enum InitialStateAnswers {
  static func check(_ bytes: [UInt8]) {
    let answers = Answers(bytes)
    let transport = RepeatingTransport(answers.responses)
    let bucket = ["bucket_key": "greenhouse", "bucket_name": "Greenhouse"]
    do throws(Settings.Invalid) {
      var uplink = try InitialState(
        Settings(
          bucket, secrets: ["access_key": Secret(secretText)], for: InitialState.options),
        with: services(transport))
      let report = uplink.send(Answers.batch(to: bucket))
      answers.check(report, requests: transport.requests)
      let isAccepted = report.verdicts.contains(.accepted)
      let mayAccept = answers.responses.contains { (200...204).contains($0.status) }
      demand(!isAccepted || mayAccept, "accepted by nobody")
      if let moment = uplink.notBefore {
        // The server's wish, and then the pace of a call a second.
        let latest = StillTime().bootTime() + .seconds(3600 + transport.requests)
        demand(moment <= latest, "silent until \(moment)")
      }
    } catch { demand(false, "\(error)") }
  }
}
