import Domain

/// What a person wants to run in a container, with the streams of this process.
package struct SessionCommand: Sendable {
    /// Program and arguments; no shell reads them.
    package let arguments: [String]
    /// As a job's `user`; nil for the user of the job.
    package let user: String?
    /// The kind of the terminal (`TERM`) that the streams are; nil where they are none.
    package let terminal: String?

    package init(arguments: [String], user: String? = nil, terminal: String? = nil) {
        self.arguments = arguments
        self.user = user
        self.terminal = terminal
    }

    /// The job's own variables, and on a terminal its kind, where the job does not say it.
    func environment(over variables: [String]) -> [String] {
        guard let terminal, !variables.contains(where: { $0.hasPrefix("TERM=") }) else {
            return variables
        }
        return variables + ["TERM=\(terminal)"]
    }
}
