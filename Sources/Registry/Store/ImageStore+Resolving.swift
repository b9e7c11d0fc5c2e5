import Domain
package import OCI
import Storage

extension ImageStore {
    /// The tag under which a reference is stored; one by digest alone has its digest there, which
    /// is never a tag.
    static func storedTag(of reference: ImageReference) -> String {
        reference.tag ?? reference.digest.map(\.description) ?? ImageReference.defaultTag
    }

    /// What a reference means now: the digest of an index, or of a manifest. One with a digest
    /// means that, whatever its tag says.
    package func root(of reference: ImageReference) async throws -> Digest {
        let named = try await named(reference)
        if let wanted = reference.digest {
            if try await holds(wanted) { return wanted }
            if reference.tag != nil, let named {
                throw RegistryError.digestDiffers(reference, actual: named)
            }
        } else if let named {
            return named
        }
        throw RegistryError.noSuchImage(reference, nearest: try await nearest(to: reference))
    }

    /// The manifest that a reference means now. Of an index it is that for `platform`, or for this
    /// machine; a manifest that stands alone is held against the platform where one is given.
    package func resolve(
        _ reference: ImageReference, platform: Platform? = nil
    ) async throws -> Digest {
        let root = try await root(of: reference)
        let choices = try await manifests(ofIndex: root)
        if choices.isEmpty {
            guard let platform else { return root }
            let actual = try load(root).1.platform
            guard platform.substitutes.contains(actual) else {
                throw RegistryError.otherPlatform(reference, wanted: platform, found: [actual])
            }
            return root
        }
        let wanted = platform ?? .current
        for fitting in wanted.substitutes {
            if let found = choices[fitting.description] { return found }
        }
        throw RegistryError.otherPlatform(
            reference, wanted: wanted,
            found: try choices.keys.sorted().map { try Platform(parsing: $0) })
    }

    private func named(_ reference: ImageReference) async throws -> Digest? {
        let namespace = namespace
        let rows = try await database.read { transaction in
            try transaction.query(
                """
                SELECT root FROM image_tags
                WHERE namespace_id = ? AND repository = ? AND tag = ?
                """,
                [
                    .integer(namespace.value), .text(reference.name),
                    .text(reference.tag ?? ImageReference.defaultTag),
                ])
        }
        return try rows.first.map { try Digest(parsing: try $0.text(at: 0)) }
    }

    /// Platform → manifest; empty for what is no index.
    func manifests(ofIndex root: Digest) async throws -> [String: Digest] {
        let namespace = namespace
        let rows = try await database.read { transaction in
            try transaction.query(
                "SELECT platform, manifest FROM image_indexes WHERE namespace_id = ? AND root = ?",
                [.integer(namespace.value), .text(root.description)])
        }
        var choices: [String: Digest] = [:]
        for row in rows {
            choices[try row.text(at: 0)] = try Digest(parsing: try row.text(at: 1))
        }
        return choices
    }

    /// Whether a digest is that of a stored manifest, or of an index that one was chosen from.
    func holds(_ digest: Digest) async throws -> Bool {
        let values: [SQLValue] = [.integer(namespace.value), .text(digest.description)]
        return try await database.read { transaction in
            try !transaction.query(
                """
                SELECT 1 FROM image_blobs WHERE namespace_id = ?1 AND manifest = ?2
                UNION ALL SELECT 1 FROM image_indexes WHERE namespace_id = ?1 AND root = ?2
                LIMIT 1
                """, values
            ).isEmpty
        }
    }

    /// An image of the same repository or last name, or one whose name is nearly that.
    private func nearest(to reference: ImageReference) async throws -> String? {
        let all = try await list().map(\.reference).filter { $0.tag != nil }
        let last = reference.repository.split(separator: "/").last
        let tag = reference.tag ?? ImageReference.defaultTag
        let same = all.filter { $0.name == reference.name }
        if let near = Suggestion.nearest(to: tag, among: same.compactMap(\.tag)),
            let found = same.first(where: { $0.tag == near })
        {
            return found.description
        }
        if let found = same.first { return found.description }
        if let near = Suggestion.nearest(to: reference.name, among: all.map(\.name)) {
            let others = all.filter { $0.name == near }
            return (others.first { $0.tag == tag } ?? others.first)?.description
        }
        if let found = all.first(where: { $0.repository.split(separator: "/").last == last }) {
            return found.description
        }
        // The last name alone: `busibox` for `library/busybox:latest`, wherever it comes from.
        let lasts = all.compactMap { $0.repository.split(separator: "/").last.map(String.init) }
        guard let last, let near = Suggestion.nearest(to: String(last), among: lasts) else {
            return nil
        }
        return all.first { $0.repository.hasSuffix(near) }?.description
    }
}
