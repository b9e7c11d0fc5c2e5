import Domain
import Storage

/// Says that what failed attempts of a run leave is to be kept, for whoever finds them when the
/// run's process is gone. It lies beside the run's lock, from the moment that a process carries the
/// run with `--keep-failed` until the run has ended and its files are where they are kept.
struct KeepingNote {
    static let suffix = ".keep"

    private let path: String

    init(_ run: RunID, in folder: String) {
        path = "\(folder)/\(run.text)\(Self.suffix)"
    }

    var exists: Bool { Files.exists(path) }

    func write() throws {
        if !exists { try Files.writeFile(path, []) }
    }

    func remove() throws { try Files.remove(path) }
}
