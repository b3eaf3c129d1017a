import ArgumentParser

struct KinesisCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kinesis",
    abstract: "Make, look at and remove data streams, and put records into them.",
    discussion: """
      Region, endpoint and credentials are those of an uplink of the ini: with --uplink, of that \
      one; with --config alone, of its only Kinesis uplink. Else the region is that of --region, \
      AWS_REGION, AWS_DEFAULT_REGION or --profile, and only where none of them says it, all comes \
      from \(ConfigurationFile.defaultPath). Keys come from --profile, the ini or the \
      environment, never from the command line.

      Ends with 65 when the service takes no such data, 69 when it is not available or has no \
      such stream, 77 when it refuses the credentials or the permission.
      """,
    subcommands: [
      CreateStreamCommand.self, DeleteStreamCommand.self, ListStreamsCommand.self,
      DescribeStreamCommand.self, ShardsCommand.self, PutCommand.self,
    ])
}
