import ArgumentParser
import Configuration
import Platform
import TelemetryModel

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Ask the running agent how it is doing.")

  @OptionGroup var file: ConfigurationFile
  @ArgumentParser.Flag(help: "One JSON object, for machines.") var json = false

  func run() throws {
    let path = try file.load(for: .control).controlSocket
    let answer: [UInt8]
    do throws(ControlSocket.Failed) { answer = try ControlSocket.ask("status", at: path) } catch {
      Console.error("telemetryd: is the agent running? \(error.reason)")
      throw error.isNotPermitted ? ExitStatus.notPermitted : ExitStatus.unavailable
    }
    guard !json else {
      Machine.write(String(decoding: answer, as: UTF8.self), to: 1)
      return
    }
    guard let status = JSONValue(answer).flatMap(StatusAnswer.init) else {
      Console.error("telemetryd: the agent gave an answer that cannot be read")
      throw ExitStatus.software
    }
    Console.out(status.text)
  }
}
