import CFuzzer
import Glibc

/// What takes an input. Set once, before libFuzzer begins, on the only thread.
nonisolated(unsafe) private var target: ([UInt8]) -> Void = { _ in }

/// Hands the process over to libFuzzer, which calls `body` with each input that it invents. One on
/// which `body` traps, or `demand`s in vain, is written to a file and ends the run.
package func fuzz(_ body: @escaping ([UInt8]) -> Void) -> Never {
  target = body
  var count = CommandLine.argc
  var arguments = Optional(CommandLine.unsafeArgv)
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) { start, count in
      target(Array(UnsafeBufferPointer(start: start, count: count)))
      return 0
    })
}

/// Ends the run where what must hold for every input does not hold for this one.
package func demand(_ holds: Bool, _ what: @autoclosure () -> String) {
  guard !holds else { return }
  let line = "DEMAND: \(what())\n"
  _ = line.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
  abort()
}

/// An input that is several things: parts that the byte 0xFF separates, which UTF-8 never holds.
package func parts(of bytes: [UInt8], atMost limit: Int) -> [[UInt8]] {
  bytes.split(separator: 0xFF, maxSplits: limit - 1, omittingEmptySubsequences: false)
    .map(Array.init)
}
