import Domain
import Runs
import Storage
import Workflows

/// Tells programs of this machine what workflows say (docs/decisions/0015).
enum Notifier {
    static let time = Duration.seconds(10)
    static let outputLimit = 64 << 10

    /// Starts the program that the home's configuration names, without a shell, and gives it one
    /// JSON document. Blocks. What goes wrong is a warning: a run's verdict does not hang on it.
    static func tell(_ note: RunNotification, home: String) {
        func warn(_ why: String) {
            Console.error(TerminalText.line("slipway: warning: notify \(note.to): \(why)"))
        }
        if let problem = note.problem { warn("the message has no value: \(problem)") }
        do {
            guard let command = try HomeConfiguration.read(home).notifiers[note.to] else {
                return warn(
                    "'notify' of '\(home)/config.yaml' does not have it; nobody was told")
            }
            let result = try Spawning.run(
                command.path, command.arguments, input: note.document.canonicalBytes + [0x0a],
                environment: environment(), outputLimit: outputLimit, time: time)
            if result.code != 0 {
                let said = result.message.isEmpty ? "" : ": \(Quotation.lines(of: result.message))"
                warn("'\(command.path)' ended with \(result.code)\(said)")
            }
        } catch let failure as CommandFailure {
            warn(failure.message)
        } catch {
            warn("\(error)")
        }
    }

    /// Beside PATH, which is always the system's.
    private static func environment() -> [String] {
        ["HOME", "LANG"].compactMap { name in
            Console.environment(name).map { "\(name)=\($0)" }
        }
    }
}
