import CLinux
import Dispatch
import Domain
import Glibc
import Storage
import Synchronization
import Workflows

/// A command of the runtime that has this process' own standard streams: in the foreground of a
/// terminal the runtime sees to its mode, its size and Ctrl-C itself.
package final class ForegroundProcess: Sendable {
    /// Raised by a signal that comes before anything runs.
    package let stop = StopFlag()
    private let pid = Mutex<pid_t?>(nil)
    /// Ends what does not take the hint; nil where it is left to whoever runs it.
    private let force = Mutex<(@Sendable () -> Void)?>(nil)

    /// Between a signal that ends and force, as for a job that is cancelled.
    private static let graceSeconds = 10

    /// Descriptors that the runtime inherits beside its streams.
    static let givenPath = "/proc/self/fd/3"
    private static let logPath = "/proc/self/fd/4"
    private static let logLimit = 256 << 10

    package init() {}

    /// Hands a signal to what runs, which the runtime passes on inside. Those that a terminal sends
    /// for keys reach the whole foreground by themselves.
    package func signal(_ number: Int32) {
        pid.withLock { pid in
            guard let pid else { return stop.raise() }
            let isOfKeys = number == SIGINT || number == SIGQUIT
            if isOfKeys, (0...2).contains(where: { isatty($0) == 1 }) { return }
            kill(pid, number)
            guard number == SIGTERM || number == SIGHUP else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.graceSeconds)) {
                self.force.withLock { $0 }?()
            }
        }
    }

    /// What is done where a signal did not end it within 10 seconds. A first process takes only
    /// those signals that it asks for (pid_namespaces(7)).
    func forceEnd(_ force: @escaping @Sendable () -> Void) {
        self.force.withLock { $0 = force }
    }

    /// Runs it to its end and gives its exit code. `given` can be read at `givenPath`. Blocks, for
    /// as long as it likes. An error where the runtime could not start it.
    ///
    /// This process' own limit on open files is lowered to that of `process`: runc up to 1.1.12 may
    /// let it stand by mistake (github.com/opencontainers/runc/issues/4195).
    func run(
        _ runtime: SandboxRuntime, _ arguments: [String], as process: JSONValue,
        given: [UInt8] = []
    ) throws -> Int32 {
        try Self.lowerOpenFiles(to: process)
        let content = unsafe given.withUnsafeBytes { buffer in
            unsafe slipway_sealed_file(buffer.baseAddress, buffer.count)
        }
        guard content >= 0 else { throw Files.failure("make", "a file in memory") }
        let file = OpenFile(descriptor: content, path: "a file in memory")
        let complaints = try OpenFile(nameless: [])
        let started = try pid.withLock { pid in
            try stop.check()
            let started = try Spawning.start(
                runtime.program,
                runtime.arguments(["--log", Self.logPath, "--log-format", "json"] + arguments),
                descriptors: (0...2).map { slipway_descriptor(source: $0, target: $0) } + [
                    slipway_descriptor(source: file.descriptor, target: 3),
                    slipway_descriptor(source: complaints.descriptor, target: 4),
                ], staysInSession: true)
            pid = started
            return started
        }
        let code = slipway_wait(started)
        pid.withLock { $0 = nil }
        force.withLock { $0 = nil }
        try complaints.seek(to: 0)
        if code != 0, let why = Self.failure(in: try complaints.readAll(limit: Self.logLimit)) {
            throw OCIExecutor.explain(why)
        }
        return code
    }

    private static func lowerOpenFiles(to process: JSONValue) throws {
        let limits = process["rlimits"]?.arrayValue ?? []
        let found = limits.first { $0["type"]?.stringValue == "RLIMIT_NOFILE" }
        guard let hard = found?["hard"]?.integerValue, hard > 0 else { return }
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else {
            throw Files.failure("read", "the limit on open files")
        }
        limit.rlim_max = min(limit.rlim_max, rlim_t(hard))
        limit.rlim_cur = min(limit.rlim_cur, limit.rlim_max)
        guard unsafe setrlimit(resource, &limit) == 0 else {
            throw Files.failure("lower", "the limit on open files")
        }
    }

    private static let failures = [
        "exec failed: ", "runc run failed: ", "executing processes for container: ",
        "running container: ",
    ]

    /// What kept the runtime from starting anything, in the words of its log (runc 1.1: `exec
    /// failed: …`, `runc run failed: …`) or of runsc's; nil where something ran.
    static func failure(in log: [UInt8]) -> String? {
        // runsc sets nothing between two entries.
        let entries = String(decoding: log, as: UTF8.self)
            .replacing("}{\"msg\":", with: "}\n{\"msg\":")
        for line in entries.split(separator: "\n").reversed() {
            let json: JSONValue
            do { json = try JSONParser.parse(line.utf8) } catch { continue }
            guard let text = json["msg"]?.stringValue, json["level"]?.stringValue == "error"
            else { continue }
            for start in failures where text.hasPrefix(start) {
                return String(text.dropFirst(start.count))
            }
        }
        return nil
    }
}
