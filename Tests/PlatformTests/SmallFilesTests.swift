import Glibc
import Platform
import Testing
import Uplinks

@Suite struct SmallFilesTests {
  @Test func aFileIsReadWhole() throws {
    let folder = try Folder()
    try folder.write("key\n", to: "key")
    #expect(try SmallFiles().read("\(folder.path)/key", limit: 4) == Array("key\n".utf8))
  }

  @Test func aLargerFileThanAllowedIsAnErrorThatNamesIt() throws {
    let folder = try Folder()
    try folder.write("12345", to: "key")
    let error = #expect(throws: FileReadingError.self) {
      try SmallFiles().read("\(folder.path)/key", limit: 4)
    }
    #expect(error?.reason == "read \(folder.path)/key: more than 4 bytes")
    #expect(error?.isMissing == false)
  }

  @Test(arguments: ["none", "key/below"])
  func aFileThatIsNotThereIsMissing(_ name: String) throws {
    let folder = try Folder()
    try folder.write("", to: "key")
    let error = #expect(throws: FileReadingError.self) {
      try SmallFiles().read("\(folder.path)/\(name)", limit: 4)
    }
    #expect(error?.isMissing == true)
    #expect(error?.reason.hasPrefix("read \(folder.path)/\(name): ") == true)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let folder = try Folder()
    #expect(mkfifo("\(folder.path)/pipe", 0o600) == 0)
    for name in [".", "pipe"] {
      let error = #expect(throws: FileReadingError.self) {
        try SmallFiles().read("\(folder.path)/\(name)", limit: 4)
      }
      #expect(error?.reason == "read \(folder.path)/\(name): not a regular file")
    }
  }

  @Test func aFileIsOpenToOthersByItsLastThreeBits() throws {
    let folder = try Folder()
    try folder.write("key", to: "key")
    for (mode, isOpen) in [(0o600, false), (0o640, false), (0o644, true), (0o602, true)] {
      #expect(chmod("\(folder.path)/key", mode_t(mode)) == 0)
      #expect(SmallFiles().isOpenToOthers("\(folder.path)/key") == isOpen)
    }
    #expect(!SmallFiles().isOpenToOthers("\(folder.path)/none"))
  }
}
