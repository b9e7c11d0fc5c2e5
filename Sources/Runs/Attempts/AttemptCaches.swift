import Domain
import Workflows

/// The caches of one run's attempts: looked up before they start, recorded when they succeeded.
struct AttemptCaches: Sendable {
    let store: RunStore
    let workflow: String
    let now: @Sendable () -> Timestamp

    /// The request with what its caches begin with; a miss is no error.
    func fill(_ request: AttemptRequest) async throws -> AttemptRequest {
        var request = request
        for index in request.caches.indices {
            let cache = request.caches[index]
            request.caches[index].content = try await store.cache(
                cache.key, of: workflow, paths: cache.paths, usedAt: now())
        }
        return request
    }

    /// Records what a successful attempt left; the last one that is recorded wins.
    func keep(_ uses: [CacheUse], of request: AttemptRequest) async throws {
        for (cache, use) in zip(request.caches, uses) {
            guard let saved = use.saved else { continue }
            try await store.keepCache(
                cache.key, of: workflow, paths: cache.paths, saved, run: request.id.run,
                at: now())
        }
    }
}
