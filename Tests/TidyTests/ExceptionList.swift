/// Source files without a test file of their name: where they are tested, or why they need none.
enum ExceptionList {
  static let all: [String: String] = [
    "Sources/Configuration/Configuration.swift":
      "tested through ConfigurationReader",
    "Sources/Configuration/ConfigurationContext.swift":
      "tested through ConfigurationReader",
    "Sources/Configuration/GeneralOptions.swift":
      "tested through ConfigurationReader",
    "Sources/Configuration/IniParser.swift":
      "tested through ConfigurationReader",
    "Sources/EventBuffer/EventBuffer+Lane.swift":
      "tested by EventBufferTests and UplinkLaneTests",
    "Sources/EventBuffer/EventBuffer+Disk.swift": "tested by DiskLoopTests and GapTellingTests",
    "Sources/EventBuffer/EventBuffer+Spilling.swift": "tested by EventBufferTests",
    "Sources/EventBuffer/LiveRecord.swift": "a seam; SharedRecordTests",
    "Sources/EventBuffer/Loss.swift": "a value; tested with those that use it",
    "Sources/EventBuffer/SendingClock.swift": "a door to LaneClock; tested end to end",
    "Sources/EventBuffer/SendingOutcome.swift": "a value; tested through UplinkLane",
    "Sources/EventBuffer/SpillStore+Appending.swift": "tested by SpillStoreTests",
    "Sources/EventBuffer/SpillStore+Finishing.swift": "tested by SpillStoreTests",
    "Sources/EventBuffer/FileSystem.swift":
      "a seam; DiskFileSystemTests",
    "Sources/Platform/DatagramInput.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/FollowedFile.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/GPIOChips.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/HardwareErrors.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/LinuxFiles.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/LinuxI2CBus.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/LinuxSignal.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/LinuxLines.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/SignalWatch.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/SystemCall.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/Platform/Terminal.swift":
      "a thin shell; tested by the spool's commands, end to end",
    "Sources/Platform/Ownership.swift":
      "a thin shell; tested by the spool's commands, end to end",
    "Sources/Platform/Zlib.swift":
      "a thin shell; tested on hardware or by its callers",
    "Sources/SensorDrivers/ConfiguredSensor.swift":
      "tested through SensorLoop and the drivers",
    "Sources/SensorDrivers/EdgeGaps.swift":
      "tested through Line and Pulse",
    "Sources/SensorDrivers/LevelChange.swift":
      "tested through Line",
    "Sources/SensorDrivers/LineOptions.swift":
      "tested through Line",
    "Sources/SensorDrivers/PulseCounter.swift":
      "tested through Pulse",
    "Sources/SensorDrivers/PulseTotal.swift":
      "tested through Pulse",
    "Sources/SensorDrivers/DHTWire.swift":
      "tested through DHT22",
    "Sources/SensorDrivers/SignalSteps.swift":
      "tested through DHT22 and HCSR04",
    "Sources/SensorDrivers/Hardware.swift":
      "tested through SensorLoop and the drivers",
    "Sources/Platform/NamedLines.swift": "needs GPIO chips: tested by scan in the hardware test",
    "Sources/SensorDrivers/ConditioningChannel.swift": "tested through Conditioning",
    "Sources/SensorDrivers/LSM9DS1Registers.swift": "tested through LSM9DS1",
    "Sources/SensorDrivers/SplitMix64.swift": "tested through Simulated",
    "Sources/SensorDrivers/LineParser.swift":
      "tested through SensorLoop and the drivers",
    "Sources/SensorDrivers/SensorDriver.swift":
      "tested through SensorLoop and the drivers",
    "Sources/SensorDrivers/SensorRounds.swift":
      "tested through SensorLoop and the drivers",
    "Sources/SensorDrivers/SensorStatus.swift":
      "tested through SensorLoop and the drivers",
    "Sources/SensorDrivers/System.swift":
      "tested through SensorLoop and the drivers",
    "Sources/TelemetryModel/Batch.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Diagnostic.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/JSONReader.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/JSONWriter.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Option.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Origin.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Secret.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/SensorEvent.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Settings.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Timestamp.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Uplink.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Value.swift":
      "a value; tested with those that use it",
    "Sources/TelemetryModel/Waiter.swift":
      "a value; tested with those that use it",
    "Sources/Uplinks/AWS/AWSCredentials.swift":
      "tested through its uplink",
    "Sources/Uplinks/AWS/AWSError.swift":
      "tested through its uplink",
    "Sources/Uplinks/AWS/CanonicalRequest.swift":
      "tested through its uplink",
    "Sources/Uplinks/AWS/CredentialEndpoint.swift":
      "tested with the sources that ask one",
    "Sources/Uplinks/AWS/CredentialSource.swift":
      "a seam; tested with its sources",
    "Sources/Uplinks/AWS/CredentialState.swift":
      "tested through its keeper",
    "Sources/Uplinks/AWS/Hexadecimal.swift":
      "tested through its uplink",
    "Sources/Uplinks/ConfiguredUplink.swift":
      "tested through its uplink",
    "Sources/Uplinks/Delivery.swift":
      "tested through its uplink",
    "Sources/Uplinks/HTTP/Redaction.swift":
      "tested through its uplink",
    "Sources/Uplinks/HTTP/RetryAfter.swift":
      "tested through its uplink",
    "Sources/Uplinks/HTTP/ServiceAddress.swift":
      "tested through its uplink",
    "Sources/Uplinks/HTTP/TransportSettings.swift":
      "tested through its uplink",
    "Sources/Uplinks/UplinkServices.swift":
      "a seam; tested through its uplinks",
    "Sources/Uplinks/InitialState/Bucket.swift":
      "tested through its uplink",
    "Sources/Uplinks/InitialState/CallPace.swift":
      "tested through its uplink",
    "Sources/Uplinks/InitialState/EventsRequest.swift":
      "tested through its uplink",
    "Sources/Uplinks/InitialState/InitialStateAnswer.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/AnswerPage.swift":
      "tested with the lists that it is a page of",
    "Sources/Uplinks/Kinesis/BatchKeys.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/KinesisClient.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/KinesisFailure.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/KinesisFault.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/KinesisRecord.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/PutRecordsAnswer.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/PutRecordsEntry.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/PutRecordsRequest.swift":
      "tested through its uplink",
    "Sources/Uplinks/Kinesis/RequestPacking.swift":
      "tested through its uplink",
    "Sources/Uplinks/UplinkCatalog.swift":
      "tested through its uplink",
    "Sources/TelemetryModel/NumberScan.swift":
      "tested through JSONReader",
    "Sources/Platform/KeptPlace.swift":
      "tested through LinuxInput",
    "Sources/Platform/CurlTransfer.swift":
      "tested through CurlTransport",
    "Sources/Platform/CurlFailure.swift":
      "tested through CurlTransport",
    "Sources/Platform/CurlAnswer.swift":
      "tested through CurlTransport",
    "Sources/telemetryd/Telemetryd.swift":
      "the entry point",
    "Sources/telemetryd/ConfigurationFile.swift":
      "tested end to end",
    "Sources/telemetryd/Console.swift":
      "two calls",
    "Sources/telemetryd/ExitStatus.swift":
      "constants, tested end to end",
    "Sources/telemetryd/JournalLogHandler.swift":
      "tested end to end",
    "Sources/telemetryd/TerminalLine.swift":
      "draws on a terminal; tested end to end",
    "Sources/telemetryd/Version.swift":
      "a constant",
    "Sources/telemetryd/Question.swift":
      "asks at a terminal; tested end to end",
    "Sources/telemetryd/Status/StatusAnswer.swift":
      "tested through StatusReport",
    "Sources/telemetryd/Status/TextTable.swift":
      "tested through StatusReport",
  ]
}
