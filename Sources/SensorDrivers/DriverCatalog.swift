/// All drivers, in the order of the reference. A new one is a line here.
package enum DriverCatalog {
  package static let all: [any SensorDriver.Type] =
    kernel + gpio + i2c + [Lines.self, Simulated.self]

  /// What the kernel tells.
  private static let kernel: [any SensorDriver.Type] = [
    System.self, Thermal.self, Hwmon.self, IIO.self, W1.self,
  ]

  private static let gpio: [any SensorDriver.Type] = [
    Line.self, Pulse.self, DHT22.self, DHT11.self, HCSR04.self,
  ]

  /// Chips on an I2C bus, by what they measure.
  private static let i2c: [any SensorDriver.Type] = [
    // Air.
    BME280.self, BME680.self, BMP280.self, BMP388.self, BMP180.self, MS5611.self, LPS25H.self,
    SHT3x.self, SHT4x.self, HDC302x.self, HTU21D.self, Si7021.self, AHT20.self, AM2320.self,
    HTS221.self,
    SCD4x.self, SCD30.self, SGP30.self, SGP40.self, CCS811.self,
    // Light.
    BH1750.self, VEML7700.self, TSL2561.self,
    // Temperature.
    LM75.self, PCT2075.self, TMP102.self, TMP1075.self, TMP117.self, MCP9808.self, MLX90614.self,
    DS3231.self,
    // Motion.
    MPU6050.self, ADXL345.self, LSM9DS1.self,
    // Voltage, current, power.
    ADS1115.self, ADS1015.self, INA219.self, INA226.self,
  ]

  /// - Parameter kind: as in `driver = bme280`.
  package static func driver(_ kind: String) -> (any SensorDriver.Type)? {
    all.first { $0.kind == kind }
  }
}
