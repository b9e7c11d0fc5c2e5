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

    /// Locks, sockets and notes of runs that nobody comes back to. Of runs of which something else
    /// is `present` stays what tells of them: the note, and the lock of one that no table knows.
    /// Locks that are not older than `youngest` stay (a minute, unless said): a run has its lock
    /// before it is recorded, and the file before it holds that.
    package func abandonedControl(
        present: Set<RunID>, olderThan youngest: FileTime? = nil
    ) async throws -> [Garbage] {
        let (locksPath, sockets) = (home.locksPath, controlFolder)
        let seconds = now().microseconds / 1_000_000
        let old = youngest ?? FileTime(seconds: seconds - 60, nanoseconds: 0)
        let locks = try ids(in: locksPath, suffix: ".lock", olderThan: old)
        let notes = try ids(in: locksPath, suffix: KeepingNote.suffix).subtracting(present)
        let open = try ids(in: sockets, suffix: ".sock")
        var found: [Garbage] = []
        for id in locks.union(notes).union(open) where try await isOver(id) {
            if present.contains(id), try await !store.isRecorded(id) {
                guard open.contains(id) else { continue }
                found.append(
                    Garbage("socket of run \(id)", bytes: 0) {
                        try ControlSocket.removeAbandoned(id, in: sockets)
                    })
                continue
            }
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

    /// Runs of this home whose process was killed and which no table knows: mostly those of `debug`
    /// and `replay`. Their locks tell of them, until nothing else does.
    package func lostRuns() async throws -> Set<RunID> {
        var lost: Set<RunID> = []
        for id in try ids(in: home.locksPath, suffix: ".lock") {
            if try await !store.isRecorded(id), try await isOver(id) { lost.insert(id) }
        }
        return lost
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

    /// Of files that are older than some time.
    private func ids(
        in folder: String, suffix: String, olderThan youngest: FileTime? = nil
    ) throws -> Set<RunID> {
        Set(
            try Files.list(folder).compactMap { name in
                guard name.hasSuffix(suffix),
                    let status = try Files.status("\(folder)/\(name)"),
                    youngest.map({ status.modified < $0 }) ?? true
                else { return nil }
                return RunID(parsing: name.dropLast(suffix.count))
            })
    }
}
