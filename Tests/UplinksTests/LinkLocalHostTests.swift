import Testing

@testable import Uplinks

@Suite struct LinkLocalHostTests {
  @Test(arguments: [
    "localhost", "localhost:8080", "127.0.0.1", "127.255.255.255:1", "169.254.170.2",
    "169.254.169.254", "169.254.170.23", "[::1]", "[::1]:80", "[0:0:0:0:0:0:0:1]",
    "[fe80::1]", "[febf::1]:8080", "[fd00:ec2::23]", "[fd00:ec2::254]",
  ])
  func whatIsOnTheMachineOrItsLinkIsKnown(_ host: String) {
    #expect(LinkLocalHost.contains(host), "\(host)")
  }

  @Test(arguments: [
    "", "example.org", "localhost.example.org", "127.0.0.1.example.org", "169.254.170.2.nip.io",
    "127.1", "0177.0.0.1", "127.0.0.01", "0x7f.0.0.1", "2130706433", "128.0.0.1", "169.255.0.1",
    "169.254.1", "169.254.1.256", "169.254.1.-1", "10.0.0.1", "[::2]", "[::ffff:8.8.8.8]",
    "[fec0::1]", "[fe8::1]", "[fd00:ec2::24]", "[2001:db8::1]", "[]",
  ])
  func whatMayBeFarAwayIsNot(_ host: String) {
    #expect(!LinkLocalHost.contains(host), "\(host)")
  }
}
