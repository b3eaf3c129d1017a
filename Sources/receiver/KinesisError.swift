/// A refusal of a whole Kinesis request. The names are the service's own.
struct KinesisError: Error, Equatable {
  let type: String
  let message: String
  var status = 400

  static func validation(_ message: String) -> KinesisError {
    KinesisError(type: "ValidationException", message: message)
  }

  static func argument(_ message: String) -> KinesisError {
    KinesisError(type: "InvalidArgumentException", message: message)
  }

  static func serialization(_ message: String) -> KinesisError {
    KinesisError(type: "SerializationException", message: message)
  }

  static func signature(_ message: String) -> KinesisError {
    KinesisError(type: "InvalidSignatureException", message: message)
  }

  static func noStream(_ name: String) -> KinesisError {
    KinesisError(
      type: "ResourceNotFoundException",
      message: "Stream \(name) under account \(KinesisEndpoint.account) not found.")
  }

  static let unknownOperation = KinesisError(
    type: "UnknownOperationException", message: "The operation is unknown.")

  static let badToken = KinesisError(
    type: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.")

  static let expiredToken = KinesisError(
    type: "ExpiredTokenException",
    message: "The security token included in the request is expired")

  static let noAuthentication = KinesisError(
    type: "MissingAuthenticationTokenException", message: "Missing Authentication Token")

  static let tooLarge = KinesisError(
    type: "RequestEntityTooLargeException", message: "The request is too large.", status: 413)

  var answer: Answer {
    var body: [UInt8] = []
    body.append("{\"__type\":")
    body.appendJSON(type)
    body.append(",\"message\":")
    body.appendJSON(message)
    body.append("}")
    return Answer(status, type: KinesisEndpoint.contentType, body: body)
  }
}
