import Domain
import Glibc
import OCI
import Storage
import Workflows

/// The source of a run, taken once and kept by digest: the first link of the chain.
struct SourceSnapshot: Sendable {
    let record: ArtifactRecord
    let commit: String?
    let isDirty: Bool

    /// Bytes of all files together (DESIGN §2, "Source").
    static let sizeLimit: Int64 = 1 << 30

    /// Nil where the file's folder is in no repository and the workflow names no source. Blocks.
    static func take(
        _ declaration: SourceDeclaration, ofFile file: String, into blobs: BlobStore
    ) throws -> SourceSnapshot? {
        let folder = try folder(of: file)
        let archive = FolderArchive(sizeLimit: sizeLimit)
        do {
            switch declaration {
            case .path(let path):
                let root = path.hasPrefix("/") ? path : "\(folder)/\(path)"
                guard try Files.status(root) != nil else {
                    throw RunsError.source("there is no folder '\(root)'")
                }
                let packed = try archive.pack(
                    try Files.open(root, O_RDONLY | O_DIRECTORY), links: .any, into: blobs)
                return SourceSnapshot(record: Self.record(packed), commit: nil, isDirty: false)
            case .automatic:
                guard let git = try GitFolder(containing: folder) else { return nil }
                let root = try Files.open(git.top, O_RDONLY | O_DIRECTORY)
                let packed = try archive.pack(root, paths: try git.files(), into: blobs)
                return SourceSnapshot(
                    record: Self.record(packed), commit: try git.commit(),
                    isDirty: try git.isDirty())
            }
        } catch StorageError.tooLarge(let what, let limit) {
            throw RunsError.source(
                "\(what) is larger than \(limit) bytes; name a smaller folder with "
                    + "'source: {path: …}' in the start stage")
        }
    }

    private static func record(_ packed: (digest: Digest, size: Int64)) -> ArtifactRecord {
        ArtifactRecord(
            kind: .folder, digest: packed.digest, size: packed.size, isExecutable: false)
    }

    private static func folder(of file: String) throws -> String {
        let path = try Files.realPath(file)
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
