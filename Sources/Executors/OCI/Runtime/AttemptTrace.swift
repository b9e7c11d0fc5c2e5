import Glibc
import Storage
import Workflows

/// How far an attempt came whose process is gone, as its folder tells.
enum AttemptTrace: Sendable {
    /// Its container was not created, or not started, and nobody holds it: its program has not
    /// run.
    case unbegun
    /// conmon holds its container.
    case held(conmon: pid_t)
    /// conmon wrote down how it ended.
    case ended
    /// Nobody knows how it ended.
    case lost(why: String, isSameBoot: Bool)

    init(of folder: AttemptFolder, runtime: SandboxRuntime, bootID: String) throws {
        let isWaiting = try runtime.isWaiting(folder.name)
        let hasEnded = Files.exists(folder.exitPath)
        // The runtime writes it when it has created the container.
        guard hasEnded || Files.exists(folder.containerPidPath) else {
            // Whoever removed the folder did not end the container.
            let isKnown = try runtime.hasCreated(folder.name)
            let hasBegun = !Files.exists(folder.exitFolder) && isKnown && !isWaiting
            self =
                hasBegun
                ? .lost(why: folder.removalText, isSameBoot: true) : .unbegun
            return
        }
        if let recorded = try folder.bootID(), !bootID.isEmpty, recorded != bootID {
            self = .lost(why: "the machine was restarted while it ran", isSameBoot: false)
        } else if let pid = try AttemptFolder.pid(in: folder.conmonPidPath), folder.isOurs(pid) {
            self = .held(conmon: pid)
        } else {
            // Looked for again: conmon may have ended between the two looks.
            self =
                hasEnded || Files.exists(folder.exitPath)
                ? .ended
                : isWaiting
                    ? .unbegun
                    : .lost(why: "conmon ended before the container did", isSameBoot: true)
        }
    }

    var monitor: pid_t? { if case .held(let pid) = self { pid } else { nil } }

    var isSameBoot: Bool { if case .lost(_, false) = self { false } else { true } }

    /// Why nobody knows the end of it.
    var loss: String? { if case .lost(let why, _) = self { why } else { nil } }
}
