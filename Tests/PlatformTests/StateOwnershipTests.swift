import Glibc
import Testing

@testable import Platform

@Suite struct StateOwnershipTests {
  private let pi = StateOwnership.User(id: 1000, name: "pi")
  private let nobody = StateOwnership.User(id: 65534, name: "nobody")
  private let nameless = StateOwnership.User(id: 4711, name: nil)

  private func sentence(
    _ agent: StateOwnership.User, _ obstacle: StateOwnership.Obstacle
  ) -> String {
    StateOwnership(path: "/x", agent: agent, obstacle: obstacle).sentence
  }

  @Test func aFolderOfAnotherUserIsNamedWithBothAndAWayOut() {
    #expect(
      sentence(nobody, .folder(owner: pi, mode: 0o755))
        == "the state directory /x belongs to pi (uid 1000) and this agent runs as nobody "
        + "(uid 65534), which may not write there: run it as pi, or give it another "
        + "state_directory")
    #expect(
      sentence(nameless, .folder(owner: pi, mode: 0o755)).contains("runs as uid 4711, which"))
    #expect(
      sentence(pi, .folder(owner: nameless, mode: 0o755)).contains("run it as uid 4711, or"))
  }

  @Test func ourOwnFolderNeedsAnotherMode() {
    #expect(
      sentence(pi, .folder(owner: pi, mode: 0o500))
        == "the state directory /x belongs to pi (uid 1000), as whom this agent runs, but its mode "
        + "(0500) lets nobody write there: chmod u+rwx /x")
  }

  @Test func oneThatCannotBeMadeNamesWhereItWouldBe() {
    #expect(
      sentence(pi, .missing(parent: "/var/lib", owner: StateOwnership.user(0)))
        == "the state directory /x does not exist, and this agent runs as pi (uid 1000), which may "
        + "not make it in /var/lib, which belongs to root (uid 0): make it and give it to pi, or "
        + "give the agent another state_directory")
    #expect(sentence(pi, .unreachable).contains("may not pass"))
  }

  @Test func usersHaveTheirNamesFromTheSystem() {
    #expect(StateOwnership.user(0).description == "root (uid 0)")
    #expect(StateOwnership.user(4_294_000_001).description == "uid 4294000001")
  }

  @Test func ourOwnFoldersAreNoObstacle() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/file"
    try DiskFileSystem().replace(file, with: [1], durable: false)
    #expect(
      StateOwnership.obstacle(among: [
        folder.path, folder.path + "/to/be/made", file, file + "/below",
      ]) == nil)
  }

  /// The superuser is refused nothing.
  @Test(.enabled(if: geteuid() != 0)) func ourOwnFolderMayBeClosedToUs() throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o500)
    let found = StateOwnership.obstacle(among: ["/", folder.path])
    #expect(found?.path == "/")
    #expect(StateOwnership.obstacle(among: [folder.path])?.path == folder.path)
    let below = StateOwnership.obstacle(among: [folder.path + "/a/b"])
    #expect(
      below?.obstacle
        == .missing(parent: folder.path, owner: StateOwnership.user(geteuid())))
  }
}
