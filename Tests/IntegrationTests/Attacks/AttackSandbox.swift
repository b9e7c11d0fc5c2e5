import Foundation
import Storage
import TestSupport
import Testing

/// The sandboxes that the attacks are tried in. One more is one more case.
enum AttackSandbox: String, CaseIterable, Sendable {
    case standard, gvisor

    /// gVisor takes the processor's time of several tests: `make attacks` tries all in it, `make test`
    /// the kernel alone (`KernelAttackTests`).
    static let triesAll = ProcessInfo.processInfo.environment["SLIPWAY_ATTACKS"] == "all"
    static let tried = triesAll ? allCases : [.standard]

    /// More keys of a job in it.
    var keys: String { "sandbox: \(rawValue)" }

    /// Whether the job talks to the kernel of this machine itself. Where it does not, what a call
    /// answers is another kernel's affair, and what the machine sees is all that counts.
    var sharesKernel: Bool { self == .standard }
}

/// The program of hostile jobs (`Tests/Attacker`), which needs nothing of an image.
enum Attacker {
    /// Compiles it into a folder, and gives the `start` stage that brings it to each job.
    static func stage(_ home: TestHome) async throws -> String {
        try await stage(in: home.folder)
    }

    static func stage(in place: String) async throws -> String {
        let folder = "\(place)/attacker"
        try Files.makeFolders(folder, mode: 0o755)
        try await build(to: "\(folder)/attacker")
        return Flow.start("source: {path: \(folder)}")
    }

    static func build(to path: String) async throws {
        let sources = "\(Checkout.root)/Tests/Attacker"
        let result = try await Program.run(
            "/bin/sh",
            [
                "-c",
                "exec $(command -v cc || command -v clang) -O1 -Wall -Werror -static -o '\(path)' "
                    + "'\(sources)'/*.c",
            ])
        try #require(result.code == 0, "\(result.error)")
    }
}

/// What of this machine a job might have changed.
struct MachineFacts: Equatable {
    private let facts: [String: String]

    init() async throws {
        var facts: [String: String] = [:]
        for path in [
            "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
            "/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname",
            "/proc/sys/kernel/sysrq", "/sys/kernel/uevent_helper",
            "/proc/sys/kernel/randomize_va_space",
        ] where Files.exists(path) {
            facts[path] = String(
                decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
        }
        // Their names: what stands beside changes with what else goes on.
        for path in ["/proc/modules", "/proc/swaps"] where Files.exists(path) {
            let text = String(decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self)
            facts[path] = text.split(separator: "\n").map { $0.prefix { !$0.isWhitespace } }
                .joined(separator: " ")
        }
        if Files.exists("/proc/sys/fs/binfmt_misc") {
            facts["binfmt_misc"] = try Files.list("/proc/sys/fs/binfmt_misc").sorted()
                .joined(separator: " ")
        }
        let agents = try await Program.run(
            "/bin/sh", ["-c", "head -n 1 /sys/fs/cgroup/*/release_agent 2>/dev/null; true"])
        facts["release_agent"] = agents.output
        let runtime = try await Program.run(
            "/bin/sh", ["-c", "sha256sum $(command -v runc crun runsc conmon) 2>/dev/null; true"],
            environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
        try #require(!runtime.output.isEmpty)
        facts["runtimes"] = runtime.output
        self.facts = facts
    }

    /// Runs a body, after which all must be as it was.
    @discardableResult
    static func stay<Value>(
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
    ) async throws -> Value {
        let before = try await MachineFacts()
        let value = try await body()
        #expect(try await MachineFacts() == before, sourceLocation: sourceLocation)
        return value
    }
}
