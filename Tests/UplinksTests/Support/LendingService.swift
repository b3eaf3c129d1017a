import Synchronization
import TelemetryModel
import Uplinks

/// A service that lends credentials, as a source meets it: a script of answers, and what was asked
/// of it over which transports.
final class LendingService: Sendable {
  private struct Seen: Sendable {
    var requests: [HTTPRequest] = []
    var ways: [TransportSettings] = []
  }
  private let seen = Mutex(Seen())
  private let script: [Result<HTTPResponse, HTTPFailure>]

  /// One answer after the other, and the last one for ever.
  init(_ script: Result<HTTPResponse, HTTPFailure>...) { self.script = script }

  convenience init(_ status: Int, _ body: String, _ headers: [HTTPHeader] = []) {
    self.init(.success(.json(status, body, headers)))
  }

  var requests: [HTTPRequest] { seen.withLock { $0.requests } }
  var ways: [TransportSettings] { seen.withLock { $0.ways } }

  func services(
    _ environment: [String: String] = [:], files: [String: String] = [:],
    settings: TransportSettings = TransportSettings(), time: StillTime = StillTime()
  ) -> UplinkServices {
    var services = testServices(
      NoTransport(), time: time, environment: environment, files: files
    ) { [self] way in
      seen.withLock { $0.ways.append(way) }
      return Transport(service: self)
    }
    services.transportSettings = settings
    return services
  }

  private final class Transport: HTTPTransport, Sendable {
    let service: LendingService
    init(service: LendingService) { self.service = service }

    func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
      let number = service.seen.withLock { seen in
        seen.requests.append(request)
        return seen.requests.count - 1
      }
      return try service.script[min(number, service.script.count - 1)].get()
    }
  }
}

/// The Date header of the answers below, and the expiration an hour later.
let lendingDate = HTTPHeader("Date", "Mon, 06 Feb 2023 04:54:46 GMT")

/// What a container's endpoint and the metadata service lend.
let lentKeys = """
  {"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"s3cr3t/+=","Token":"t0ken==",\
  "Expiration":"2023-02-06T05:54:46Z"}
  """
