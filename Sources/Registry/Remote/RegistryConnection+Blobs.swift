import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1
import OCI
import Storage

extension RegistryConnection {
    /// A small blob, such as an image's configuration: held against its digest and size.
    func blob(_ descriptor: Descriptor) async throws -> [UInt8] {
        let limit = ImageManifest.sizeLimit
        guard descriptor.size <= limit else {
            throw RegistryError.tooLarge("blob \(descriptor.digest)", limit: "4 MiB")
        }
        let answer = try await get("blobs/\(descriptor.digest)")
        try checkPresence(answer, descriptor)
        guard let bytes = try await answer.bytes(limit: Int(descriptor.size)),
            bytes.count == Int(descriptor.size), Digest(of: bytes) == descriptor.digest
        else {
            throw RegistryError.damaged(
                what: "blob \(descriptor.digest) of \(shown)",
                why: "the registry gives something else for it")
        }
        return bytes
    }

    private func checkPresence(_ answer: HTTPAnswer, _ descriptor: Descriptor) throws {
        guard answer.status != 404 else {
            throw RegistryError.damaged(
                what: "\(shown)", why: "its registry lacks the blob \(descriptor.digest)")
        }
    }

    /// Goes on with a large blob, as far as this connection gets: from where it is, or from the
    /// start when the server will not continue.
    func receive(
        _ descriptor: Descriptor, into blob: IncomingBlob,
        progress: @Sendable (Int64) -> Void
    ) async throws {
        if blob.size > descriptor.size { try await IOPool.shared.run { try blob.restart() } }
        let offset = blob.size
        if offset == descriptor.size, offset > 0 { return }
        let answer = try await get("blobs/\(descriptor.digest)", from: offset)
        try checkPresence(answer, descriptor)
        if offset > 0, !Self.continues(answer, at: offset, of: descriptor.size) {
            try await IOPool.shared.run { try blob.restart() }
            // A refusal has no content; what follows is asked for anew.
            if answer.status != 200 {
                throw Transient(
                    cause: .misbehaves(
                        answer.address.origin,
                        why: "it does not continue \(descriptor.digest) at \(offset)"))
            }
        } else if offset == 0, answer.status != 200 {
            throw RegistryError.misbehaves(
                answer.address.origin, why: "it answers \(answer.status) to a plain request")
        }
        try await take(answer, descriptor, blob, progress)
    }

    static func continues(_ answer: HTTPAnswer, at offset: Int64, of size: Int64) -> Bool {
        guard answer.status == 206, let field = answer.headers.first(name: "content-range"),
            let range = ContentRange(field)
        else { return false }
        return range.first == offset && (range.size == nil || range.size == size)
    }

    private func take(
        _ answer: HTTPAnswer, _ descriptor: Descriptor, _ blob: IncomingBlob,
        _ progress: @Sendable (Int64) -> Void
    ) async throws {
        let room = descriptor.size
        var pending: [UInt8] = []
        func write() async throws {
            guard !pending.isEmpty else { return }
            let bytes = pending
            pending = []
            try await IOPool.shared.run { try blob.append(bytes) }
            progress(blob.size)
        }
        do {
            for try await piece in answer.body {
                pending += piece.readableBytesView
                guard blob.size + Int64(pending.count) <= room else {
                    try await IOPool.shared.run { try blob.restart() }
                    throw RegistryError.misbehaves(
                        answer.address.origin,
                        why: "it gives more for \(descriptor.digest) than its \(room) bytes")
                }
                if pending.count >= 1 << 20 { try await write() }
            }
        } catch {
            // What came before the connection was lost counts.
            let problem = Wire.problem(error, answer.address)
            if problem is Transient { try await write() }
            throw problem
        }
        try await write()
        guard blob.size == room else {
            throw Transient(
                cause: .unreachable(
                    answer.address.origin,
                    why: "it ended \(descriptor.digest) at \(blob.size) of \(room) bytes"))
        }
    }
}
