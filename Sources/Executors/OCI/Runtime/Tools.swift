import Storage
package import Workflows

/// The programs of this machine that hold and run containers.
package struct Tools: Sendable {
    package let runtime: String
    package let conmon: String

    /// Looks in the usual folders; an error says what to install.
    package static func find() throws(ExecutorError) -> Tools {
        guard let runtime = Spawning.path(of: "runc") ?? Spawning.path(of: "crun") else {
            throw .missing("runc", hint: "install it with: apt-get install runc")
        }
        guard let conmon = Spawning.path(of: "conmon") else {
            throw .missing("conmon", hint: "install it with: apt-get install conmon")
        }
        return Tools(runtime: runtime, conmon: conmon)
    }
}
