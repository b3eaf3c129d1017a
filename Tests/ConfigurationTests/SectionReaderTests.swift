import TelemetryModel
import Testing

@testable import Configuration

@Suite struct SectionReaderTests {
  @Test func aKeyOfAnotherSectionIsSentHome() {
    #expect(
      complaints(minimal + "[spool]\nflush_interval = 1s\n") == [
        "t.ini:8: spool.flush_interval: is not known here; allowed: drain, limit, "
          + "segment, sync, when_full (it belongs in [buffer])"
      ])
  }

  @Test(arguments: [
    ("capacity = 500 ; events", " (a comment needs its own line)"),
    ("capacity = 500\t# events", " (a comment needs its own line)"),
    ("capacity = \"500\"", " (write it without quotes)"),
    ("capacity = '500'", " (write it without quotes)"),
    ("capacity = \"", ""),
    ("durability = memroy", " (did you mean 'memory'?)"),
  ])
  func commonSlipsAreExplained(line: String, hint: String) {
    let mistakes = complaints(minimal + "[buffer]\n\(line)\n")
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.hasSuffix(hint) == true)
    #expect(mistakes.first?.contains("(") == !hint.isEmpty)
  }

  @Test func aVariableMayBeAWholeValue() throws {
    let context = context(environment: ["STATE": "/srv/state", "N": "200"])
    let text = minimal + "[telemetryd]\nstate_directory = ${STATE}\n[buffer]\ncapacity = ${N}\n"
    let configuration = try load(text, in: context)
    #expect(configuration.stateDirectory == "/srv/state")
    #expect(configuration.uplinks.first?.capacity == 200)
  }

  @Test(arguments: [
    ("${GONE}", "wants the environment variable GONE, which is not set"),
    ("${}", "names no environment variable; allowed: ${VARIABLE}, of letters, digits and _"),
    ("${1}", "names no environment variable; allowed: ${VARIABLE}, of letters, digits and _"),
    ("/srv/${STATE}", "holds ${ within a text; allowed: ${VARIABLE} as the whole value"),
    ("${EMPTY}", "holds what cannot stand here; allowed: any text but an empty one"),
  ])
  func aVariableThatGivesNothingIsAMistake(value: String, complaint: String) {
    let context = context(environment: ["STATE": "/srv", "EMPTY": ""])
    #expect(
      complaints(minimal + "[telemetryd]\nstate_directory = \(value)\n", in: context) == [
        "t.ini:8: telemetryd.state_directory: \(complaint)"
      ])
  }

  @Test func aVariablesContentIsNotShown() {
    let context = context(environment: ["KEY": "wJalrXUtnFEMI"])
    let mistakes = complaints(minimal + "[buffer]\ncapacity = ${KEY}\n", in: context)
    #expect(
      mistakes == [
        "t.ini:8: buffer.capacity: holds what cannot stand here; "
          + "allowed: a whole number from 100 to 1000000"
      ])
  }

  @Test func aLongWrongValueIsNotRepeated() {
    let value = String(repeating: "9", count: 5000)
    let mistakes = complaints(minimal + "[buffer]\ncapacity = \(value)\n")
    #expect(mistakes.first?.utf8.count ?? .max < 200)
  }

  @Test func anEmptyValueIsAMistake() {
    #expect(
      complaints(minimal + "[telemetryd]\ndevice =\n") == [
        "t.ini:8: telemetryd.device: is empty; allowed: any text but an empty one"
      ])
  }
}
