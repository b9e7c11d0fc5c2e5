import CLinux
package import Domain
import Glibc
package import OCI
package import Storage
package import Workflows

/// What lies on this machine and nobody needs (docs/decisions/0020). Everything here blocks.
extension OCIExecutor {
    /// What is left of an attempt whose run is over.
    package func garbage(of id: AttemptID) throws -> Garbage {
        let folder = AttemptFolder(id, home: home)
        return Garbage("attempt \(id)", bytes: try Files.diskUse(of: folder.path).bytes) { [self] in
            do { try remove(folder) } catch {
                // The process that it belonged to may have cleared it away at the same time.
                guard try leftovers().contains(id) else { return }
                throw error
            }
        }
    }

    /// What a failed attempt left; somebody who looks into it just now keeps it.
    package func garbage(of state: KeptState) throws -> Garbage {
        let id = state.attempt.id
        let bytes = try Files.diskUse(of: state.path).bytes
        return Garbage("kept \(id)", bytes: bytes) { [self] in
            guard try !removeKept(id), Files.exists(state.path) else { return }
            throw GarbageInUse()
        }
    }

    /// The folder that jobs of a run shared which is over.
    package func workspaceGarbage(of run: RunID) throws -> Garbage {
        try SharedWorkspace(run, home: home).garbage(ranges)
    }

    /// Attempts that something of this machine outside the home is called after, of all homes:
    /// control groups, addresses.
    package func attemptsOnMachine() throws -> Set<AttemptID> {
        var found: Set<AttemptID> = []
        for group in try ControlGroups.all() {
            if let id = Self.attempt(named: group.name) { found.insert(id) }
        }
        for address in try NetworkAddresses.all() {
            if let id = Self.attempt(named: address.container) { found.insert(id) }
        }
        return found
    }

    /// Control groups of attempts that have ended: what still runs in one is killed.
    package func controlGroupGarbage(of ended: Set<AttemptID>) throws -> [Garbage] {
        try ControlGroups.all().compactMap { group in
            guard let id = Self.attempt(named: group.name), ended.contains(id),
                try !isKnownAtHome(group.name)
            else { return nil }
            return Garbage(group.path, bytes: 0) { [self] in
                if try !isKnownAtHome(group.name) { try ControlGroups.remove(group.path) }
            }
        }
    }

    /// Control groups and addresses of attempts of this home of which nothing else is left: their
    /// process was gone before it came to them. Gives those that are still there.
    package func clearMachine(of dead: Set<AttemptID>) throws -> Set<AttemptID> {
        guard !dead.isEmpty else { return [] }
        for thing in try controlGroupGarbage(of: dead) + addressGarbage(of: dead) {
            try thing.removeUnlessUsed()
        }
        return try attemptsOnMachine().intersection(dead)
    }

    /// Addresses that attempts hold which have ended.
    package func addressGarbage(of ended: Set<AttemptID>) throws -> [Garbage] {
        try NetworkAddresses.all().compactMap { address in
            guard let id = Self.attempt(named: address.container), ended.contains(id),
                try !isAtHome("mounts/\(id)")
            else { return nil }
            return Garbage("address \(address.address)", bytes: 0) {
                try NetworkAddresses.release(address)
            }
        }
    }

    /// Whether some home of the machine holds this below its runtime folder: a copy of this home
    /// has runs of the same name, which may go on there.
    func isAtHome(_ place: String) throws -> Bool {
        let parent = PathText.folder(of: home.runtimePath)
        return try Files.list(parent).contains { Files.exists("\(parent)/\($0)/\(place)") }
    }

    /// Unpacked layers that belong to none of some diff-ids.
    package func layerGarbage(
        allBut kept: Set<OCI.Digest>, olderThan youngest: FileTime
    ) throws -> [Garbage] {
        try layers.garbage(allBut: kept, olderThan: youngest)
    }

    /// Artifacts and sources that are laid out, of content that nobody needs.
    package func treeGarbage(
        unless isNeeded: (OCI.Digest) -> Bool, olderThan youngest: FileTime
    ) throws -> [Garbage] {
        try trees.garbage(unless: isNeeded, olderThan: youngest)
    }

    /// Caches that are laid out, of content that no key leads to and no attempt sees.
    package func cacheTreeGarbage(
        unless isNeeded: (OCI.Digest) -> Bool, olderThan youngest: FileTime
    ) throws -> [Garbage] {
        let seen = try cachesInUse()
        return try caches.trees.garbage(
            unless: { isNeeded($0) || seen.contains($0) }, olderThan: youngest)
    }

    /// What the attempts that are there began with.
    private func cachesInUse() throws -> Set<OCI.Digest> {
        var digests: Set<OCI.Digest> = []
        for name in try Files.list(home.attemptsPath) {
            guard let id = Self.attempt(named: name) else { continue }
            let path = AttemptFolder(id, home: home).cachesPath
            guard Files.exists(path) else { continue }
            let list = try JSONParser.parse(try Files.readFile(path, limit: 1 << 20)).arrayValue
            for text in (list ?? []).compactMap({ $0["digest"]?.stringValue }) {
                digests.insert(try OCI.Digest(parsing: text))
            }
        }
        return digests
    }

    /// What lies laid out of artifacts and sources, with the content that it is of.
    package func laidTrees() throws -> [(digest: OCI.Digest, bytes: Int64)] {
        try trees.all().map {
            ($0.digest, try Files.diskUse(of: "\(home.treesPath)/\($0.name)").bytes)
        }
    }

    /// Layers, trees and caches that were not finished. `isAlone`: no other process of this home
    /// is at work; `youngest`: what is older is nobody's any more.
    package func abandoned(isAlone: Bool, olderThan youngest: FileTime) throws -> [Garbage] {
        let old = isAlone ? youngest : nil
        return try layers.abandoned() + trees.abandoned(olderThan: old)
            + caches.abandoned(olderThan: old) + doctorFolders(youngest)
    }

    /// Where a `doctor` was killed that tried whether it can mount.
    private func doctorFolders(_ youngest: FileTime) throws -> [Garbage] {
        try Files.list(home.path).compactMap { name in
            let path = "\(home.path)/\(name)"
            guard name.hasPrefix("\(OCIDoctor.folderPrefix)."), let status = try Files.status(path),
                status.kind == .folder, status.modified < youngest
            else { return nil }
            return Garbage(path, bytes: try Files.diskUse(of: path).bytes) {
                if unsafe slipway_unmount("\(path)/root") < 0 {
                    throw Files.failure("unmount", "\(path)/root")
                }
                try Files.removeTree(path)
            }
        }
    }
}
