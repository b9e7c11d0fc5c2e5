import Domain
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// What control groups tell of an attempt's limits, from folders laid out as the kernel does it.
struct ReachedLimitsTests {
    struct Groups: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let files: [String: String]
        let expected: ReachedLimits
    }

    private static let container = "/slipway/x"

    static let tables = [
        Groups(
            testDescription: "version 1, killed at its limit",
            files: [
                "memory/slipway/x/memory.oom_control":
                    "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
                "memory/slipway/x/memory.limit_in_bytes": "16777216\n",
                "memory/slipway/x/memory.max_usage_in_bytes": "16777216\n",
                "pids/slipway/x/pids.events": "max 0\n", "pids/slipway/x/pids.max": "512\n",
            ],
            expected: ReachedLimits(
                memoryKills: 2, memory: ByteSize(bytes: 16 << 20),
                memoryPeak: ByteSize(bytes: 16 << 20), processes: 512)),
        Groups(
            testDescription: "version 1 without a limit, processes refused",
            files: [
                "memory/slipway/x/memory.oom_control":
                    "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
                "memory/slipway/x/memory.limit_in_bytes": "9223372036854771712\n",
                "memory/slipway/x/memory.max_usage_in_bytes": "4096\n",
                "pids/slipway/x/pids.events": "max 7\n", "pids/slipway/x/pids.max": "512\n",
            ],
            expected: ReachedLimits(
                memoryPeak: ByteSize(bytes: 4096), refusedProcesses: 7, processes: 512)),
        Groups(
            testDescription: "version 1 of an old kernel, which counts no kills",
            files: [
                "memory/slipway/x/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
                "memory/slipway/x/memory.limit_in_bytes": "16777216\n",
            ], expected: ReachedLimits(memory: ByteSize(bytes: 16 << 20))),
        Groups(
            testDescription: "version 2, killed at its limit",
            files: [
                "slipway/x/memory.events":
                    "low 0\nhigh 0\nmax 31\noom 1\noom_kill 1\noom_group_kill 0\n",
                "slipway/x/memory.max": "67108864\n", "slipway/x/memory.peak": "67108864\n",
                "slipway/x/pids.events": "max 3\n", "slipway/x/pids.max": "64\n",
            ],
            expected: ReachedLimits(
                memoryKills: 1, memory: ByteSize(bytes: 64 << 20),
                memoryPeak: ByteSize(bytes: 64 << 20), refusedProcesses: 3, processes: 64)),
        Groups(
            testDescription: "version 2 without limits, before Linux 5.19",
            files: [
                "slipway/x/memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n",
                "slipway/x/memory.max": "max\n", "slipway/x/pids.events": "max 0\n",
                "slipway/x/pids.max": "max\n",
            ], expected: ReachedLimits()),
        Groups(
            testDescription: "both: memory of version 1, pids of version 2",
            files: [
                "memory/slipway/x/memory.oom_control": "oom_kill 1\n",
                "memory/slipway/x/memory.limit_in_bytes": "16777216\n",
                "slipway/x/pids.events": "max 1\n", "slipway/x/pids.max": "512\n",
            ],
            expected: ReachedLimits(
                memoryKills: 1, memory: ByteSize(bytes: 16 << 20), refusedProcesses: 1,
                processes: 512)),
        Groups(
            testDescription: "the group of another container counts for nothing",
            files: ["slipway/xy/memory.events": "oom_kill 1\n"], expected: ReachedLimits()),
        Groups(
            testDescription: "what is no number counts for nothing",
            files: [
                "slipway/x/memory.events": "oom_kill many\n", "slipway/x/memory.max": "\n",
                "slipway/x/pids.events": "", "slipway/x/pids.max": "-",
            ], expected: ReachedLimits()),
        Groups(
            testDescription: "the groups went away", files: [:], expected: ReachedLimits()),
    ]

    @Test("control groups of both versions are read", arguments: tables)
    func reads(groups: Groups) throws {
        let root = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-groups")
        let read = Result {
            for (name, text) in groups.files {
                let path = "\(root)/\(name)"
                try Files.makeFolders(PathText.folder(of: path))
                try Files.writeFile(path, text.utf8)
            }
            return ControlGroups.reached(Self.container, below: root)
        }
        try Files.removeTree(root)
        #expect(try read.get() == groups.expected)
    }
}

/// What `doctor` says of control groups, from folders laid out as the kernel does it.
struct ControllerTests {
    @Test(
        "the doctor names the version and what cannot be limited",
        arguments: [
            (["memory/x", "cpu/x", "pids/x"], "version 1: memory, cpu, pids", true),
            (["memory/x", "unified/x"], "cpu, pids cannot be limited: ", false),
            ([], "memory, cpu, pids cannot be limited: ", false),
            (
                ["cgroup.controllers=cpuset cpu io memory pids\n"], "version 2: memory, cpu, pids",
                true
            ),
            (["cgroup.controllers=cpu pids\n"], "memory cannot be limited: ", false),
        ] as [([String], String, Bool)])
    func finding(files: [String], detail: String, isOK: Bool) throws {
        let root = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-groups")
        let found = Result {
            for file in files {
                let parts = file.split(separator: "=").map(String.init)
                let path = "\(root)/\(parts[0])"
                try Files.makeFolders(PathText.folder(of: path))
                try Files.writeFile(path, (parts.dropFirst().first ?? "").utf8)
            }
            return OCIDoctor.controlGroups(below: root)
        }
        try Files.removeTree(root)
        let finding = try found.get()
        #expect(finding.detail.hasPrefix(detail), "\(finding.detail)")
        #expect((finding.level == .ok) == isOK)
        #expect((finding.fix == nil) == isOK)
    }
}
