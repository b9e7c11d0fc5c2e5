import Domain
import Executors
import OCI
import Registry
import Runs
import Storage

/// The blobs of a home, and those of its caches, with who needs them (docs/decisions/0020).
struct HomeMarks: Sendable {
    /// Who is taken for one who stays.
    enum View {
        /// Everybody who is recorded.
        case recorded
        /// Those that a plan lets stay.
        case kept(RetentionPlan)
        /// Everybody, with his rank in a plan.
        case ranked(RetentionPlan)

        /// Nil for one who goes.
        func rank(_ rank: (RetentionPlan) -> UInt32?) -> UInt32? {
            switch self {
            case .recorded: return BlobInventory.always
            case .ranked(let plan): return rank(plan) ?? BlobInventory.always
            case .kept(let plan):
                guard let rank = rank(plan) else { return BlobInventory.always }
                return rank <= plan.chosen ? nil : BlobInventory.always
            }
        }
    }

    var blobs: BlobInventory
    var caches: BlobInventory

    /// Lists both. Blocks.
    init(listing services: HomeServices, checkpoint: () throws -> Void) throws {
        blobs = try services.blobs.inventory(checkpoint: checkpoint)
        caches = try services.executor.caches.blobs.inventory(checkpoint: checkpoint)
    }

    /// Marks what runs, results and caches need; what images need comes with `markImages`.
    mutating func markRuns(_ view: View, _ services: HomeServices) async throws {
        let store = services.runs.store
        var blobs = blobs
        try await store.forEachNaming { run, event in
            let rank = view.rank { plan in RunID(parsing: run).flatMap { plan.rank(of: $0) } }
            if let rank { blobs.mark(everyDigestIn: event, rank: rank) }
        }
        try await store.forEachMemo { key, madeAt, report in
            guard let rank = view.rank({ $0.rank(ofMemo: madeAt) }) else { return }
            blobs.mark(key, rank: rank, isOfImage: false)
            blobs.mark(everyDigestIn: report, rank: rank)
        }
        self.blobs = blobs
        for cache in try await store.caches() {
            guard let rank = view.rank({ $0.rank(ofCache: cache.usedAt) }) else { continue }
            caches.mark(cache.digest, rank: rank, isOfImage: false)
        }
    }

    /// Marks what images need, but for those that go.
    mutating func markImages(except gone: Set<Digest>, _ images: ImageStore) async throws {
        var blobs = blobs
        try await images.forEachBlob { manifest, blob in
            if !gone.contains(manifest) { blobs.mark(blob, isOfImage: true) }
        }
        self.blobs = blobs
    }
}
