package import Domain
package import Storage
package import Workflows

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
    /// `present`: runs that attempts are left of; that these were to be kept stays known.
    package func removeAbandonedControl(present: Set<RunID>) async throws {
        let found = try await abandonedControl(present: present)
        try await IOPool.shared.run {
            for source in try abandonedSources() { try source.removeUnlessUsed() }
            for control in found { try control.removeUnlessUsed() }
        }
    }

    /// Locks, sockets and notes of runs that nobody comes back to. Locks that are younger than
    /// `youth` seconds stay: a run has its lock before it is recorded.
    package func abandonedControl(
        present: Set<RunID>, youth: Int64 = 60
    ) async throws -> [Garbage] {
        let (locksPath, sockets) = (home.locksPath, controlFolder)
        let locks = try ids(in: locksPath, suffix: ".lock", youth: youth)
        let notes = try ids(in: locksPath, suffix: KeepingNote.suffix, youth: 0)
            .subtracting(present)
        var found: [Garbage] = []
        for id in locks.union(notes).union(try ids(in: sockets, suffix: ".sock", youth: 0))
        where try await isOver(id) {
            found.append(
                Garbage("lock and socket of run \(id)", bytes: 0) {
                    guard let lock = try RunLock(id, in: locksPath) else { throw GarbageInUse() }
                    try ControlSocket.removeAbandoned(id, in: sockets)
                    if notes.contains(id) { try KeepingNote(id, in: locksPath).remove() }
                    lock.release()
                })
        }
        return found
    }

    /// Of attempts that are left of a run which is over, those whose files are to be kept: the
    /// run's process was gone before it came to that.
    package func attemptsToKeep(_ run: RunID) async throws -> [KeptAttempt] {
        guard KeepingNote(run, in: home.locksPath).exists, try await store.isRecorded(run)
        else { return [] }
        let state = try await load(run).state
        let now = now()
        return state.legs.indices.compactMap { KeptAttempt(leg: $0, of: state, keptAt: now) }
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
