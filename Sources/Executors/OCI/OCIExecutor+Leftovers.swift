import Domain
package import OCI
import Storage
package import Workflows

/// What processes that are gone have left.
extension OCIExecutor {
    /// Ends and removes what is left of an attempt whose process is gone.
    package func discard(_ id: AttemptID) async {
        let folder = AttemptFolder(id, home: home)
        await withCheckedContinuation { continuation in
            cleanUps.add(id) { [self] in
                cleanUp(folder, endsTools: true)
                continuation.resume()
            }
        }
    }

    /// The same behind the caller; `settle` waits for it. `clearsMachine`: no table knows its run,
    /// so nobody would find again what is called after it elsewhere on the machine.
    package func discardLater(_ id: AttemptID, clearsMachine: Bool = false) {
        cleanUps.add(id) { [self] in
            cleanUp(AttemptFolder(id, home: home), endsTools: true)
            guard clearsMachine else { return }
            do { _ = try clearMachine(of: [id]) } catch {
                warn("what attempt \(id) has on this machine could not be removed: \(error)")
            }
        }
    }

    /// Work that nobody waits for but `settle`. That it failed is told.
    package func doLater(_ what: String, _ work: @escaping @Sendable () throws -> Void) {
        cleanUps.add { [self] in
            do { try work() } catch { warn("\(what) could not be removed: \(error)") }
        }
    }

    /// Attempts of which something is left in this home: files, mounts or a container.
    package func leftovers() throws -> [AttemptID] {
        var found: Set<AttemptID> = []
        for folder in [home.attemptsPath, "\(home.runtimePath)/mounts"] + runtimeRoots
        where Files.exists(folder) {
            for name in try Files.list(folder) {
                if let id = Self.attempt(named: name) { found.insert(id) }
            }
        }
        return found.sorted { $0.description < $1.description }
    }

    /// Also of a service: `RUN-LEG-ATTEMPT-s0`.
    static func attempt(named name: String) -> AttemptID? {
        let parts = name.split(separator: "-")
        guard parts.count == 3 || (parts.count == 4 && parts[3].hasPrefix("s")) else { return nil }
        return AttemptID(parsing: parts.prefix(3).joined(separator: "-"))
    }

    /// Removes unpacked layers that belong to no image any more, unless attempts may see them: then
    /// the next time will do. Blocks.
    package func removeLayers(allBut kept: Set<OCI.Digest>) throws {
        if try leftovers().isEmpty { try layers.remove(allBut: kept) }
    }

    /// Removes the content of caches that belongs to no key any more and is so old, and says how
    /// many bytes of it went. What is laid out stays while attempts may see it. Blocks.
    package func removeCaches(
        allBut kept: Set<OCI.Digest>, olderThanSeconds age: Int64
    ) throws -> Int64 {
        try caches.remove(allBut: kept, olderThanSeconds: age) { try !leftovers().isEmpty }
    }

    /// Removes layers and trees that were not finished, and frees users of containers that are
    /// gone. Blocks.
    package func removeAbandoned() throws {
        try layers.removeAbandoned()
        try trees.removeAbandoned()
        try caches.removeAbandoned()
        try removeAbandonedKept()
        try MachineBarrier.forgetStale()
        for range in try usersGarbage() { try range.removeUnlessUsed() }
        try removeAbandonedProbes()
    }

    /// Keeps what an attempt will see from being taken away before its mounts show that it does.
    func hold(for attempt: AttemptRequest) throws -> [OpenFile] {
        var holds: [OpenFile] = []
        if !attempt.caches.isEmpty { holds.append(try caches.hold()) }
        let isShared = attempt.workspace != .own
        if attempt.source != nil || !attempt.artifacts.isEmpty || isShared {
            holds.append(try trees.hold())
        }
        return holds
    }
}
