import Domain
import Storage
import Workflows

/// How the containers of one sandbox are run: a program that is called as runc is, what is said to
/// it before each command, and where it keeps what it knows of them.
struct SandboxRuntime: Hashable, Sendable {
    let sandbox: Sandbox
    let program: String
    /// Before the command, beside `--root`: a runtime such as runsc needs the same ones each time.
    var flags: [String] = []
    /// Of all containers of the home for `standard`; of one container alone for the others, which
    /// name their files as they like.
    let root: String
    /// What a person should know of a container that it runs.
    var notes: [String] = []

    /// A call: `command` with what comes before it.
    func arguments(_ command: [String]) -> [String] { ["--root", root] + flags + command }

    /// How conmon is told to call it.
    var ofMonitor: [String] {
        ["--runtime", program] + (["--root=\(root)"] + flags).flatMap { ["--runtime-arg", $0] }
    }

    private var hasOwnRoot: Bool { sandbox != .standard }

    private func statePath(_ name: String) -> String { hasOwnRoot ? root : "\(root)/\(name)" }

    /// Whether anything of a container is there, be it half made.
    func knows(_ name: String) -> Bool { Files.exists(statePath(name)) }

    /// Whether it was created: its state is written last.
    func hasCreated(_ name: String) throws -> Bool {
        guard !hasOwnRoot else { return try status(of: name) != nil }
        // The second is crun's.
        return ["state.json", "status"].contains { Files.exists("\(statePath(name))/\($0)") }
    }

    /// Whether its program has not begun. Blocks.
    func isWaiting(_ name: String) throws -> Bool {
        // The runtime removes this when it has started the program.
        guard hasOwnRoot else { return Files.exists("\(statePath(name))/exec.fifo") }
        return try status(of: name) == "created"
    }

    /// As the runtime says it (OCI runtime spec 1.0.2, "Query State"); nil when it knows none.
    private func status(of name: String) throws -> String? {
        guard knows(name) else { return nil }
        let answer = try Spawning.capture(program, arguments(["state", name]), limit: 1 << 20)
        guard answer.result.code == 0 else { return nil }
        return try JSONParser.parse(answer.output)["status"]?.stringValue
    }

    /// Why it cannot start a container.
    func explain(_ message: String) -> ExecutorError {
        // It tells the machine's own namespace by a file that newer kernels have in each.
        guard message.contains("network enabled in root network namespace") else {
            return OCIExecutor.explain(message)
        }
        return .runtime(
            "'\(program)' cannot use the job's network on this kernel (--network=sandbox: "
                + "\(RuntimeMessage.text(of: message))); install a newer runsc, or say "
                + "'network: none'")
    }

    /// Takes a container away, running or not. Blocks.
    func remove(_ name: String) throws {
        let isKnown = try hasCreated(name)
        let result = try Spawning.run(program, arguments(["delete", "--force", name]))
        if hasOwnRoot {
            if result.code != 0 {
                // A `delete` that a killed process had begun may have been quicker.
                guard try status(of: name) == nil else {
                    let why = RuntimeMessage.text(of: result.message)
                    throw ExecutorError.runtime("'\(program) delete' of \(name): \(why)")
                }
                _ = try AttemptProcesses(ofRuntime: self).kill()
            }
            try Files.removeTree(root)
        } else if result.code != 0, knows(name) {
            // Its processes may live: what they have must not be given to others.
            let why = RuntimeMessage.text(of: result.message)
            throw ExecutorError.runtime("'\(program) delete' of \(name): \(why)")
        }
        // Without its state the runtime knows no group to remove: it died while it created.
        if !isKnown { try ControlGroups.removeEmpty(OCIExecutor.cgroupPath(name)) }
    }
}

/// What a container is run with is written down beside it: whoever adopts or removes it later may
/// have other settings, or another runtime of the same name.
extension SandboxRuntime {
    func write(to path: String) throws {
        let record: JSONValue = [
            "sandbox": .string(sandbox.rawValue), "program": .string(program),
            "flags": .array(flags.map(JSONValue.string)),
            "notes": .array(notes.map(JSONValue.string)),
        ]
        try Files.writeFile(path, record.canonicalBytes)
    }

    /// Nil where nothing is written. `root`: where containers of a sandbox are known.
    init?(writtenAt path: String, root: (Sandbox) -> String) throws {
        guard Files.exists(path) else { return nil }
        let record = try JSONParser.parse(try Files.readFile(path, limit: 1 << 20))
        guard let sandbox = record["sandbox"]?.stringValue.flatMap(Sandbox.init(rawValue:)),
            let program = record["program"]?.stringValue
        else { throw ExecutorError.runtime("'\(path)' does not say which runtime is meant") }
        self.init(
            sandbox: sandbox, program: program,
            flags: (record["flags"]?.arrayValue ?? []).compactMap(\.stringValue),
            root: root(sandbox),
            notes: (record["notes"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}
