import Domain
import OCI
import Storage

/// The last step of a pull: everything is moved into the store and recorded, or nothing is.
struct PullRecord: Sendable {
    let store: ImageStore
    let image: CopiedImage
    let layers: [Descriptor]
    let uses: ImageUses

    /// Says whether anything of it is new; nil when a layer that was here has gone meanwhile.
    func commit(_ small: [[UInt8]], at now: Timestamp) async throws -> Bool? {
        let lock = try await ImageLock.take(.shared, in: store.temporaryPath)
        let taken = await take(small)
        do {
            if let failure = taken.failure { throw failure }
            guard taken.isWhole else {
                lock.release()
                try await store.forget(taken.added, uses)
                return nil
            }
            let isKnown = try await isRecorded()
            try await store.record([image], at: now)
            lock.release()
            return !taken.added.isEmpty || !isKnown
        } catch {
            lock.release()
            do { try await store.forget(taken.added, uses) } catch {
                // The first error is what the user must see.
            }
            throw error
        }
    }

    private struct Taken: Sendable {
        var added: [Digest] = []
        var isWhole = true
        var failure: (any Error)?
    }

    private func take(_ small: [[UInt8]]) async -> Taken {
        let (blobs, layers) = (store.blobs, layers)
        do {
            return try await IOPool.shared.run {
                var taken = Taken()
                do {
                    for layer in layers where taken.isWhole {
                        if try blobs.claim(layer.digest) { continue }
                        taken.isWhole = try blobs.take(layer.digest)
                        if taken.isWhole { taken.added.append(layer.digest) }
                    }
                    for bytes in small where taken.isWhole {
                        let digest = Digest(of: bytes)
                        if try blobs.claim(digest) { continue }
                        try blobs.put(bytes)
                        taken.added.append(digest)
                    }
                } catch {
                    taken.failure = error
                }
                return taken
            }
        } catch {
            return Taken(failure: error)
        }
    }

    /// Whether all its names mean this image already.
    private func isRecorded() async throws -> Bool {
        for name in image.references {
            do {
                guard try await store.root(of: name) == image.index ?? image.manifest,
                    try await store.resolve(name, platform: image.platform) == image.manifest
                else { return false }
            } catch is RegistryError {
                return false
            }
        }
        return true
    }
}
