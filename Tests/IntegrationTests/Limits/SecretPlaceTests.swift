import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Where a secret lies while its job runs, and that it is gone afterwards.
struct SecretPlaceTests {
    /// Of this test alone: others may look for theirs at the same time.
    private let value = "hidden-value-\(UInt64.random(in: .min ... .max))"

    private static let flow = Flow.script(
        """
        test "$T_TOKEN" = "$(cat /slipway/secrets/K)"
        stat -c '%a %u' /slipway/secrets/K
        grep ' /slipway/secrets ' /proc/self/mounts | cut -d' ' -f3,4
        echo ready
        \(MeaningTests.untilTold)
        """,
        job: """
            inputs: {T_TOKEN: "${secrets.TOKEN}"}
            secret-files: {K: secrets.TOKEN}
            user: "1234"
            services:
              beside: {component: busybox, command: [sleep, "3000"], inputs: {T_TOKEN: "${secrets.TOKEN}"}}
            """, file: "secrets: [TOKEN]")

    private func begin(_ home: TestHome) async throws -> Program {
        let program = try home.start(
            ["run", "-o", "json", "--secret", "TOKEN=env:MY_TOKEN", try home.workflow(Self.flow)],
            environment: ["MY_TOKEN": value])
        try await home.wait(for: "ready")
        return program
    }

    /// Files that hold it, by the file system that they are on: `ext4`, `tmpfs`, …
    private func places(_ home: TestHome) async throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        let grep = try await Program.run(
            "/bin/grep", ["-rlaF", "--", value, home.path, try home.runtimePath()])
        // What holds a namespace can be opened and not read.
        let problems = grep.error.split(separator: "\n")
        #expect(problems.allSatisfy { $0.hasSuffix(": Invalid argument") }, "\(grep.error)")
        for path in grep.output.split(separator: "\n").map(String.init) {
            let type = try await Program.run("/usr/bin/stat", ["-f", "-c", "%T", path])
            found[type.output.filter { !$0.isNewline }, default: []].append(path)
        }
        return found
    }

    /// Processes that show it to others: in their words, or in the variables that they began with.
    private func processes(_ home: TestHome, _ file: String) throws -> [Int32] {
        try Files.list("/proc").compactMap(Int32.init).filter { pid in
            do {
                let bytes = try Files.readFile("/proc/\(pid)/\(file)", limit: 1 << 20)
                return String(decoding: bytes, as: UTF8.self).contains(value)
            } catch {
                // It ended meanwhile.
                return false
            }
        }
    }

    @Test("while the job runs: in memory, never on a disk, and in no process but the job's own")
    func places() async throws {
        try await TestHome.busy { home in
            let program = try await begin(home)
            let places = try await places(home)
            #expect(Set(places.keys) == ["tmpfs"], "\(places)")
            let elsewhere = (places["tmpfs"] ?? []).filter { !$0.contains("/private/") }
            #expect(elsewhere.isEmpty, "\(elsewhere)")
            for path in (places["tmpfs"] ?? []) {
                let status = try #require(try Files.status(path))
                #expect(status.mode & 0o077 == 0, "\(path)")
            }
            #expect(try processes(home, "cmdline").isEmpty)
            let monitors = try home.monitors()
            #expect(monitors.count == 2)
            let told = try processes(home, "environ")
            #expect(told.allSatisfy { !monitors.contains($0) })
            let lines = try await home.logLines()
            #expect(lines.contains { $0.hasSuffix(" 400 1234") }, "\(lines)")
            #expect(
                lines.contains { $0.contains(" tmpfs ro,nosuid,nodev,noexec") }, "\(lines)")
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            #expect(try await program.wait().code == 7)
            try await home.expectNothingLeftSoon()
            #expect(try await home.files(containing: value).isEmpty)
        }
    }

    @Test("killed with -9 and swept, nothing of it is anywhere")
    func swept() async throws {
        try await TestHome.busy { home in
            let program = try await begin(home)
            kill(program.pid, SIGKILL)
            _ = try await program.wait()
            #expect(Set(try await places(home).keys) == ["tmpfs"])
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            try await home.expectNothingLeftSoon()
            #expect(try await home.files(containing: value).isEmpty)
            #expect(try processes(home, "cmdline").isEmpty)
        }
    }
}
