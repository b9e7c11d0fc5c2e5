import CLinux
import Domain
import Glibc
import Storage
package import Workflows

/// Of attempts that failed, what they left (docs/decisions/0021).
extension OCIExecutor {
    /// Moves what an attempt left to where it is kept, and removes the rest of it. Behind the
    /// caller; `shutdown` waits for it. One that never came to its files leaves nothing.
    package func keep(_ attempt: KeptAttempt) {
        attempts.forget(attempt.id)
        later { [self] in
            let folder = AttemptFolder(attempt.id, home: home)
            guard Files.exists(folder.resultPath) else { return cleanUp(folder) }
            do { try move(folder, attempt) } catch {
                warn("what attempt \(attempt.id) left could not be kept: \(error)")
            }
            cleanUp(folder)
        }
    }

    private func move(_ folder: AttemptFolder, _ attempt: KeptAttempt) throws {
        try endContainers(folder)
        try AttemptNetwork(folder).remove()
        // An upper folder that is still mounted would go on changing.
        try folder.unmount()
        try Files.makeFolders(home.keptPath)
        let part = "\(home.keptPath)/\(attempt.id)\(Self.partMark)"
        try Files.removeTree(part)
        try Files.makeFolders(part)
        try Files.rename("\(folder.path)/upper", to: "\(part)/upper", replacing: false)
        if !attempt.sharesWork {
            try Files.rename(folder.workUpperPath, to: "\(part)/work", replacing: false)
        }
        try Files.rename(folder.resultPath, to: "\(part)/result", replacing: false)
        // Whoever looks into it has other users: it is kept as layers are.
        try UserRange(writtenAt: folder.usersPath)?.giveBack(part)
        try Files.writeFile("\(part)/record.json", attempt.json.canonicalBytes)
        try Files.rename(part, to: "\(home.keptPath)/\(attempt.id)", replacing: false)
        for older in try keptIDs()
        where older.run == attempt.id.run && older.leg == attempt.id.leg
            && older.number < attempt.id.number
        {
            _ = try removeKept(older)
        }
    }

    private static let partMark = ".part"

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
                warn("what is kept of attempt \(id) cannot be read: \(error)")
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

    /// Removes what processes left there that ended while they moved it. Blocks.
    func removeAbandonedKept() throws {
        guard Files.exists(home.keptPath) else { return }
        for name in try Files.list(home.keptPath) where name.hasSuffix(Self.partMark) {
            let path = "\(home.keptPath)/\(name)"
            guard let status = try Files.status(path),
                status.modified.seconds < Int64(time(nil)) - Self.youth
            else { continue }
            try Files.removeTree(path)
        }
    }
}
