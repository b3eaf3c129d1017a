import SensorDrivers
import Testing

@Suite struct WindowAggregateTests {
  @Test func givesEachFunctionOfAFullWindow() {
    var window = WindowAggregate([.mean, .min, .max, .last, .count], length: 3)
    let results = [-1.0, 4, 3, 7, 7, 7].map { window.take($0) }
    #expect(results == [nil, nil, [2, -1, 4, 3, 3], nil, nil, [7, 7, 7, 7, 3]])
  }

  @Test func givesWhatAnUnfilledWindowHoldsOnce() {
    var window = WindowAggregate([.mean, .count], length: 10)
    let before = window.finish()
    _ = window.take(2)
    _ = window.take(3)
    let after = [window.finish(), window.finish()]
    #expect(before == nil)
    #expect(after == [[2.5, 2], nil])
  }

  @Test func ofOneReadingIsThatReading() {
    var window = WindowAggregate([.max], length: 1)
    let results = [window.take(5), window.take(4)]
    #expect(results == [[5], [4]])
  }
}
