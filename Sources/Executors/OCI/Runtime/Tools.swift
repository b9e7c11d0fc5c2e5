import Storage
package import Workflows

/// The programs of this machine that hold and run containers.
package struct Tools: Sendable {
    package let runtime: String
    package let conmon: String

    /// Looks in the usual folders; an error says what to install.
    package static func find() throws(ExecutorError) -> Tools {
        guard let runtime = path(of: "runc") ?? path(of: "crun") else {
            throw .missing("runc", hint: "install it with: apt-get install runc")
        }
        guard let conmon = path(of: "conmon") else {
            throw .missing("conmon", hint: "install it with: apt-get install conmon")
        }
        return Tools(runtime: runtime, conmon: conmon)
    }

    package static func path(of name: String) -> String? {
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .map { "\($0)/\(name)" }.first(where: Files.isExecutable)
    }
}
