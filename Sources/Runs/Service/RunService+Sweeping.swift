package import Domain
package import Storage
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
        let found = try await abandonedControl()
        try await IOPool.shared.run {
            for source in try abandonedSources() { try source.removeUnlessUsed() }
            for control in found { try control.removeUnlessUsed() }
        }
    }

    /// Locks and sockets of runs that nobody comes back to. Locks that are younger than `youth`
    /// seconds stay: a run has its lock before it is recorded.
    package func abandonedControl(youth: Int64 = 60) async throws -> [Garbage] {
        let (locksPath, sockets) = (home.locksPath, controlFolder)
        let locks = try ids(in: locksPath, suffix: ".lock", youth: youth)
        var found: [Garbage] = []
        for id in locks.union(try ids(in: sockets, suffix: ".sock", youth: 0))
        where try await isOver(id) {
            found.append(
                Garbage("lock and socket of run \(id)", bytes: 0) {
                    guard let lock = try RunLock(id, in: locksPath) else { throw GarbageInUse() }
                    try ControlSocket.removeAbandoned(id, in: sockets)
                    lock.release()
                })
        }
        return found
    }

    /// Folders that processes fetched sources into which are gone. Blocks.
    package func abandonedSources() throws -> [Garbage] {
        try SourceSnapshot.abandoned(in: home)
    }

    /// Logs of runs that are not recorded. Blocks.
    package func unknownLogs() async throws -> [Garbage] {
        let path = home.logsPath
        var found: [Garbage] = []
        for name in try Files.list(path) {
            guard let id = RunID(parsing: name), id.text == name,
                try await !store.isRecorded(id), try !isOwned(id)
            else { continue }
            found.append(
                try await IOPool.shared.run { try Garbage.tree("\(path)/\(name)") })
        }
        return found
    }

    /// What the logs of a run take on the disk. Blocks.
    package func logBytes(of run: RunID) throws -> Int64 {
        try Files.diskUse(of: "\(home.logsPath)/\(run.text)").bytes
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
