package import TelemetryModel

/// Every uplink there is: `kind = ...` in the ini names one of these.
package enum UplinkCatalog {
  package static let all: [any ConfiguredUplink.Type] = [InitialState.self, Kinesis.self]

  /// What each uplink's section takes beside its own options, for the way to the network.
  package static let commonOptions = TransportSettings.options
}
