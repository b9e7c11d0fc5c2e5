import ArgumentParser
import Domain
import Executors
import Workflows

/// Whether a command in a container gets a terminal.
enum TerminalWish: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// What verbs take that run a command in a container with the caller's own streams.
struct TerminalOptions: ParsableArguments {
    @Option(
        name: [.customShort("t"), .customLong("tty")],
        help: "A terminal for the command: auto (where input and output are one), always or never."
    )
    var wish = TerminalWish.auto

    @Argument(
        parsing: .postTerminator,
        help: "Behind '--': the program and its arguments (default: sh). No shell reads them.")
    var command: [String] = []

    var words: [String] { command.isEmpty ? ["sh"] : command }

    func session(user: String? = nil) throws -> SessionCommand {
        SessionCommand(arguments: words, user: user, terminal: try terminal())
    }

    /// The kind of the terminal; nil for none.
    private func terminal() throws -> String? {
        let isThere = Console.isTerminal(0) && Console.isTerminal(1)
        switch wish {
        case .never: return nil
        case .auto where !isThere: return nil
        case .always where !isThere:
            throw CommandFailure(
                message: "--tty always: standard input and output are no terminal; expected one, "
                    + "or --tty auto", status: ExitStatus.usage)
        case .auto, .always: return Self.kind(Console.environment("TERM"))
        }
    }

    /// A name out of terminfo; anything else could be more than a name.
    static func kind(_ text: String?) -> String {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({
                ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39)
                    || "-._+".utf8.contains($0)
            })
        else { return "xterm" }
        return text
    }

    /// Ends with the command's own code, or as shells do for a program that cannot be run.
    func end(_ what: String, _ body: () async throws -> Int32) async throws {
        let code: Int32
        do {
            code = try await body()
        } catch ExecutorError.program(let why) {
            let hint =
                command.isEmpty ? "; name a program that is there: … -- PROGRAM ARGUMENT" : ""
            // These are runc's words, which it has just said on standard error itself.
            let isTold = why.hasPrefix("unable to start container process: ")
            let reason =
                isTold
                ? "\(ShellWord.quoted(words[0])) was not started"
                : Quotation.line(why.utf8, limit: 4096)
            throw CommandFailure(
                message: "\(what): \(reason)\(hint)",
                status: ExitCode(
                    why.contains("not found") || why.contains("no such file") ? 127 : 126))
        }
        guard code == 0 else { throw ExitCode(code) }
    }
}
