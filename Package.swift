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

func tests(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
  name: "telemetryd",
  products: [
    .executable(name: "telemetryd", targets: ["telemetryd"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
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

    .target(
      name: "TestSupport", dependencies: ["TelemetryModel", "SensorDrivers"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("TelemetryModelTests", ["TelemetryModel"]),
    tests(
      "SensorDriversTests", ["TelemetryModel", "SensorDrivers", "TestSupport"],
      resources: [.copy("Fixtures")]),
    tests("EventBufferTests", ["EventBuffer", "TelemetryModel"]),
    tests(
      "UplinksTests", ["TelemetryModel", "Uplinks", "Platform"], resources: [.copy("Fixtures")]),
    tests(
      "ConfigurationTests",
      ["Configuration", "TelemetryModel", "SensorDrivers", "EventBuffer", "Uplinks"],
      resources: [.copy("Fixtures")]),
    tests(
      "PlatformTests", ["TelemetryModel", "SensorDrivers", "Uplinks", "Platform", "CLinux"]),
  ]
)
