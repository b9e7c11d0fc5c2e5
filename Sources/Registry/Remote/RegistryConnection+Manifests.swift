import Domain
import NIOHTTP1
import OCI

/// The bytes of a manifest or an index, as a registry gave them.
struct RemoteManifest: Sendable {
    let bytes: [UInt8]
    let digest: Digest
    /// What they are, told by themselves where they say so, else by the registry.
    let mediaType: String
}

extension RegistryConnection {
    /// Reads a manifest or an index by tag or digest (OCI distribution spec 1.1, "Pulling
    /// manifests"). Nil when the registry does not have it.
    func manifest(tag: String) async throws -> RemoteManifest? {
        try await manifest(tag, expecting: nil)
    }

    func manifest(_ digest: Digest) async throws -> RemoteManifest? {
        guard digest.algorithm == .sha256 else {
            throw RegistryError.unsupported(
                "\(shown)",
                why: "digests of \(digest.algorithm.rawValue) are not supported; expected sha256")
        }
        return try await manifest(digest.description, expecting: digest)
    }

    private func manifest(
        _ name: String, expecting expected: Digest?
    ) async throws -> RemoteManifest? {
        let types = [
            MediaType.manifest, MediaType.index, MediaType.dockerManifest, MediaType.dockerList,
        ]
        // In one field: some registries read the first one alone.
        let answer = try await get("manifests/\(name)", accept: [types.joined(separator: ", ")])
        let origin = answer.address.origin
        if answer.status == 404 { return nil }
        guard (200..<300).contains(answer.status) else {
            throw RegistryError.misbehaves(origin, why: "it answers \(answer.status)")
        }
        guard let bytes = try await answer.bytes(limit: ImageManifest.sizeLimit) else {
            throw RegistryError.tooLarge("the manifest of \(shown)", limit: "4 MiB")
        }
        let digest = Digest(of: bytes)
        if let expected, expected != digest {
            throw RegistryError.misbehaves(
                origin, why: "asked for \(expected) it gave \(digest); nothing of it is kept")
        }
        if expected == nil, let said = answer.headers.first(name: "docker-content-digest"),
            said.hasPrefix("sha256:"), said != digest.description
        {
            throw RegistryError.misbehaves(
                origin, why: "it calls its manifest \(Quotation(said)), which is \(digest)")
        }
        let said = answer.headers.first(name: "content-type") ?? ""
        return RemoteManifest(
            bytes: bytes, digest: digest,
            mediaType: try mediaType(
                of: bytes, said: String(said.prefix { $0 != ";" }).lowercased()))
    }

    /// Bytes that could be read as a manifest and as an index are neither (CVE-2021-41190).
    func mediaType(of bytes: [UInt8], said: String) throws -> String {
        let json: JSONValue
        do { json = try JSONParser.parse(bytes) } catch {
            throw RegistryError.damaged(
                what: "the manifest of \(shown)", why: error.description)
        }
        let isIndex = json["manifests"] != nil
        let isManifest = json["layers"] != nil || json["config"] != nil
        if json["schemaVersion"]?.integerValue == 1 {
            throw RegistryError.unsupported(
                "\(shown)",
                why: "its manifest is of Docker's first schema; push it again with a tool of today")
        }
        guard isIndex != isManifest else {
            throw RegistryError.damaged(
                what: "the manifest of \(shown)",
                why: isIndex
                    ? "it is a manifest and an index at once"
                    : "it has neither layers nor manifests")
        }
        let type = json["mediaType"]?.stringValue ?? said
        let indexes = [MediaType.index, MediaType.dockerList]
        let manifests = [MediaType.manifest, MediaType.dockerManifest]
        guard indexes.contains(type) && isIndex || manifests.contains(type) && isManifest else {
            throw RegistryError.unsupported(
                "\(shown)", why: "its media type is \(Quotation(type)), not that of an image")
        }
        return type
    }

    /// The tags of the repository, at most 2,000; none when the registry does not tell.
    func tags() async -> [String] {
        var tags: [String] = []
        do {
            var answer = try await get("tags/list?n=1000")
            for _ in 0..<2 {
                guard answer.status == 200, let bytes = try await answer.bytes(limit: 1 << 20),
                    let list = try JSONParser.parse(bytes)["tags"]?.arrayValue
                else { break }
                tags += list.prefix(1000).compactMap(\.stringValue).filter(ImageReference.isTag)
                guard let link = NextPage.target(inLink: answer.headers["link"]),
                    let next = answer.address.following(link),
                    next.hasSameOrigin(as: answer.address)
                else { break }
                answer = try await get(next)
            }
        } catch {
            // It is a hint for an error that is told anyway.
        }
        return tags
    }
}
