import CLinux
import Glibc
import Storage
import TestSupport
import Testing

/// Tools of the machine: what they say, how they end, and that none is waited for for ever.
struct SpawningTests {
    @Test("a tool's code and complaints")
    func run() throws {
        let result = try Spawning.run("/bin/sh", ["-c", "echo no >&2; exit 3"])
        #expect(result.code == 3)
        #expect(result.message == "no")
    }

    @Test(
        "of complaints without end the first lines are kept, each whole: half may be half a secret",
        arguments: [
            ("one line more", "yes secret", 65_536 / 7 * 7 - 1),
            ("one line that fills it", "echo first; printf '%065531d' 0", 5),
            ("exactly what there is room for", "echo first; printf '%065530d' 0", 65_536),
        ])
    func complains(fact: String, script: String, count: Int) throws {
        let words = ["-c", "{ \(script); } 2>/dev/null | head -c 200000 >&2; exit 3"]
        for result in [
            try Spawning.run("/bin/sh", words),
            try Spawning.capture("/bin/sh", words, limit: 100).result,
        ] {
            #expect(result.code == 3)
            #expect(result.message.utf8.count == count, "\(fact)")
        }
    }

    @Test("a complaint of one line without end is told by its size")
    func complainsWithoutEnd() throws {
        let result = try Spawning.run("/bin/sh", ["-c", "head -c 65537 /dev/zero >&2"])
        #expect(result.message == "a line of more than 65536 bytes")
    }

    @Test("what a tool prints, and complaints beside it")
    func capture() throws {
        let (result, output) = try Spawning.capture(
            "/bin/sh", ["-c", "printf yes; echo no >&2"], limit: 100)
        #expect(result.code == 0)
        #expect(result.message == "no")
        #expect(output == Array("yes".utf8))
    }

    @Test(
        "a tool that does not end is killed, with what it started",
        arguments: [
            "exec sleep 1000.5", "sleep 1000.5", "sleep 1000.5 & exit 0",
            "trap '' TERM INT HUP; sleep 1000.5", "exec 1>&- 2>&-; sleep 1000.5",
            "while true; do echo x; sleep 0.01; done",
        ])
    func hangs(script: String) async throws {
        let start = ContinuousClock.now
        let words = ["-c", "echo $$ >&2; \(script)"]
        #expect(throws: StorageError.timedOut(what: "/bin/sh", limit: .milliseconds(300))) {
            try Spawning.run("/bin/sh", words, limit: .milliseconds(300))
        }
        #expect(throws: StorageError.timedOut(what: "/bin/sh", limit: .milliseconds(300))) {
            try Spawning.capture("/bin/sh", words, limit: 1 << 20, time: .milliseconds(300))
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("a tool that prints too much is killed")
    func printsTooMuch() throws {
        #expect(throws: StorageError.self) {
            try Spawning.capture("/bin/sh", ["-c", "yes"], limit: 1 << 20)
        }
    }

    @Test("tools have the usual mask for new files, whatever ours is")
    func mask() throws {
        let (_, output) = try Spawning.capture("/bin/sh", ["-c", "umask"], limit: 100)
        #expect(output == Array("0022\n".utf8))
    }
}
