import Executors
import Glibc
import Synchronization

/// An ordinary user's commands work in namespaces of their own (docs/decisions/0029): this process
/// enters them before it starts a thread.
enum Rootless {
    /// Says to a process of this program that it was started in them.
    static let variable = "SLIPWAY_IN_NAMESPACES"

    private static let failure = Mutex<(error: any Error, isFatal: Bool)?>(nil)

    /// Why the command goes on without namespaces.
    static var refusal: RootlessRefusal? { failure.withLock { $0?.error as? RootlessRefusal } }

    /// What the command is about to do cannot be done without them.
    static func check() throws {
        if let (error, isFatal) = failure.withLock({ $0 }), isFatal { throw error }
    }

    /// How much a verb has to do with containers.
    private enum Need {
        /// Nothing.
        case none
        /// It looks at what runs, where something runs.
        case existing
        /// It handles files of containers where it can.
        case wanted
        /// It is about to start one.
        case required
    }

    private static let required: Set<String> = [
        "run", "resume", "rerun", "exec", "debug", "replay",
    ]
    private static let wanted: Set<String> = ["cancel", "image", "cache", "gc", "doctor"]
    private static let existing: Set<String> = [
        "show", "runs", "logs", "approve", "reject", "artifact", "report", "top", "stats",
    ]

    private static func need(_ arguments: [String]) -> Need {
        guard let verb = arguments.dropFirst().first, !asksForHelp(arguments) else { return .none }
        if required.contains(verb) { return .required }
        if wanted.contains(verb) { return .wanted }
        return existing.contains(verb) ? .existing : .none
    }

    /// What follows `--` is a command's.
    private static func asksForHelp(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains { ["-h", "--help", "--version"].contains($0) }
    }

    /// Enters the namespaces, or is the process that keeps them: then its exit code. Nil for all
    /// that a person asks; what went wrong is told by `check`, when the words were understood.
    static func run(_ arguments: [String]) -> Int32? {
        if arguments.dropFirst().first == NamespaceKeeper.verb, arguments.count == 3 {
            return NamespaceKeeper.run(arguments[2])
        }
        let need = need(arguments)
        let isInside = geteuid() == 0 && Console.environment(variable) != nil
        guard need != .none, geteuid() != 0 || isInside else { return nil }
        do {
            let home = try RootlessHome(path: HomeServices.homePath, creates: need != .existing)
            if isInside {
                try home?.stay()
            } else if try home?.enter(creates: need != .existing) == true {
                unsafe setenv(variable, "1", 1)
            }
        } catch {
            failure.withLock { $0 = (error, need == .required) }
        }
        return nil
    }
}
