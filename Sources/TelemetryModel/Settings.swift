/// The values of one section of the ini, already checked one by one against its options. A driver
/// or uplink reads them once, in its `init`, into typed fields.
///
/// Asking for a name that the options do not declare is a bug, and stops the program in tests.
package struct Settings: Sendable {
  /// A value that is wrong in itself or beside the others.
  package struct Invalid: Error, Equatable, Sendable {
    /// The option at fault.
    package let option: String
    /// What is wrong and what is allowed, to follow the option's name.
    package let complaint: String

    package init(_ option: String, _ complaint: String) {
      self.option = option
      self.complaint = complaint
    }
  }

  /// The section's own name: `greenhouse` of `[sensor.greenhouse]`.
  package let name: String
  private let values: [String: String]
  private let secrets: [String: Secret]
  private let options: [Option]

  /// - Parameters:
  ///   - values: what the ini gives; secrets are in `secrets`, resolved.
  ///   - options: all that the section may have.
  package init(
    name: String = "", _ values: [String: String] = [:], secrets: [String: Secret] = [:],
    for options: [Option]
  ) {
    self.name = name
    self.values = values
    self.secrets = secrets
    self.options = options
  }

  /// The same with one more value, for what the agent itself adds to a section.
  package func adding(_ name: String, _ value: String) -> Settings {
    var values = values
    values[name] = value
    return Settings(name: self.name, values, secrets: secrets, for: options)
  }

  /// The same values, with these options declared.
  package func declaring(_ options: [Option]) -> Settings {
    Settings(name: name, values, secrets: secrets, for: options)
  }

  /// What holds for one reading of a sensor: `unit.temperature`, where given, stands for `unit`.
  package func of(_ reading: String) -> Settings {
    let suffix = "." + reading.lowercased()
    var values = values
    for (name, value) in self.values where name.hasSuffix(suffix) {
      values[String(name.dropLast(suffix.count))] = value
    }
    return Settings(name: self.name, values, secrets: secrets, for: options)
  }

  /// The same without the values that are not wanted.
  package func keeping(_ isWanted: (String) -> Bool) -> Settings {
    Settings(name: name, values.filter { isWanted($0.key) }, secrets: secrets, for: options)
  }

  /// The names that the ini itself gives, sorted.
  package var given: [String] { values.keys.sorted() }

  /// True when the ini itself gives the option.
  package func isGiven(_ name: String) -> Bool { values[name] != nil || secrets[name] != nil }

  package func text(_ name: String) throws(Invalid) -> String {
    guard let text = try optionalText(name) else { throw Invalid(name, "is missing") }
    return text
  }

  /// nil when neither the ini nor a fallback gives it.
  package func optionalText(_ name: String) throws(Invalid) -> String? {
    guard let option = options.first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is not among the declared options")
    }
    let text: String
    switch (values[name], option.fallback) {
    case (let given?, _): text = given
    case (nil, .value(let fallback)): text = fallback
    case (nil, .absent): return nil
    case (nil, .required): throw Invalid(name, "is missing; \(option.allowed)")
    }
    if let complaint = option.complaint(about: text) { throw Invalid(name, complaint) }
    return text
  }

  package func integer(_ name: String) throws(Invalid) -> Int {
    try parsed(name, Option.integer)
  }

  package func number(_ name: String) throws(Invalid) -> Double {
    try parsed(name) { Double($0) }
  }

  package func duration(_ name: String) throws(Invalid) -> Duration {
    try parsed(name, Option.duration)
  }

  /// Bytes.
  package func size(_ name: String) throws(Invalid) -> Int {
    try parsed(name, Option.size)
  }

  package func boolean(_ name: String) throws(Invalid) -> Bool {
    try parsed(name, Option.boolean)
  }

  package func secret(_ name: String) throws(Invalid) -> Secret {
    guard let secret = secrets[name] else { throw Invalid(name, "is missing") }
    return secret
  }

  package func optionalSecret(_ name: String) -> Secret? { secrets[name] }

  /// One of the option's choices, as an enum whose raw values they are.
  package func choice<Choice: RawRepresentable>(
    _ name: String, as: Choice.Type = Choice.self
  ) throws(Invalid) -> Choice where Choice.RawValue == String {
    try parsed(name) { Choice(rawValue: $0) }
  }

  private func parsed<T>(_ name: String, _ parse: (String) -> T?) throws(Invalid) -> T {
    let text = try text(name)
    guard let value = parse(text) else { throw Invalid(name, "is '\(text)'") }
    return value
  }
}
