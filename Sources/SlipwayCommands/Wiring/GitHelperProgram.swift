import CLinux
import Glibc
import Runs
import Storage

/// This program under the names by which Git starts it (docs/decisions/0016); not for people.
enum GitHelperProgram {
    /// The exit code of the helper that the first word names; nil for the command line itself.
    static func run(_ words: [String]) -> Int32? {
        guard let name = words.first, let helper = GitHelper(programName: name) else { return nil }
        do {
            switch helper {
            case .password: return try answer(words.dropFirst().first ?? "")
            case .ssh: return try speak(Array(words.dropFirst()))
            }
        } catch {
            Console.error("slipway: \(error)")
            return 1
        }
    }

    private static func answer(_ question: String) throws -> Int32 {
        // Every question reads from the beginning: the file's place is shared with Git's others.
        let copy = fcntl(GitHelper.passwordDescriptor, F_DUPFD_CLOEXEC, 10)
        guard copy >= 0 else { return 1 }
        let file = OpenFile(descriptor: copy, path: "credentials")
        let content = try file.read(1 << 17, at: 0)
        guard let text = GitHelper.answer(to: question, from: content) else { return 1 }
        Console.print(text + [0x0a])
        return 0
    }

    /// ssh in the place of this process' work: its streams are Git's.
    private static func speak(_ words: [String]) throws -> Int32 {
        guard let program = Spawning.path(of: "ssh"),
            let key = Console.environment(GitHelper.keyVariable)
        else {
            Console.error(
                "slipway: ssh is not here; install it with: apt-get install openssh-client")
            return 127
        }
        let options = GitHelper.options(
            key: key, knownHosts: Console.environment(GitHelper.hostsVariable))
        let home = Console.environment("HOME").map { ["HOME=\($0)"] } ?? []
        let pid = try Spawning.start(
            program, options + words, environment: ["LC_ALL=C"] + home,
            descriptors: (0...2).map { slipway_descriptor(source: $0, target: $0) })
        return slipway_wait(pid)
    }
}
