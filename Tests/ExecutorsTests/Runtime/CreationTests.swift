import Glibc
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// Tools that hold a start up.
struct CreationTests {
    /// A program in the place of conmon.
    private static func tools(_ script: String, in folder: String) throws -> Tools {
        let path = "\(folder)/conmon"
        try Files.writeFile(path, "#!/bin/sh\n\(script)\n".utf8, mode: 0o755)
        return Tools(runtime: "/bin/true", conmon: path)
    }

    @Test(
        "a conmon that does not answer in time is killed, with the one that it left behind",
        arguments: [
            "exec sleep 1000.25",
            // As conmon does: the one that stays has a session of its own.
            """
            while [ "$1" != --conmon-pidfile ]; do shift; done
            setsid sh -c 'echo $$ >"$0"; sleep 1000.25; : "$1"' "$2" "$2" &
            sleep 1000.25
            """,
        ])
    func hangs(script: String) async throws {
        try await ExecutorHome.with(images: []) { home in
            let request = AttemptFolder(home.id(), home: home.home)
            try request.make()
            let tools = try Self.tools(script, in: home.home.path)
            #expect(throws: StorageError.timedOut(what: tools.conmon, limit: .seconds(3))) {
                try home.executor.create(
                    request, tools, logLimitBytes: 1 << 20, limit: .seconds(3))
            }
            let isGone: Bool? = try await eventually(within: .seconds(5)) {
                let found = try await Program.run("/usr/bin/pgrep", ["-f", "\(request.id)"])
                return found.output.isEmpty ? true : nil
            }
            #expect(isGone == true)
            try request.remove()
        }
    }

    @Test("a conmon that says nothing useful is quoted")
    func babbles() async throws {
        try await ExecutorHome.with(images: []) { home in
            let request = AttemptFolder(home.id(), home: home.home)
            try request.make()
            let tools = try Self.tools("echo nonsense >&3; exit 4", in: home.home.path)
            #expect(
                throws: ExecutorError.runtime("conmon ended with code 4 and said 'nonsense'")
            ) {
                try home.executor.create(request, tools, logLimitBytes: 1 << 20)
            }
            try request.remove()
        }
    }
}
