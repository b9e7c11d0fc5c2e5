import Storage

/// The program `git`, which reads repositories (DESIGN §2, "Source").
package enum GitProgram {
    package static let fix = "apt-get install git"

    /// Nil where the machine has none.
    package static var path: String? { Spawning.path(of: "git") }
}
