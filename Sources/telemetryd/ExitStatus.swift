import ArgumentParser

/// Exit codes of sysexits.h, as scripts and systemd read them.
enum ExitStatus {
  typealias Code = ExitCode

  static let sensorFailed = ExitCode(1)
  static let usage = ExitCode(64)
  static let badData = ExitCode(65)
  static let unavailable = ExitCode(69)
  static let software = ExitCode(70)
  static let cannotCreate = ExitCode(73)
  static let inputOutput = ExitCode(74)
  static let notPermitted = ExitCode(77)
  static let configuration = ExitCode(78)
}
