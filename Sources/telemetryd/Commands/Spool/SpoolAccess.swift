import Configuration
import EventBuffer
import Platform

/// Who else works with the state directory.
enum SpoolAccess {
  /// Claims the state directory as the agent does, as long as the lock is held; ends the program
  /// while an agent has it.
  /// - Parameter action: what cannot be done meanwhile, as in "import into its spool".
  /// - Returns: nil where nothing can be locked, and no agent answers.
  static func exclusive(_ configuration: Configuration, to action: String) throws -> StateLock? {
    let state = configuration.stateDirectory
    do throws(StateLock.Failed) { return try StateLock(stateDirectory: state) } catch {
      if case .notPermitted = error {
        Console.error("telemetryd: \(error.sentence(state))")
        throw ExitStatus.notPermitted
      }
      let isHeld = if case .held = error { true } else { false }
      if try isHeld || isAgentRunning(configuration) {
        let who = isHeld ? error.sentence(state) : "the agent runs on \(state)"
        Console.error("telemetryd: \(who): stop it first to \(action)")
        throw ExitStatus.unavailable
      }
      return nil
    }
  }

  static func isAgentRunning(_ configuration: Configuration) throws -> Bool {
    do throws(ControlSocket.Failed) {
      _ = try ControlSocket.ask("status", at: configuration.controlSocket)
      return true
    } catch {
      if error.isAbsent { return false }
      Console.error("telemetryd: cannot tell whether the agent runs: \(error.reason)")
      throw error.isNotPermitted ? ExitStatus.notPermitted : ExitStatus.unavailable
    }
  }
}
