// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built in Swift 6 mode, and a warning fails the build.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A C library's shim: the only places, with Platform, where C is seen.
func shim(_ name: String, links libraries: [String] = []) -> Target {
  .target(name: name, linkerSettings: libraries.map { .linkedLibrary($0) })
}

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// Tests read their fixtures beside themselves.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: fixtures ? ["Fixtures"] : [],
    swiftSettings: strict)
}

let package = Package(
  name: "telemetryd",
  products: [
    .executable(name: "telemetryd", targets: ["telemetryd"]),
    .executable(name: "receiver", targets: ["receiver"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
  ],
  targets: [
    shim("CGPIO", links: ["gpiod"]),
    shim("CLinux"),
    shim("CCurl", links: ["curl"]),
    shim("CCrypto", links: ["crypto"]),
    shim("CZlib", links: ["z"]),

    library("TelemetryModel"),
    library("SensorDrivers", ["TelemetryModel"]),
    library("EventBuffer", ["TelemetryModel"]),
    library("Uplinks", ["TelemetryModel"]),
    library("Configuration", ["TelemetryModel", "SensorDrivers", "EventBuffer", "Uplinks"]),
    library(
      "Platform",
      [
        "TelemetryModel", "SensorDrivers", "EventBuffer", "Uplinks",
        "CGPIO", "CLinux", "CCurl", "CCrypto", "CZlib",
      ]),

    .executableTarget(
      name: "telemetryd",
      dependencies: [
        "TelemetryModel", "SensorDrivers", "EventBuffer", "Uplinks", "Configuration", "Platform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    .executableTarget(
      name: "receiver",
      dependencies: [
        "CCrypto", "CZlib",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["TelemetryModel", "SensorDrivers"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("TidyTests", []),
    tests("TelemetryModelTests", ["TelemetryModel"]),
    tests(
      "SensorDriversTests", ["TelemetryModel", "SensorDrivers", "TestSupport"],
      fixtures: true),
    tests("EventBufferTests", ["EventBuffer", "TelemetryModel"]),
    tests(
      "UplinksTests", ["TelemetryModel", "Uplinks", "Platform"], fixtures: true),
    tests(
      "ConfigurationTests",
      [
        "Configuration", "TelemetryModel", "SensorDrivers", "EventBuffer", "Uplinks",
        "TestSupport",
      ],
      fixtures: true),
    tests(
      "telemetrydTests",
      [
        "telemetryd", "TelemetryModel", "EventBuffer", "SensorDrivers", "Platform", "Uplinks",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "receiverTests",
      [
        "receiver",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], fixtures: true),
    tests(
      "PlatformTests",
      ["TelemetryModel", "SensorDrivers", "EventBuffer", "Uplinks", "Platform", "CLinux"]),
  ]
)

// Fuzz targets, for scripts/fuzz alone: they link only with libFuzzer.
if Context.environment["TELEMETRYD_FUZZ"] == "1" {
  let folder = "Tests/Fuzzing/"

  func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
      name: name, dependencies: dependencies, path: folder + name, swiftSettings: strict)
  }

  func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
      name: name, dependencies: ["FuzzSupport", "TelemetryModel"] + dependencies,
      path: folder + name, swiftSettings: strict)
  }

  package.targets += [
    .target(name: "CFuzzer", path: folder + "CFuzzer"),
    support("FuzzSupport", ["CFuzzer", "EventBuffer"]),
    support("FuzzServices", ["FuzzSupport", "TelemetryModel", "Uplinks"]),
    fuzz("FuzzSegment", ["EventBuffer"]),
    fuzz("FuzzSpool", ["EventBuffer", "FuzzServices"]),
    fuzz("FuzzCursor", ["EventBuffer"]),
    fuzz("FuzzJSON", []),
    fuzz("FuzzLines", ["SensorDrivers", "TestSupport"]),
    fuzz("FuzzKinesis", ["Uplinks", "FuzzServices"]),
    fuzz("FuzzInitialState", ["Uplinks", "FuzzServices"]),
    fuzz("FuzzCredentials", ["Uplinks", "FuzzServices"]),
    fuzz("FuzzKPL", ["Uplinks"]),
    fuzz("FuzzShards", ["Uplinks"]),
    fuzz("FuzzProfileFile", ["Uplinks"]),
    fuzz(
      "FuzzIni",
      [
        "Configuration", "EventBuffer", "SensorDrivers", "Uplinks", "FuzzServices", "TestSupport",
      ]),
  ]
}
