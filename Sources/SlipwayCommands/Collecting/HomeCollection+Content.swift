import Domain
import Executors
import OCI
import Registry
import Runs
import Storage
import Workflows

/// What nothing reaches: content by digest, and what is laid out of it.
extension HomeCollection {
    /// Gives the images that go.
    func clearImages(_ marks: HomeMarks, _ moment: Moment) async throws -> Set<Digest> {
        var gone: Set<Digest> = []
        if !isDry { try await services.images.removeUnused(services.imageUses) }
        for manifest in try await services.images.nameless()
        where !marks.blobs.isNeeded(manifest) {
            try tally.checkpoint()
            do {
                let isGone =
                    if isDry { true } else {
                        try await services.images.forget(
                            nameless: manifest, olderThan: moment.youngest)
                    }
                guard isGone else { continue }
                tally.add(.images, "image \(manifest)", bytes: 0)
                gone.insert(manifest)
            } catch {
                tally.fail("image \(manifest)", error)
            }
        }
        return gone
    }

    func clearContent(
        _ marks: HomeMarks, _ gone: Set<Digest>, _ moment: Moment
    ) async throws {
        let (executor, youngest) = (services.executor, moment.youngest)
        try await sweep(.blobs, services.blobs, marks.blobs, youngest)
        try await sweep(.cacheContent, executor.caches.blobs, marks.caches, youngest)
        let caches = marks.caches
        try await tally.clear(.cacheContent) {
            try executor.cacheTreeGarbage(
                unless: { caches.isNeeded($0) }, olderThan: youngest)
        }
        // What people look at may belong to a run that went; they are gone before long.
        if try await hasSessions() { return note("leaves what lies under 'debug' and 'replay'") }
        try await clearLayers(gone, youngest)
        let blobs = marks.blobs
        try await tally.clear(.trees) {
            try executor.treeGarbage(unless: { blobs.isNeeded($0) }, olderThan: youngest)
        }
    }

    /// Whether attempts beside runs are at work: of runs that no table knows and somebody holds.
    private func hasSessions() async throws -> Bool {
        for run in Set(try services.executor.leftovers().map(\.run)) {
            let isRecorded = try await store.isRecorded(run)
            if try !isRecorded && services.runs.isOwned(run) { return true }
        }
        return false
    }

    func sweep(
        _ kind: GarbageKind, _ store: BlobStore, _ inventory: BlobInventory, _ youngest: FileTime
    ) async throws {
        let tally = tally
        do {
            try await IOPool.shared.run {
                try store.sweep(
                    inventory, olderThan: youngest,
                    take: { name, bytes in
                        tally.add(kind, name, bytes: bytes)
                        return !tally.isDry
                    }, failed: { tally.fail($0, $1) }, checkpoint: { try tally.checkpoint() })
            }
        } catch let stopped as CollectionStopped {
            throw stopped
        } catch {
            tally.fail(kind.rawValue, error)
        }
    }

    func clearLayers(_ gone: Set<Digest>, _ youngest: FileTime) async throws {
        let (executor, tally) = (services.executor, tally)
        do {
            try await services.images.withAllLayers(except: gone) { kept in
                for layer in try executor.layerGarbage(allBut: kept, olderThan: youngest) {
                    try tally.checkpoint()
                    if !tally.isDry {
                        tally.willRemove(.layers, layer)
                        do { try layer.remove() } catch {
                            tally.stays(layer.name, error)
                            continue
                        }
                    }
                    tally.add(.layers, layer.name, bytes: layer.bytes)
                }
            }
        } catch let stopped as CollectionStopped {
            throw stopped
        } catch {
            tally.fail("layers", error)
        }
    }

    /// Free bytes of the database for which it is written anew.
    static let compactsFrom: Int64 = 1 << 20

    func giveSpaceBack(_ before: DatabaseSpace) async throws -> DatabaseSpace {
        let database = services.database
        guard !isDry else { return before }
        do {
            let space = try await database.space()
            let isWorthIt = space.free >= Self.compactsFrom && space.free >= space.total / 8
            var isDone = false
            if isWorthIt {
                note(
                    "writes the database anew (\(Shown.size(space.total))): "
                        + "\(Shown.size(space.free)) of it are free; others wait meanwhile")
                isDone = try await services.use.whileAlone { try await database.compact() }
            }
            if !isDone { try await database.checkpoint() }
        } catch {
            tally.fail("the database's free space", error)
        }
        return try await database.space()
    }
}
