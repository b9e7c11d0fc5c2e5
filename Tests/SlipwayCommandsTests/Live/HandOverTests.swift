import Domain
import Glibc
import Storage
import Testing

@testable import SlipwayCommands

/// What one process gives another.
struct HandOverTests {
    @Test("secrets and slots arrive as they were given")
    func arrives() throws {
        let secrets = ["TOKEN": Secret("a\n\"b\" \u{1}é"), "EMPTY": Secret("")]
        let file = try GivenRun(secrets: secrets, slots: 7).file()
        let given = try GivenRun(reading: file)
        #expect(given.slots == 7)
        #expect(given.secrets.mapValues { $0.reveal() } == secrets.mapValues { $0.reveal() })
        // It was read to its end.
        #expect(try file.read(10).isEmpty)
    }

    @Test("the file cannot be changed by anybody")
    func sealed() throws {
        let file = try GivenRun(secrets: ["T": Secret("value")], slots: 1).file()
        #expect(throws: StorageError.self) { try file.write(Array("x".utf8)) }
        #expect(throws: StorageError.self) { try file.truncate(to: 0) }
        // No other program inherits it by itself.
        #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC == FD_CLOEXEC)
    }

    @Test(
        "what is no such file is refused",
        arguments: ["", "{}", "[1]", "{\"slots\":0,\"secrets\":{}}"])
    func refuses(text: String) {
        #expect(throws: (any Error).self) { try Self.read(text) }
    }

    private static func read(_ text: String) throws -> GivenRun {
        let path = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-test-")
        defer { do { try Files.removeTree(path) } catch { Issue.record(error) } }
        try Files.writeFile("\(path)/f", text.utf8)
        return try GivenRun(reading: try Files.open("\(path)/f"))
    }
}
