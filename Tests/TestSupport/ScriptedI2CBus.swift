package import SensorDrivers

/// An I2C bus that expects exactly the transfers of its script, in order, and answers as it says.
/// A transfer that is not next in the script fails, and stays to be seen in `surprises`.
package final class ScriptedI2CBus: I2CBus {
  package struct Transfer {
    let address: UInt8
    let write: [UInt8]
    let readCount: Int
    let result: Result<[UInt8], HardwareError>

    /// - Parameter reply: as many bytes as the driver is to ask for.
    package init(to address: UInt8, write: [UInt8], reply: [UInt8] = []) {
      self.init(address, write, reply.count, .success(reply))
    }

    package init(to address: UInt8, write: [UInt8], readCount: Int = 0, error: HardwareError) {
      self.init(address, write, readCount, .failure(error))
    }

    private init(
      _ address: UInt8, _ write: [UInt8], _ readCount: Int,
      _ result: Result<[UInt8], HardwareError>
    ) {
      self.address = address
      self.write = write
      self.readCount = readCount
      self.result = result
    }
  }

  private var script: ArraySlice<Transfer>
  /// Transfers that were asked for against the script.
  package private(set) var surprises: [String] = []

  package init(_ script: [Transfer] = []) { self.script = script[...] }

  /// True when all of the script has happened and nothing else.
  package var isDone: Bool { script.isEmpty && surprises.isEmpty }

  /// Adds to the end of the script.
  package func expect(_ transfers: [Transfer]) { script += transfers }

  package func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    guard let next = script.first, next.address == address, next.write == write,
      next.readCount == readCount
    else {
      let expected = script.first.map { "\($0.address): \($0.write), \($0.readCount)" } ?? "nothing"
      let surprise = "\(address): \(write), \(readCount); the script has \(expected)"
      surprises.append(surprise)
      throw HardwareError(.other, "not in the script: " + surprise)
    }
    script.removeFirst()
    return try next.result.get()
  }
}
