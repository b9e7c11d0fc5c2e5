import ArgumentParser
import Glibc
import Scripting

/// The child process in which hooks are evaluated; not for people. `SlipwayCommand.helperCode`
/// takes its place before a thread is started; this one is for the list of verbs.
struct HookWorkerCommand: ParsableCommand {
    static let verb = "hook-worker"

    static let configuration = CommandConfiguration(
        commandName: verb, abstract: "Evaluate hooks that stand on standard input.",
        shouldDisplay: false)

    func run() throws {
        Glibc.exit(LuaWorker.run())
    }
}
