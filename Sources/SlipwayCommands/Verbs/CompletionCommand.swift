import ArgumentParser

/// `slipway completion SHELL`: the script that lets a shell complete what is typed.
struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        /// The shell of `$SHELL`, where it is one of these.
        static var ofUser: Shell? {
            let path = Console.environment("SHELL") ?? ""
            return path.split(separator: "/").last.flatMap { Shell(rawValue: String($0)) }
        }

        /// What installs the script for one user, and when it counts.
        var installation: String {
            switch self {
            case .bash:
                "mkdir -p ~/.local/share/bash-completion/completions && slipway completion bash "
                    + ">~/.local/share/bash-completion/completions/slipway  "
                    + "(new shells; needs the package bash-completion)"
            case .zsh:
                "mkdir -p ~/.zfunc && slipway completion zsh >~/.zfunc/_slipway  "
                    + "(with 'fpath=(~/.zfunc $fpath)' before 'compinit' in ~/.zshrc)"
            case .fish:
                "slipway completion fish >~/.config/fish/completions/slipway.fish  (new shells)"
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script that completes commands in bash, zsh or fish.",
        discussion: """
            It knows verbs and options, and asks slipway for the runs, jobs, stages,
            inputs, artifacts and images that there are. For one shell alone:
              source <(slipway completion bash)
            For good: the first lines of the script say how.
            """)

    @Argument(help: "bash, zsh or fish (default: that of $SHELL).")
    var shell: Shell?

    func run() throws {
        guard let shell = shell ?? Shell.ofUser,
            let kind = CompletionShell(rawValue: shell.rawValue)
        else {
            throw CommandFailure(
                message: "$SHELL is none of bash, zsh and fish; "
                    + "name one: slipway completion bash",
                status: ExitStatus.usage)
        }
        Console.print(Self.text(shell, script: SlipwayCommand.completionScript(for: kind)))
    }

    /// The script, with a line that says how it is installed: behind the first one, since that of
    /// zsh tells whose completion it is (zsh's manual, "Autoloaded files").
    static func text(_ shell: Shell, script: String) -> String {
        let comment = "# to install it: \(shell.installation)"
        guard script.hasPrefix("#"), let end = script.firstIndex(of: "\n") else {
            return "\(comment)\n\(script)"
        }
        return "\(script[..<end])\n\(comment)\(script[end...])"
    }
}
