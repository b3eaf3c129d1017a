import Testing

@testable import EventBuffer

@Suite struct RehearsalDiskTests {
  private let real = FakeDisk()

  @Test func changesAreSeenAndDoNotHappen() throws {
    for name in ["a", "b", "c", "d"] { real.put("/f/\(name)", "0123456789") }
    let disk = RehearsalDisk(real)
    try disk.remove("/f/a")
    try disk.rename("/f/b", to: "/f/b.corrupt")
    try disk.truncate("/f/c", to: 4)
    try disk.replace("/f/d", with: [1], durable: true)
    try disk.append(to: "/f/d").write([1, 2])
    try disk.create("/f/e").write([1, 2])

    #expect(try disk.list("/f") == ["c", "d"])
    #expect(throws: FileError.self) { try disk.size("/f/a") }
    #expect(throws: FileError.self) { try disk.read("/f/b", from: 0, count: 1) }
    #expect(try disk.size("/f/c") == 4)
    #expect(try disk.read("/f/c", from: 2, count: 100) == Array("23".utf8))
    #expect(try disk.read("/f/c", from: 9, count: 100) == [])
    #expect(disk.fate("/f/a") == .removed)
    #expect(disk.fate("/f/b") == .renamed("/f/b.corrupt"))
    #expect(disk.fate("/f/d") == .kept)

    #expect(real.files.keys.sorted() == ["/f/a", "/f/b", "/f/c", "/f/d"])
    #expect(real.files.values.allSatisfy { $0.bytes.count == 10 })
  }
}
