import Storage
import Testing

/// Programs that are given something to read.
struct SpawningInputTests {
    private static func run(
        _ script: String, _ input: String = "", environment: [String] = [],
        limit: Int = 1 << 16, time: Duration = .seconds(30)
    ) throws -> ToolResult {
        try Spawning.run(
            "/bin/sh", ["-c", script], input: Array(input.utf8), environment: environment,
            outputLimit: limit, time: time)
    }

    @Test("a program reads what it is given, and both of its streams are kept")
    func reads() throws {
        let result = try Self.run("cat; echo more >&2; exit 3", "one\n")
        #expect(result.code == 3)
        #expect(result.message == "one\nmore")
    }

    @Test("one that reads nothing hinders nobody, however much it was given")
    func ignores() throws {
        #expect(try Self.run("exit 0", String(repeating: "x", count: 1 << 20)).code == 0)
    }

    @Test("it has the environment that was said, and no other")
    func environment() throws {
        let result = try Self.run("/usr/bin/env", environment: ["LANG=C.UTF-8"])
        let names = result.message.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        // The shell adds the others.
        #expect(Set(names).isSubset(of: ["PATH", "LANG", "PWD", "_", "SHLVL", "OLDPWD"]))
        #expect(names.contains("LANG"))
    }

    @Test("one that prints too much, or takes too long, is ended")
    func limits() {
        #expect(throws: StorageError.tooLarge(what: "what /bin/sh prints", limit: 65_536)) {
            try Self.run("while :; do echo 0123456789; done")
        }
        #expect(throws: StorageError.timedOut(what: "/bin/sh", limit: .milliseconds(300))) {
            try Self.run("sleep 1000.7", time: .milliseconds(300))
        }
    }
}
