import Testing

@testable import receiver

@Suite struct StatusFaultTests {
  private func answer(_ form: StatusFault.Form) -> (type: String?, body: String) {
    let fault = StatusFault(
      code: 400, errorType: "ThrottlingException", message: "a < b", form: form)
    let answer = fault.answer(isKinesis: true)
    #expect(answer.status == 400)
    let type = answer.headers.first { $0.name == "x-amzn-ErrorType" }?.value
    return (type, String(decoding: answer.body, as: UTF8.self))
  }

  @Test func theTypeStandsWhereTheFormSays() {
    #expect(answer(.body) == (nil, #"{"__type":"ThrottlingException","message":"a < b"}"#))
    #expect(answer(.header) == ("ThrottlingException", #"{"message":"a < b"}"#))
    let both = answer(.both)
    #expect(both.type?.hasPrefix("ThrottlingException:http://") == true)
    #expect(both.body.contains("__type"))
    let xml = answer(.xml)
    #expect(xml.type == nil)
    #expect(xml.body.contains("<Code>ThrottlingException</Code><Message>a &lt; b</Message>"))
    #expect(answer(.bare) == (nil, ""))
  }

  @Test func anErrorWithoutATypeHasTheUsualOne() {
    let body = StatusFault(code: 503).answer(isKinesis: true).body
    #expect(
      String(decoding: body, as: UTF8.self)
        == #"{"__type":"ServiceUnavailable","message":"fault: status 503"}"#)
    #expect(StatusFault(code: 204).answer(isKinesis: true).body.isEmpty)
  }
}
