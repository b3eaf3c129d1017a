import Glibc

/// SIGTERM and SIGINT, as something to wait for. It must be made before any thread is started:
/// threads inherit that these signals are blocked.
struct StopSignals {
  private var signals = sigset_t()

  init() {
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    // A reader of standard output that went away is no reason to stop.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Returns when one of them comes.
  func wait() {
    var signals = signals
    var number: Int32 = 0
    while sigwait(&signals, &number) != 0 {}
  }
}
