/// The version of this build, as `--version` and the User-Agent header say it.
enum Version {
  static let text = "0.1.0"
  static let userAgent = "telemetryd/\(text)"
}
