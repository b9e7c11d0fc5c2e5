package import Domain
import Storage
import Workflows

extension RunService {
    /// Whether nobody will ever come back to a run: it has ended or was never recorded, and no
    /// process holds it.
    package func isOver(_ id: RunID) async throws -> Bool {
        do {
            guard try await store.find(id.text).phase.isFinal else { return false }
        } catch RunsError.noSuchRun {
            // Its process holds it before it is recorded.
        }
        return try !isOwned(id)
    }

    /// Removes the locks, sockets and half-fetched sources that processes left which were killed.
    package func removeAbandonedControl() async throws {
        let home = home
        try await IOPool.shared.run { try SourceSnapshot.removeAbandoned(in: home) }
        // A run has its lock before it is recorded, so a young lock may be one that is just taken.
        let locks = try ids(in: home.locksPath, suffix: ".lock", youth: 60)
        for id in locks.union(try ids(in: controlFolder, suffix: ".sock", youth: 0)) {
            guard try await isOver(id), let lock = try RunLock(id, in: home.locksPath) else {
                continue
            }
            try ControlSocket.removeAbandoned(id, in: controlFolder)
            lock.release()
        }
    }

    /// Of files that are older than some seconds.
    private func ids(in folder: String, suffix: String, youth: Int64) throws -> Set<RunID> {
        let youngest = now().microseconds / 1_000_000 - youth
        return Set(
            try Files.list(folder).compactMap { name in
                guard name.hasSuffix(suffix),
                    let status = try Files.status("\(folder)/\(name)"),
                    status.modified.seconds <= youngest
                else { return nil }
                return RunID(parsing: name.dropLast(suffix.count))
            })
    }
}
