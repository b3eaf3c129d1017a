import FuzzServices
import FuzzSupport
import TelemetryModel
import Uplinks

/// The input is what a Kinesis, a gateway or a captive portal answers to PutRecords.
enum KinesisAnswers {
  static func check(_ bytes: [UInt8]) {
    let answers = Answers(bytes)
    let transport = RepeatingTransport(answers.responses)
    do throws(Settings.Invalid) {
      var uplink = try Kinesis(
        Settings(
          ["stream": "readings", "region": "eu-west-1", "access_key_id": "AKID"],
          secrets: ["secret_access_key": Secret(secretText)], for: Kinesis.options),
        with: services(transport))
      // A stream of an earlier ini takes the way around one that does not exist.
      for stream in ["readings", "older"] {
        let before = transport.requests
        let batch = Answers.batch(to: ["stream": stream])
        let report = uplink.send(batch)
        answers.check(report, requests: transport.requests - before)
        let isAccepted = report.verdicts.contains(.accepted)
        demand(!isAccepted || answers.responses.contains(where: mayStore), "accepted by nobody")
      }
    } catch { demand(false, "\(error)") }
  }

  /// Whether a record could have been given its place: the name of that member, or an escape that
  /// may spell it, stands in a 200.
  private static func mayStore(_ response: HTTPResponse) -> Bool {
    let text = String(decoding: response.body, as: UTF8.self)
    return response.status == 200 && (text.contains("SequenceNumber") || text.contains(#"\u"#))
  }
}
