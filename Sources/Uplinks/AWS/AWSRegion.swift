/// A region of AWS, and with it the cloud that it belongs to: China, GovCloud and the European
/// Sovereign Cloud are separate ones, with accounts and domains of their own.
///
/// Source: partitions.json of the AWS SDKs.
struct AWSRegion: Sendable, Equatable {
  /// As in `region = eu-west-1`.
  let name: String
  let partition: Partition

  struct Partition: Sendable, Equatable {
    /// As an ARN begins: `arn:aws-cn:...`.
    let name: String
    /// What the names of its regions begin with.
    let regionPrefix: String
    /// Where its services listen on IPv4.
    let domain: String
    /// Where they listen on IPv6 as well.
    let dualStackDomain: String
  }

  /// nil when no region can have this name.
  init?(_ name: String) {
    guard Self.isName(name) else { return nil }
    self.name = name
    partition = Self.others.first { name.hasPrefix($0.regionPrefix) } ?? Self.ordinary
  }

  /// Part of a host's name: 63 bytes at most.
  private static func isName(_ name: String) -> Bool {
    (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  /// Of all regions that no other partition claims.
  private static let ordinary = Partition(
    name: "aws", regionPrefix: "", domain: "amazonaws.com", dualStackDomain: "api.aws")

  private static let others = [
    Partition(
      name: "aws-cn", regionPrefix: "cn-", domain: "amazonaws.com.cn",
      dualStackDomain: "api.amazonwebservices.com.cn"),
    Partition(
      name: "aws-us-gov", regionPrefix: "us-gov-", domain: "amazonaws.com",
      dualStackDomain: "api.aws"),
    Partition(
      name: "aws-eusc", regionPrefix: "eusc-", domain: "amazonaws.eu",
      dualStackDomain: "api.amazonwebservices.eu"),
  ]
}
