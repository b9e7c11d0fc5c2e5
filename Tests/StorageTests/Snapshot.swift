import Storage
import TestSupport

/// What a folder holds, as `find` and `getfattr` tell it: names, kinds, modes, owners, content.
struct Snapshot: Equatable, CustomStringConvertible {
    let lines: [String]

    init(of path: String, without excluded: String? = nil) async throws {
        let prune = excluded.map { "-path './\($0)' -prune -o" } ?? ""
        let script = """
            find . \(prune) -printf '%p %y %m %U:%G %l\\n' | LC_ALL=C sort
            find . \(prune) -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
            """
        let result = try await Program.run("/bin/sh", ["-c", script], folder: path)
        guard result.code == 0 else { throw StorageError.archive(path: path, why: result.error) }
        lines = result.output.split(separator: "\n").map(String.init)
    }

    var description: String { lines.joined(separator: "\n") }
}
