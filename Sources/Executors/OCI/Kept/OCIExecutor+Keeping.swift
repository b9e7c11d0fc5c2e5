import CLinux
import Domain
import Glibc
package import Storage
package import Workflows

/// Of attempts that failed, what they left (docs/decisions/0021).
extension OCIExecutor {
    /// Moves what an attempt left to where it is kept, and removes the rest of it. Behind the
    /// caller; `settle` waits for it. One that never came to its files leaves nothing.
    package func keep(_ attempt: KeptAttempt) {
        attempts.forget(attempt.id)
        cleanUps.add(attempt.id) { [self] in
            do {
                try move(attempt)
            } catch {
                warn("what attempt \(attempt.id) left could not be kept: \(error)")
            }
        }
    }

    /// Blocks. Nothing happens where another process is at it.
    private func move(_ attempt: KeptAttempt) throws {
        let folder = AttemptFolder(attempt.id, home: home)
        guard Files.exists(folder.path) else { return cleanUp(folder, endsTools: true) }
        let gate = try Files.open(folder.path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(gate.descriptor, 0) == 0 else { return }
        try withExtendedLifetime(gate) {
            // Whatever fails: the attempt itself is removed.
            defer { cleanUp(folder, endsTools: true) }
            // One that never came to its files leaves nothing, and another process may have moved
            // it before the lock was taken.
            let places = [folder.resultPath, folder.diskImagePath, part(of: attempt.id)]
            if places.contains(where: Files.exists) { try move(folder, attempt) }
        }
    }

    /// Each step may have been taken by a process that was killed then.
    private func move(_ folder: AttemptFolder, _ attempt: KeptAttempt) throws {
        try endContainers(folder)
        try AttemptNetwork(folder).remove()
        // On a disk of its own its files can be given back only as long as that is mounted.
        let isLimited = folder.diskLimit != nil
        let range = try UserRange(writtenAt: folder.usersPath)
        if isLimited {
            let isMounted = Files.exists(folder.rootUpperPath)
            guard try isMounted || folder.bootID() == bootID else {
                throw ExecutorError.storage(
                    "its disk is not mounted any more, since the machine was restarted")
            }
            // Where it is not, all of it was given back by a process that was killed then.
            try UserRange.giveBack(folder.writablePath, of: range, as: folder.rootUpperPath)
            // Its file is mounted anew, perhaps before the last who knows this mount is gone.
            try Files.syncFileSystem(of: folder.writablePath)
        }
        // An upper folder that is still mounted would go on changing.
        try folder.unmount()
        let (part, path) = (part(of: attempt.id), "\(home.keptPath)/\(attempt.id)")
        if !Files.exists(path) {
            try Files.makeFolders(home.keptPath)
            try Files.makeFolders(part)
            var pieces = [
                (folder.diskImagePath, KeptState.diskName), (folder.rootUpperPath, "upper"),
                (folder.resultPath, "result"),
            ]
            if !attempt.sharesWork { pieces.append((folder.workUpperPath, "work")) }
            for (source, name) in pieces where Files.exists(source) {
                try Files.rename(source, to: "\(part)/\(name)", replacing: false)
            }
            // Whoever looks into it has other users: it is kept as layers are.
            try UserRange.giveBack(part, of: range, as: "\(part)/upper")
            try Files.writeFile("\(part)/record.json", attempt.json.canonicalBytes)
            try Files.rename(part, to: path, replacing: false)
        }
        try removeOlderKept { $0.run == attempt.id.run && $0.leg == attempt.id.leg }
    }

    /// Of attempts of one leg only the newest stays: whichever was moved first, and also where the
    /// process that moved it was gone before it removed the others. Blocks.
    private func removeOlderKept(where isMeant: (AttemptID) -> Bool = { _ in true }) throws {
        let kept = try keptIDs().filter(isMeant)
        let legs = Dictionary(grouping: kept) { "\($0.run) \($0.leg)" }
        for attempts in legs.values {
            let newest = attempts.map(\.number).max()
            for id in attempts where id.number != newest { _ = try removeKept(id) }
        }
    }

    private static let partMark = ".part"

    private func part(of id: AttemptID) -> String { "\(home.keptPath)/\(id)\(Self.partMark)" }

    private func keptIDs() throws -> [AttemptID] {
        guard Files.exists(home.keptPath) else { return [] }
        return try Files.list(home.keptPath).compactMap { AttemptID(parsing: $0) }
    }

    /// What is kept of attempts, the oldest first; what cannot be read is told and left out.
    /// Blocks.
    package func kept() throws -> [KeptState] {
        var found: [KeptState] = []
        for id in try keptIDs() {
            do {
                if let state = try KeptState(id, in: home.keptPath) { found.append(state) }
            } catch {
                warn(
                    "what is kept of attempt \(id) cannot be read: \(error); where it is damaged, "
                        + "'slipway gc' removes it")
            }
        }
        return found.sorted { $0.attempt.keptAt < $1.attempt.keptAt }
    }

    /// What is kept of one attempt; nil for nothing. Blocks.
    package func kept(_ id: AttemptID) throws -> KeptState? {
        try KeptState(id, in: home.keptPath)
    }

    /// Bytes on the disk that something kept takes. Blocks.
    package func size(of state: KeptState) throws -> Int64 {
        try Files.diskUse(of: state.path).bytes
    }

    /// Removes what is kept of an attempt; false where there is nothing, or somebody looks into it
    /// just now. Blocks.
    package func removeKept(_ id: AttemptID) throws -> Bool {
        let path = "\(home.keptPath)/\(id)"
        guard Files.exists(path) else { return false }
        let gate = try Files.open(path, O_RDONLY | O_DIRECTORY)
        guard slipway_lock(gate.descriptor, 0) == 0 else { return false }
        return try withExtendedLifetime(gate) {
            // The record last: until then a removal that was cut short can be asked for again.
            for name in try Files.list(path) where name != "record.json" {
                try Files.removeTree("\(path)/\(name)")
            }
            try Files.removeTree(path)
            return true
        }
    }

    /// Seconds after which nobody moves anything there any more.
    private static let youth: Int64 = 600

    /// Removes what processes left there that ended while they moved it, or before they removed
    /// what it takes the place of. Blocks.
    func removeAbandonedKept() throws {
        let youngest = FileTime(seconds: Int64(time(nil)) - Self.youth, nanoseconds: 0)
        for path in try abandonedParts(olderThan: youngest) { try Files.removeTree(path) }
        try removeOlderKept()
    }

    /// What is half moved, and will never be moved further: its attempt is gone.
    private func abandonedParts(olderThan youngest: FileTime) throws -> [String] {
        guard Files.exists(home.keptPath) else { return [] }
        return try Files.list(home.keptPath).compactMap { name in
            let path = "\(home.keptPath)/\(name)"
            guard name.hasSuffix(Self.partMark), let status = try Files.status(path),
                status.modified < youngest
            else { return nil }
            let id = AttemptID(parsing: name.dropLast(Self.partMark.count))
            return id.map { AttemptFolder($0, home: home).exists } == true ? nil : path
        }
    }

    /// What is half moved, and what has no record that can be read: nobody can look into it.
    /// Blocks.
    package func brokenKept(olderThan youngest: FileTime) throws -> [Garbage] {
        var found = try abandonedParts(olderThan: youngest).map { try Garbage.tree($0) }
        for id in try keptIDs() where KeptState.isBroken(id, in: home.keptPath) {
            let path = "\(home.keptPath)/\(id)"
            found.append(
                Garbage(path, bytes: try Files.diskUse(of: path).bytes) { [self] in
                    guard try !removeKept(id), Files.exists(path) else { return }
                    throw GarbageInUse()
                })
        }
        return found
    }
}
