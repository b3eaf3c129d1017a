import TelemetryModel

/// What an ini's section says of credentials, checked.
struct CredentialSettings: Sendable {
  /// Values of `credentials`.
  enum Choice: String, CaseIterable, Sendable {
    case auto, environment, profile, container, iot, instance
  }

  /// What the AWS IoT credentials provider is asked with.
  struct IoT: Sendable, Equatable {
    var endpoint: ServiceAddress
    var roleAlias: String
    var thingName: String?
    var certificate: TransportSettings.ClientCertificate
    /// nil for the section's own, or the system's.
    var caFile: String?
  }

  var choice: Choice
  /// The section's own keys.
  var keys: AWSCredentials?
  /// nil for AWS_PROFILE, or `default`.
  var profile: String?
  var iot: IoT?

  init(_ settings: Settings) throws(Settings.Invalid) {
    choice = try settings.choice("credentials")
    keys = try AWSCredentials.given(in: settings)
    profile = try settings.optionalText("profile")
    if let option = Self.conflict(choice, keys, settings) {
      throw Settings.Invalid(
        option.0, "cannot stand beside \(option.1), which says where credentials come from too")
    }
    if profile != nil { choice = .profile }
    guard choice == .iot else {
      if let stray = Self.iotOptions.map(\.name).first(where: settings.isGiven) {
        throw Settings.Invalid(stray, "is only for credentials = iot")
      }
      return
    }
    iot = try IoT(settings)
  }

  /// An option that is given, and another that contradicts it.
  private static func conflict(
    _ choice: Choice, _ keys: AWSCredentials?, _ settings: Settings
  ) -> (String, String)? {
    let profile = settings.isGiven("profile")
    if keys != nil, profile { return ("profile", "access_key_id") }
    if keys != nil, choice != .auto { return ("credentials", "access_key_id") }
    if profile, choice != .auto, choice != .profile { return ("profile", "credentials") }
    return nil
  }

  // MARK: Sources

  /// The sources to ask, in order, and the files of theirs that hold secrets.
  func chain(
    with services: UplinkServices
  ) -> (sources: [any CredentialSource], keyFiles: [String]) {
    if let keys { return ([StaticCredentials(ini: keys)], []) }
    let environment = StaticCredentials(environment: services.environment)
    let profile = ProfileCredentials(profile, services: services)
    switch choice {
    case .auto:
      return (
        [environment, profile, ContainerCredentials(services: services)], profile.keyFiles
      )
    case .environment: return ([environment], [])
    case .profile: return ([profile], profile.keyFiles)
    case .container: return ([ContainerCredentials(services: services)], [])
    case .instance: return ([InstanceCredentials(services: services)], [])
    case .iot:
      guard let iot else { return ([], []) }
      return ([IoTCredentials(iot, services: services)], [iot.certificate.keyFile])
    }
  }

  // MARK: Options

  static let options =
    [
      Option(
        "access_key_id", .text, .absent,
        "AWS access key id. credentials says where they come from without it."),
      Option("secret_access_key", .secret, .absent, "AWS secret access key."),
      Option("session_token", .secret, .absent, "Session token of temporary credentials."),
      Option(
        "credentials", .choice(Choice.allCases.map(\.rawValue)), .value("auto"),
        "Where credentials come from. auto: access_key_id of this section, or else the environment "
          + "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), a profile, or the "
          + "container's endpoint, whichever has them first. iot: the AWS IoT credentials "
          + "provider, with the device's certificate. instance: the metadata service of EC2 "
          + "(IMDSv2)."),
      Option(
        "profile", .text, .absent,
        "Profile of ~/.aws/credentials or ~/.aws/config (AWS_SHARED_CREDENTIALS_FILE and "
          + "AWS_CONFIG_FILE name others). AWS_PROFILE, or default, is used without it."),
    ] + iotOptions

  private static let iotOptions = [
    Option(
      "iot_endpoint", .text, .absent,
      "Host of the account's credentials provider, such as "
        + "c2example.credentials.iot.eu-west-1.amazonaws.com, for credentials = iot."),
    Option("iot_role_alias", .text, .absent, "Role alias to ask for, for credentials = iot."),
    Option(
      "iot_thing_name", .text, .absent,
      "Name of the thing, where policies of the role use it, for credentials = iot."),
    Option(
      "iot_certificate", .text, .absent,
      "PEM file of the device's certificate, for credentials = iot."),
    Option(
      "iot_private_key", .text, .absent,
      "PEM file of the certificate's private key, for credentials = iot."),
    Option(
      "iot_ca_file", .text, .absent,
      "PEM file of the authorities to trust for iot_endpoint. ca_file, or else the system's, are "
        + "used without it."),
  ]
}

extension CredentialSettings.IoT {
  init(_ settings: Settings) throws(Settings.Invalid) {
    let wanted = ["iot_endpoint", "iot_role_alias", "iot_certificate", "iot_private_key"]
    let missing = wanted.filter { !settings.isGiven($0) }
    guard missing.isEmpty else {
      throw Settings.Invalid(
        "credentials", "is iot, which also wants " + missing.joined(separator: ", "))
    }
    endpoint = try IoTCredentials.address("iot_endpoint", settings.text("iot_endpoint"))
    roleAlias = try settings.text("iot_role_alias")
    // RoleAlias in the API reference: [\w=,@-]{1,128}.
    guard roleAlias.utf8.count <= 128, roleAlias.utf8.allSatisfy(Self.isNameByte(beside: "=,@-_"))
    else {
      throw Settings.Invalid(
        "iot_role_alias", "is '\(roleAlias)'; allowed: 1 to 128 letters, digits, _ = , @ -")
    }
    thingName = try settings.optionalText("iot_thing_name")
    // ThingName in the API reference: [a-zA-Z0-9:_-]{1,128}.
    if let thingName {
      guard thingName.utf8.count <= 128, thingName.utf8.allSatisfy(Self.isNameByte(beside: ":_-"))
      else {
        throw Settings.Invalid(
          "iot_thing_name", "is '\(thingName)'; allowed: 1 to 128 letters, digits, : _ -")
      }
    }
    certificate = TransportSettings.ClientCertificate(
      certificateFile: try settings.text("iot_certificate"),
      keyFile: try settings.text("iot_private_key"))
    caFile = try settings.optionalText("iot_ca_file")
  }

  private static func isNameByte(beside others: String) -> (UInt8) -> Bool {
    let others = Array(others.utf8)
    return { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: others.contains(byte)
      }
    }
  }
}
