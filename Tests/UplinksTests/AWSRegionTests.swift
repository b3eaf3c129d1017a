import Testing

@testable import Uplinks

@Suite struct AWSRegionTests {
  @Test(arguments: [
    ("eu-west-1", "aws"), ("us-east-1", "aws"), ("cn-northwest-1", "aws-cn"),
    ("us-gov-east-1", "aws-us-gov"), ("eusc-de-east-1", "aws-eusc"), ("il-central-1", "aws"),
  ])
  func aRegionBelongsToACloud(name: String, partition: String) throws {
    let region = try #require(AWSRegion(name))
    #expect(region.name == name)
    #expect(region.partition.name == partition)
  }

  @Test(arguments: [
    "", "EU-WEST-1", "eu west 1", "eu-west-1.example", "eu_west_1", "é",
    String(repeating: "a", count: 64),
  ])
  func whatCannotBePartOfAHostIsNoRegion(name: String) {
    #expect(AWSRegion(name) == nil)
  }
}
