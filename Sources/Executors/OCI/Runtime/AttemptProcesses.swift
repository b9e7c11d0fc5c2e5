import CLinux
import Domain
import Glibc
import Storage
import Workflows

/// The programs that hold, create or start containers of one attempt, also those of a process that
/// is gone: found by what they were called with.
struct AttemptProcesses: Sendable {
    private let names: String
    private let runtime: SandboxRuntime

    /// The last two are a sandbox of gVisor itself, and its file server.
    private static let programs: Set<String> = [
        "conmon", "runc", "crun", "runsc-sandbox", "runsc-gofer",
    ]

    init(_ folder: AttemptFolder, _ runtime: SandboxRuntime) {
        names = folder.name
        self.runtime = runtime
    }

    /// Those of a runtime whose root is one container's own.
    init(ofRuntime runtime: SandboxRuntime) {
        names = ""
        self.runtime = runtime
    }

    /// Whether a runtime is about to start one of the containers.
    func areStarting() throws -> Bool {
        try all().contains { $0.arguments.contains("start") }
    }

    /// Kills all of them; whether there were any. Blocks.
    func kill() throws -> Bool {
        let found = try all()
        for process in found {
            let descriptor = slipway_pidfd(process.pid)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            // It may be another's by now; through the descriptor it cannot become one.
            guard let arguments = Self.arguments(of: process.pid), isOne(arguments) else {
                continue
            }
            slipway_pidfd_signal(descriptor, SIGKILL)
        }
        return !found.isEmpty
    }

    private func all() throws -> [(pid: pid_t, arguments: [String])] {
        try Files.list("/proc").compactMap { name in
            guard let pid = pid_t(name), slipway_is_alive(pid) != 0,
                let arguments = Self.arguments(of: pid), isOne(arguments)
            else { return nil }
            return (pid, arguments)
        }
    }

    /// A tool of ours, of this home and of this attempt or one of its services.
    private func isOne(_ arguments: [String]) -> Bool {
        guard let program = arguments.first,
            Self.programs.contains(PathText.name(of: program)) || program == runtime.program
        else { return false }
        guard arguments.contains(where: { $0 == runtime.root || $0 == "--root=\(runtime.root)" })
        else { return false }
        // A root that is one container's own says enough: not all name it beside.
        return runtime.sandbox != .standard
            || arguments.contains { $0 == names || $0.hasPrefix("\(names)-s") }
    }

    /// Nil when it has ended.
    private static func arguments(of pid: pid_t) -> [String]? {
        do {
            let line = try Files.readFile("/proc/\(pid)/cmdline", limit: 1 << 20)
            return line.isEmpty
                ? nil : line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            return nil
        }
    }
}
