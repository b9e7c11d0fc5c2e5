import Domain
import OCI
import Storage

/// Layers on their way in: a few at once, each continued after whatever interrupts it.
struct LayerPull: Sendable {
    let blobs: BlobStore
    let connection: RegistryConnection
    let repeating: Repeating
    /// Layers at once.
    let width: Int
    let tell: @Sendable (PullEvent) -> Void

    /// Fetches what neither the store nor an earlier attempt has; gives the bytes that came.
    func fetch(_ layers: [Descriptor]) async throws -> Int64 {
        try await checkRoom(for: layers)
        return try await withThrowingTaskGroup(of: Int64.self) { group in
            var received: Int64 = 0
            var waiting = layers.makeIterator()
            for _ in 0..<max(1, width) {
                guard let layer = waiting.next() else { break }
                group.addTask { try await fetch(layer) }
            }
            while let count = try await group.next() {
                received += count
                if let layer = waiting.next() { group.addTask { try await fetch(layer) } }
            }
            return received
        }
    }

    /// Fails before the first byte when the disk cannot hold what is to come.
    private func checkRoom(for layers: [Descriptor]) async throws {
        let blobs = blobs
        let (needed, free, path) = try await IOPool.shared.run {
            var needed: Int64 = 0
            for layer in layers
            where !blobs.contains(layer.digest) && !blobs.hasIncoming(layer.digest) {
                needed += max(0, layer.size - (try blobs.incomingSize(layer.digest)))
            }
            let path = blobs.folder
            return (needed, try Files.freeBytes(at: path), path)
        }
        guard needed <= free else {
            throw RegistryError.noRoom(
                path: path, needed: "\(ByteSize(bytes: needed))", free: "\(ByteSize(bytes: free))")
        }
    }

    private func fetch(_ layer: Descriptor) async throws -> Int64 {
        var isTold = false
        while true {
            let blobs = blobs
            let (isHere, blob) = try await IOPool.shared.run { () -> (Bool, IncomingBlob?) in
                if blobs.contains(layer.digest) || blobs.hasIncoming(layer.digest) {
                    return (true, nil)
                }
                return (false, try blobs.incoming(layer.digest))
            }
            if isHere {
                tell(isTold ? .layerEnded(layer.digest) : .layerIsHere(layer.digest))
                return 0
            }
            if let blob { return try await fetch(layer, into: blob) }
            // Another pull brings it in; if that ends half-way, this one goes on with it.
            if !isTold { tell(.layerIsShared(layer.digest)) }
            isTold = true
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func fetch(_ layer: Descriptor, into blob: IncomingBlob) async throws -> Int64 {
        let before = blob.size
        tell(.layerBegan(layer.digest, received: before))
        var failures = 0
        while true {
            let start = blob.size
            do {
                try await connection.receive(layer, into: blob) {
                    tell(.layerReceived(layer.digest, received: $0))
                }
                try await IOPool.shared.run { try blob.finish(size: layer.size) }
                tell(.layerEnded(layer.digest))
                return max(0, layer.size - before)
            } catch let failure as Transient {
                // Whoever gets further, however slowly, is not given up.
                failures = blob.size > start ? 1 : failures + 1
                try await repeating.wait(after: failures, failure)
            } catch StorageError.digestMismatch(let expected, let actual) {
                // What was there from an earlier attempt may be what is wrong.
                guard before > 0 else {
                    throw RegistryError.damaged(
                        what: "layer \(expected) of \(connection.shown)",
                        why: "\(connection.repository.host) gives content with the digest "
                            + "\(actual); nothing of it is kept")
                }
                return try await refetch(layer)
            }
        }
    }

    private func refetch(_ layer: Descriptor) async throws -> Int64 {
        let blobs = blobs
        let blob = try await IOPool.shared.run { try blobs.incoming(layer.digest) }
        guard let blob else { return try await fetch(layer) }
        try await IOPool.shared.run { try blob.restart() }
        return try await fetch(layer, into: blob)
    }
}
