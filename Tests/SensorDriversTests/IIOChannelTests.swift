import Testing

@testable import SensorDrivers

@Suite struct IIOChannelTests {
  private func value(
    _ device: String, _ channel: String, _ raw: Double, scale: Double? = nil
  ) throws -> Double {
    let channel = IIOChannel(kernelName: channel, attribute: scale == nil ? "input" : "raw")
    return try channel.value(raw, scale: scale, offset: nil, device: device)
  }

  @Test func peaksMeansAndQuaternionsAreNoChannels() {
    let files = [
      "in_accel_x_raw", "in_accel_x_peak_raw", "in_voltage0_mean_raw", "in_rot_quaternion_raw",
      "in_accel_x_calibbias", "out_voltage0_raw", "in__raw", "in_voltage0_raw", "in_voltage0_input",
    ]
    let channels = IIOChannel.all(in: files)
    #expect(channels.map(\.file) == ["in_accel_x_raw", "in_voltage0_input"])
  }

  @Test func ownScaleComesBeforeASharedOne() {
    let own = ["in_voltage0_scale", "in_voltage_scale", "scale"]
    let channel = IIOChannel(kernelName: "voltage0", attribute: "raw")
    #expect(channel.file(of: "scale", among: own) == "in_voltage0_scale")
    #expect(channel.file(of: "scale", among: ["in_voltage_scale", "scale"]) == "in_voltage_scale")
    #expect(channel.file(of: "scale", among: ["in_scale"]) == "in_scale")
    #expect(channel.file(of: "scale", among: ["scale"]) == "scale")
    #expect(channel.file(of: "scale", among: ["in_voltage1_scale", "in_temp_scale"]) == nil)
  }

  @Test func rawValueWithoutAScaleIsInTheKernelsUnit() throws {
    let channel = IIOChannel(kernelName: "temp", attribute: "raw")
    #expect(try channel.value(21_500, scale: nil, offset: nil, device: "x") == 21.5)
  }

  /// "41.074000000", "1014.350000000" and "24540" are what Linux 5 shows for a BME680, in a
  /// published example; from 6.10 on the pressure is in kPa as the kernel's rules want.
  @Test func bme680IsReadRightInOldAndNewKernels() throws {
    #expect(try value("bme680", "humidityrelative", 41.074) == 41.074)
    #expect(abs(try value("bme680", "pressure", 1014.35) - 1014.35) < 1e-9)
    #expect(abs(try value("bme680", "pressure", 101.435) - 1014.35) < 1e-9)
    #expect(try value("bme680", "temp", 24540) == 24.54)
    #expect(try value("bme680", "humidityrelative", 41_074) == 41.074)
    #expect(try value("other", "humidityrelative", 41_074) == 41.074)
  }

  /// Before Linux 6.18 its scales gave degrees and percent, not thousandths.
  @Test func hdc3020IsReadRightInOldAndNewKernels() throws {
    for factor in [1.0, 1000] {
      let celsius = try value("hdc3020", "temp", 9700, scale: 175 * factor / 65_536)
      #expect(abs(celsius - 25.90179) < 1e-4)
      let percent = try value("hdc3020", "humidityrelative", 32_768, scale: 100 * factor / 65_536)
      #expect(abs(percent - 50) < 1e-9)
    }
  }

  /// Linux 6.1 with an HTS221 whose registers mean 26.4375 °C and 50.9983 %, and an SGP30 that
  /// measured 4660 ppm: scales, offsets and values that its drivers showed.
  @Test func driversWithUnitsOfTheirOwnAreReadRight() throws {
    let celsius = try value("hts221", "temp", 26.43 / 0.016, scale: 0.016)
    #expect(abs(celsius - 26.43) < 1e-9)
    let percent = try value("hts221", "humidityrelative", 50.8 / -0.003375, scale: -0.003375)
    #expect(abs(percent - 50.8) < 1e-9)
    #expect(abs(try value("hts221", "temp", 1651.875, scale: 16) - 26.43) < 1e-9)
    #expect(abs(try value("sgp30", "concentration_co2", 0.004660) - 4660) < 1e-9)
    #expect(abs(try value("sgp30", "concentration_voc", 0.000054274) - 54.274) < 1e-9)
  }

  @Test func overflowIsBadData() {
    let channel = IIOChannel(kernelName: "pressure", attribute: "raw")
    #expect(throws: DriverError.self) {
      try channel.value(1e300, scale: 1e300, offset: nil, device: "x")
    }
  }
}
