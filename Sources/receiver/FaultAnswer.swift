/// The answers of faults that are no errors.
enum FaultAnswer {
  /// Stands where no answer will be sent.
  static let none = Answer(0)

  /// A page as a captive portal or a broken proxy sends it, with a status that looks like success.
  static let garbage = Answer(
    200, type: "text/html",
    body: Array("<html><body>Welcome! Please sign in to use this network.</body></html>".utf8))
}
