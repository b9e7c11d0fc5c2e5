package import Domain
import Glibc
import OCI
import Storage

extension ImageStore {
    /// What arrived of a blob is kept this long for a pull that goes on with it.
    package static let incomingLifetime: Duration = .seconds(7 * 86_400)

    /// Brings in an image from its registry, or from a mirror of it; nothing that is here already
    /// is fetched, and nothing is recorded unless all of it is here (docs/decisions/0009).
    package func pull(
        _ request: PullRequest, _ access: RegistryAccess, at now: Timestamp,
        uses: ImageUses = .none,
        tell: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) async throws -> PulledImage {
        guard let name = request.reference.host else {
            throw RegistryError.noHost(request.reference)
        }
        try await removeOldIncoming(now)
        let own = RemoteRepository(
            host: RegistryHost(name), name: request.reference.repository)
        for mirror in access.options(of: own.host).mirrors {
            do {
                return try await pull(
                    request, Self.repository(own, at: mirror), access, now, uses, tell)
            } catch let error as RegistryError where error.mayBeTheMirrors {
                tell(.mirrorFailed(mirror, why: error.description))
            }
        }
        return try await pull(request, own, access, now, uses, tell)
    }

    private func pull(
        _ request: PullRequest, _ repository: RemoteRepository, _ access: RegistryAccess,
        _ now: Timestamp, _ uses: ImageUses, _ tell: @escaping @Sendable (PullEvent) -> Void
    ) async throws -> PulledImage {
        let connection = RegistryConnection(repository, shown: request.reference, access: access)
        return try await ImagePull(
            store: self, connection: connection, request: request, uses: uses,
            repeating: Repeating(policy: access.retry, tell: tell), tell: tell
        ).run(at: now)
    }

    /// `mirror.example.com/docker` keeps `library/busybox` as `docker/library/busybox`.
    static func repository(_ own: RemoteRepository, at mirror: String) -> RemoteRepository {
        let parts = mirror.split(separator: "/", maxSplits: 1)
        let prefix = parts.count > 1 ? "\(parts[1])/" : ""
        return RemoteRepository(
            host: RegistryHost(String(parts.first ?? "")), name: prefix + own.name)
    }

    private func removeOldIncoming(_ now: Timestamp) async throws {
        let blobs = blobs
        let limit = now + (.zero - Self.incomingLifetime)
        try await IOPool.shared.run {
            try blobs.removeIncoming(before: limit.microseconds / 1_000_000)
        }
    }
}

extension RegistryError {
    /// Whether another host may do better.
    fileprivate var mayBeTheMirrors: Bool {
        switch self {
        case .notFound, .unauthorized, .denied, .untrusted, .unreachable, .tooManyRequests,
            .misbehaves:
            true
        default: false
        }
    }
}
