import Glibc
import Storage
import TestSupport
import Testing

/// A terminal with the command line in it (`script` makes one): what is written to `keys` is typed.
struct Terminal {
    let program: Program
    let keys: OpenFile

    /// Starts it. Without `size` (as of stty(1)) the size of such a terminal is unknown.
    init(
        _ home: TestHome, _ arguments: [String], environment: [String: String] = [:],
        size: String? = nil
    ) throws {
        try self.init(
            running: [try BuiltProduct.path("slipway")] + arguments, in: home.folder,
            environment: home.environment(["TERM": "xterm"].merging(environment) { $1 }),
            size: size)
    }

    /// The same with any program. `folder`: where the way of its keys lies meanwhile.
    init(
        running program: [String], in folder: String, environment: [String: String],
        size: String? = nil
    ) throws {
        let pipe = "\(folder)/keys"
        if Files.exists(pipe) { try Files.remove(pipe) }
        let isMade = unsafe mkfifo(pipe, 0o600) == 0
        try #require(isMade)
        // Open for both, so that neither end waits for the other, nor sees an end.
        keys = try Files.open(pipe, O_RDWR)
        let words = program.map { "'\($0.replacing("'", with: "'\\''"))'" }
        let command = (size.map { "stty \($0); exec " } ?? "") + words.joined(separator: " ")
        let quoted = command.replacing("'", with: "'\\''")
        self.program = try Program(
            "/bin/bash",
            ["-c", "exec script -qec '\(quoted)' /dev/null <'\(pipe)'"],
            environment: environment)
    }

    func type(_ text: String) throws { try keys.write(Array(text.utf8)) }

    func shows(_ text: String) async throws -> Bool {
        let isShown: Bool? = try await eventually {
            try program.printed().contains(text) ? true : nil
        }
        return isShown == true
    }
}
