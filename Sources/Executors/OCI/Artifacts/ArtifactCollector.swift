import Glibc
import OCI
package import Storage
package import Workflows

/// Takes what a job made out of its working folder, never anything outside it.
package struct ArtifactCollector: Sendable {
    private let blobs: BlobStore

    package init(blobs: BlobStore) {
        self.blobs = blobs
    }

    /// The folder as the job sees it; paths of artifacts may begin with it.
    package static let workingFolder = "/slipway/work"

    /// Blocks; belongs on an I/O thread. Gives the artifacts, and why others could not be taken.
    package func collect(
        _ wanted: [ProducedArtifact], from folder: String
    ) throws -> (artifacts: [String: ArtifactRecord], problems: [String: String]) {
        var artifacts: [String: ArtifactRecord] = [:]
        var problems: [String: String] = [:]
        guard !wanted.isEmpty else { return ([:], [:]) }
        let root = try Files.open(folder, O_RDONLY | O_DIRECTORY)
        for artifact in wanted {
            do {
                artifacts[artifact.name] = try take(artifact.path, root)
            } catch StorageError.diskFull(let path) {
                throw StorageError.diskFull(path: path)
            } catch {
                problems[artifact.name] = Self.explain(error, artifact.path)
            }
        }
        return (artifacts, problems)
    }

    private func take(_ path: String, _ root: OpenFile) throws -> ArtifactRecord {
        var inner = path[...]
        if path == Self.workingFolder {
            inner = "."
        } else if path.hasPrefix(Self.workingFolder + "/") {
            inner = path.dropFirst(Self.workingFolder.count + 1)
        }
        let parts = try TarPath.parts(RawPath(inner))
        let relative = parts.isEmpty ? "." : RawPath(joining: parts).description
        // O_NONBLOCK: opening a fifo must not wait for a writer.
        let file = try Files.open(beneath: root, relative, O_RDONLY | O_NONBLOCK, follow: true)
        let status = try file.status()
        switch status.kind {
        case .file:
            let writer = try blobs.writer()
            while true {
                let piece = try file.read(1 << 20)
                if piece.isEmpty { break }
                try writer.write(piece)
            }
            let stored = try writer.finish()
            return ArtifactRecord(
                kind: .file, digest: stored.digest, size: stored.size,
                isExecutable: status.mode & 0o100 != 0)
        case .folder:
            let stored = try FolderArchive().pack(
                file, links: .within(depth: parts.count), into: blobs)
            return ArtifactRecord(
                kind: .folder, digest: stored.digest, size: stored.size, isExecutable: false)
        case .link, .other:
            throw StorageError.archive(path: path, why: "it is neither a file nor a folder")
        }
    }

    private static func explain(_ error: any Error, _ path: String) -> String {
        guard case StorageError.system(_, _, let code) = error else { return "\(error)" }
        return switch code {
        case ENOENT: "'\(path)' is missing"
        case EXDEV, ELOOP: "'\(path)' leads out of the working folder by a link"
        default: "\(error)"
        }
    }
}
