import CLinux
import Glibc
import Storage

/// A run with many jobs in flight whose process was killed: how long `slipway resume` takes until
/// it watches all of them again, and what the processes hold meanwhile.
enum RestartBenchmarks {
    static func run(program: String, archive: String) async throws {
        print("\nrestart (jobs in flight, killed, resumed; memory of the process)")
        for jobs in [1, 1000] { try await run(jobs, program, archive) }
    }

    private static func run(_ jobs: Int, _ program: String, _ archive: String) async throws {
        try await BenchmarkHome.withFolder { folder in
            let environment = ["SLIPWAY_HOME=\(folder)/home", "HOME=\(folder)"]
            let file = "\(folder)/w.yaml"
            // It ends at once when it is told to.
            let script = "trap 'exit 0' TERM; echo up; while :; do sleep 3600 & wait; done"
            let workflow = BenchmarkWorkflow.jobs(jobs, "script: \"\(script)\"")
            try Files.writeFile(file, workflow.utf8)
            try Measuring.process(
                [program, "image", "import", archive, "bench:latest"], environment: environment)
            var current: pid_t?
            do {
                try await measure(jobs, program, environment, file) { current = $0 }
            } catch {
                if let current { kill(current, SIGKILL) }
                _ = try Spawning.capture(
                    program, ["cancel", "last"], environment: environment, limit: 1 << 20,
                    time: .seconds(300))
                throw error
            }
            try Files.removeTree(try Home(path: "\(folder)/home").runtimePath)
        }
    }

    private static func measure(
        _ jobs: Int, _ program: String, _ environment: [String], _ file: String,
        _ began: (pid_t?) -> Void
    ) async throws {
        func start(_ words: [String]) throws -> pid_t {
            let nowhere = try Files.open("/dev/null", O_RDWR)
            let pid = try Spawning.start(
                program, words, environment: environment,
                descriptors: [0, 1, 2].map {
                    .init(source: nowhere.descriptor, target: $0)
                })
            began(pid)
            return withExtendedLifetime(nowhere) { pid }
        }
        let first = try start(["run", file, "--parallel", String(jobs), "--progress", "quiet"])
        let beginning = Measuring.seconds()
        try await wait(for: jobs, in: first, within: 600)
        report(
            "\(jobs) started",
            "\(rounded(Measuring.seconds() - beginning)) s, "
                + "\(memory(of: first) >> 10) MiB", budget: "-")
        kill(first, SIGKILL)
        var status: Int32 = 0
        unsafe waitpid(first, &status, 0)
        let again = Measuring.seconds()
        let second = try start(["resume", "last", "--progress", "quiet"])
        try await wait(for: jobs, in: second, within: 120)
        report(
            "\(jobs) watched again",
            "\(rounded(Measuring.seconds() - again)) s, "
                + "\(memory(of: second) >> 10) MiB", budget: "≤ 5 s")
        let end = Measuring.seconds()
        _ = try Spawning.capture(
            program, ["cancel", "last"], environment: environment, limit: 1 << 20,
            time: .seconds(300))
        unsafe waitpid(second, &status, 0)
        report(
            "\(jobs) cancelled and removed", "\(rounded(Measuring.seconds() - end)) s", budget: "-")
    }

    /// Until the process watches the log of every job (proc(5), `/proc/PID/fdinfo`).
    private static func wait(for jobs: Int, in pid: pid_t, within seconds: Double) async throws {
        let deadline = Measuring.seconds() + seconds
        while try watches(of: pid) < jobs {
            guard Measuring.seconds() < deadline, kill(pid, 0) == 0 else {
                throw BenchmarkError(
                    what: "\(try watches(of: pid)) of \(jobs) jobs after \(Int(seconds)) s")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func watches(of pid: pid_t) throws -> Int {
        let folder = "/proc/\(pid)/fdinfo"
        guard Files.exists(folder) else { return 0 }
        var most = 0
        for name in try Files.list(folder) {
            // It may be closed between the two looks.
            guard let text = try? Files.readFile("\(folder)/\(name)", limit: 1 << 20) else {
                continue
            }
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            most = max(most, lines.count { $0.hasPrefix("inotify ") })
        }
        return most
    }

    /// Resident KiB.
    private static func memory(of pid: pid_t) -> Int {
        guard let text = try? Files.readFile("/proc/\(pid)/status", limit: 1 << 16) else {
            return 0
        }
        let line = String(decoding: text, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
