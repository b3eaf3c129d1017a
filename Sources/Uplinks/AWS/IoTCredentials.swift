import TelemetryModel

/// The AWS IoT credentials provider: a device with an X.509 certificate of its own borrows the keys
/// of a role, so that none need be stored on it.
///
/// Source: AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services using AWS IoT
/// Core credential provider".
struct IoTCredentials: CredentialSource {
  let name: String
  private let endpoint: CredentialEndpoint
  private let url: String
  private let roleAlias: String
  private let headers: [HTTPHeader]

  /// Opens nothing.
  init(_ settings: CredentialSettings.IoT, services: UplinkServices) {
    var way = services.transportSettings
    way.clientCertificate = settings.certificate
    if let caFile = settings.caFile { way.caFile = caFile }
    endpoint = CredentialEndpoint(
      "the IoT credentials endpoint \(settings.endpoint.host)", by: way, services)
    name = "IoT role alias \(settings.roleAlias)"
    roleAlias = settings.roleAlias
    // All that the name of a role alias is made of stands in a path as it is (RFC 3986, 3.3).
    url = "\(settings.endpoint.url)/role-aliases/\(settings.roleAlias)/credentials"
    headers = settings.thingName.map { [HTTPHeader("x-amzn-iot-thingname", $0)] } ?? []
  }

  func fetch() throws(CredentialFailure) -> FetchedCredentials {
    let response = try endpoint.ask(url, headers, hint: hint)
    return try endpoint.answer().credentials(in: response)
  }

  /// What such a refusal mostly comes from.
  private func hint(_ status: Int) -> String? {
    switch status {
    case 403:
      "is the certificate active, and does its policy allow iot:AssumeRoleWithCertificate for the "
        + "role alias \(roleAlias)?"
    case 404: "is there a role alias \(roleAlias) in this account and region?"
    default: nil
    }
  }

  /// The endpoint as the ini gives it: a host, as the console shows it, or its URL.
  static func address(_ option: String, _ text: String) throws(Settings.Invalid) -> ServiceAddress {
    guard let address = ServiceAddress(text.contains("://") ? text : "https://" + text),
      address.url == "https://" + address.host
    else {
      // A name and a password may stand before an `@`.
      let given = text.contains("@") ? "names a user" : "is '\(text)'"
      throw Settings.Invalid(
        option,
        "\(given); allowed: a host such as c2example.credentials.iot.eu-west-1.amazonaws.com, "
          + "perhaps with https:// before and :port after it")
    }
    // The endpoints of an account look alike.
    guard !address.host.contains("-ats.iot.") else {
      throw Settings.Invalid(
        option,
        "is '\(address.host)', which is the one for messages; allowed: what "
          + "`aws iot describe-endpoint --endpoint-type iot:CredentialProvider` gives")
    }
    return address
  }
}
