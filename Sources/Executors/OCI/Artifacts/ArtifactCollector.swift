import Glibc
import OCI
package import Storage
package import Workflows

/// Takes what a job made out of its working folder, never anything outside it.
package struct ArtifactCollector: Sendable {
    private let blobs: BlobStore
    /// Bytes of one artifact, holes counted.
    private let sizeLimit: Int64

    package init(blobs: BlobStore, sizeLimit: Int64 = 16 << 30) {
        self.blobs = blobs
        self.sizeLimit = sizeLimit
    }

    /// The folder as the job sees it; paths of artifacts may begin with it.
    package static let workingFolder = "/slipway/work"

    /// Blocks; belongs on an I/O thread. Gives the artifacts, and why others could not be taken:
    /// when `stop` is raised, that is why for all that are not done.
    package func collect(
        _ wanted: [ProducedArtifact], from folder: String, stop: StopFlag = StopFlag()
    ) throws -> (artifacts: [String: ArtifactRecord], problems: [String: String]) {
        var artifacts: [String: ArtifactRecord] = [:]
        var problems: [String: String] = [:]
        guard !wanted.isEmpty else { return ([:], [:]) }
        let root = try Files.open(folder, O_RDONLY | O_DIRECTORY)
        for artifact in wanted {
            do {
                artifacts[artifact.name] = try take(artifact.path, root, stop)
            } catch let error as StorageError where error.isOfTheDisk {
                throw error
            } catch {
                problems[artifact.name] = Self.explain(error, artifact.path)
            }
        }
        return (artifacts, problems)
    }

    private func take(
        _ path: String, _ root: OpenFile, _ stop: StopFlag
    ) throws -> ArtifactRecord {
        try stop.check()
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
            let stored = try copy(file, path, stop)
            return ArtifactRecord(
                kind: .file, digest: stored.digest, size: stored.size,
                isExecutable: status.mode & 0o100 != 0)
        case .folder:
            let archive = FolderArchive(sizeLimit: sizeLimit) { try stop.check() }
            let stored = try archive.pack(
                file, links: .within(depth: try Self.depth(of: file, below: root)), into: blobs)
            return ArtifactRecord(
                kind: .folder, digest: stored.digest, size: stored.size, isExecutable: false)
        case .link, .other:
            throw StorageError.archive(path: path, why: "it is neither a file nor a folder")
        }
    }

    /// Holes count as the zeros that they are read as.
    private func copy(
        _ file: OpenFile, _ path: String, _ stop: StopFlag
    ) throws -> (digest: OCI.Digest, size: Int64) {
        let tooLarge = StorageError.tooLarge(what: "'\(path)'", limit: sizeLimit)
        guard try file.status().size <= sizeLimit else { throw tooLarge }
        let writer = try blobs.writer()
        while true {
            try stop.check()
            let piece = try file.read(1 << 20)
            if piece.isEmpty { break }
            // A folder that jobs share may still be written to.
            guard writer.size + Int64(piece.count) <= sizeLimit else { throw tooLarge }
            try writer.write(piece)
        }
        return try writer.finish()
    }

    /// How many folders below another an open folder lies, whatever links led to it.
    private static func depth(of folder: OpenFile, below root: OpenFile) throws -> Int {
        func parts(_ file: OpenFile) throws -> Int {
            RawPath(try Files.target(ofLink: "/proc/self/fd/\(file.descriptor)")).parts.count
        }
        return try parts(folder) - parts(root)
    }

    private static func explain(_ error: any Error, _ path: String) -> String {
        switch error {
        case StorageError.tooLarge: return "artifact-too-large: \(error)"
        case ExecutorError.cancelled: return "'\(path)' was not taken: told to stop"
        default: break
        }
        guard case StorageError.system(_, _, let code) = error else { return "\(error)" }
        return switch code {
        case ENOENT: "'\(path)' is missing"
        case EXDEV, ELOOP: "'\(path)' leads out of the working folder by a link"
        // What open(2) says of a socket.
        case ENXIO: "'\(path)' is neither a file nor a folder"
        default: "\(error)"
        }
    }
}
