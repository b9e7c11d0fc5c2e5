import CLinux
import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// What killed processes of `debug` and `replay` leave on the machine: no table knows their runs.
struct KilledSessionTests {
    /// What is called after an attempt outside the home: control groups and addresses.
    private static func onMachine(_ attempt: String) throws -> [String] {
        let roots =
            ["/sys/fs/cgroup"] + (try Files.list("/sys/fs/cgroup")).map { "/sys/fs/cgroup/\($0)" }
        let groups = roots.map { "\($0)/slipway/\(attempt)" }.filter { Files.exists($0) }
        let folder = "/run/slipway/addresses/slipway"
        guard Files.exists(folder) else { return groups }
        return groups
            + (try Files.list(folder).map { "\(folder)/\($0)" }.filter { path in
                do {
                    let text = try Files.readFile(path, limit: 1000)
                    return String(decoding: text, as: UTF8.self).contains(attempt)
                } catch {
                    // Another run let go of it meanwhile.
                    return false
                }
            })
    }

    /// Kills a session at work in a job with a network; gives its attempt.
    private static func kill(_ home: TestHome) async throws -> String {
        #expect(try await home.run(Flow.script("exit 1", job: "network: bridge")).code == 1)
        let program = try home.start(["debug", "last", "work.it", "--", "sleep", "3141596"])
        let isThere: Bool? = try await eventually {
            try home.processes(running: "sleep", "3141596").isEmpty ? nil : true
        }
        #expect(isThere == true)
        let attempt = try #require(try Files.list("\(home.path)/attempts").first)
        #expect(try Self.onMachine(attempt).contains { $0.hasPrefix("/sys/") })
        #expect(try Self.onMachine(attempt).contains { $0.hasPrefix("/run/") })
        // It belongs to a process that lives: nobody takes it away.
        for words in [["doctor"], ["gc"]] {
            let before = try Self.onMachine(attempt)
            #expect(try await home.slipway(words).code == 0)
            #expect(try Self.onMachine(attempt) == before)
        }
        program.signal(SIGKILL)
        _ = try await program.wait()
        return attempt
    }

    @Test(
        "a sweep takes all of it, also where the attempt itself is gone already",
        arguments: [["doctor"], ["gc"]], [false, true])
    func swept(words: [String], isBare: Bool) async throws {
        try await TestHome.busy { home in
            let attempt = try await Self.kill(home)
            if isBare { try await Self.removeAttempt(attempt, home) }
            #expect(try !Self.onMachine(attempt).isEmpty)
            let result = try await home.slipway(words)
            #expect(result.code == 0, "\(result.error)")
            #expect(!result.error.contains("warning: "), "\(result.error)")
            #expect(try Self.onMachine(attempt) == [])
            let rules = try await Program.run("/usr/sbin/iptables-save", [])
            #expect(rules.code == 0 && !rules.output.contains(attempt), "\(rules.output)")
            try await home.expectNothingLeftSoon()
            // The lock, which told that it was of this home, goes when it has told.
            #expect(try await home.slipway(["gc"]).code == 0)
            #expect(try Files.list("\(home.path)/locks") == [])
        }
    }

    /// As a restart, or a removal that was cut short, leaves it.
    private static func removeAttempt(_ attempt: String, _ home: TestHome) async throws {
        let runtime = try home.runtimePath()
        let ended = try await Program.run(
            "/usr/sbin/runc", ["--root", "\(runtime)/runc", "delete", "--force", attempt])
        #expect(ended.code == 0, "\(ended.error)")
        let mounts = String(
            decoding: try Files.readFile("/proc/mounts", limit: 1 << 24), as: UTF8.self)
        for line in mounts.split(separator: "\n") where line.contains("\(runtime)/") {
            #expect(unsafe slipway_unmount(String(line.split(separator: " ")[1])) == 0)
        }
        try Files.removeTree("\(runtime)/mounts")
        try Files.removeTree("\(home.path)/attempts/\(attempt)")
        // What the runtime would have left, had it been killed.
        let version1 = "/sys/fs/cgroup/pids/slipway"
        let parent = Files.exists(version1) ? version1 : "/sys/fs/cgroup/slipway"
        try Files.makeFolders("\(parent)/\(attempt)")
    }
}
