import Crypto
import Domain
import Glibc
import OCI
import Storage
import Workflows

/// Digests of files of a run's source, read from its archive; each list of names once.
actor SourceFiles {
    private let blobs: BlobStore
    private var known: [[String]: [String: OCI.Digest]] = [:]

    init(blobs: BlobStore) {
        self.blobs = blobs
    }

    /// Path → digest of content, mode and kind, of every file that one of the names is or has
    /// below it. A name without a file is the job's mistake.
    func digests(of names: [String], in source: ArtifactRecord?) async throws -> [String: OCI
        .Digest]
    {
        if let found = known[names] { return found }
        guard let source else {
            throw RefusedAttempt(reason: "cache: the run has no source, so it has no files")
        }
        let blobs = blobs
        let found = try await IOPool.shared.run {
            try Self.read(names, try blobs.open(source.digest))
        }
        for name in names where !found.keys.contains(where: { Self.holds(name, $0) }) {
            throw RefusedAttempt(reason: "cache: '\(name)' names no file of the source")
        }
        known[names] = found
        return found
    }

    private static func holds(_ name: String, _ path: String) -> Bool {
        path == name || path.hasPrefix(name + "/")
    }

    private static func read(_ names: [String], _ file: OpenFile) throws -> [String: OCI.Digest] {
        var reader = TarReader { try file.read(1 << 18) }
        var found: [String: OCI.Digest] = [:]
        while let entry = try reader.next() {
            var path = entry.path.description
            while path.hasPrefix("./") { path.removeFirst(2) }
            guard names.contains(where: { holds($0, path) }) else { continue }
            var hash = SHA256()
            switch entry.kind {
            case .folder: continue
            case .symbolicLink(let target), .hardLink(let target):
                hash.update(data: Array("link \(target.description)".utf8))
            default:
                hash.update(data: Array("\(String(entry.mode, radix: 8)) ".utf8))
                while true {
                    let piece = try reader.readBody(1 << 18)
                    if piece.isEmpty { break }
                    hash.update(data: piece)
                }
            }
            found[path] = OCI.Digest(hash.finalize())
        }
        return found
    }
}
