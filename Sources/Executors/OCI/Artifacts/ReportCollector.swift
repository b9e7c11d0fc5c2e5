import Glibc
import OCI
package import Storage
package import Workflows

/// Takes the files that a job left in its folder for reports; what is left out is a warning.
package struct ReportCollector: Sendable {
    /// What one attempt may leave.
    package struct Limits: Sendable {
        package var files = 100
        /// Bytes of one file, holes counted.
        package var fileBytes: Int64 = 16 << 20
        /// Bytes of all files.
        package var bytes: Int64 = 64 << 20
        /// Folders within folders.
        package var depth = 16
        /// Names that are looked at, whatever they stand for.
        package var names = 10_000
        /// Warnings that are spelled out.
        package var warnings = 10

        package init() {}
    }

    private let blobs: BlobStore
    private let limits: Limits

    package init(blobs: BlobStore, limits: Limits = Limits()) {
        self.blobs = blobs
        self.limits = limits
    }

    /// Blocks; belongs on an I/O thread. Nothing outside `folder` is opened, and no link, device,
    /// socket or fifo is read. Throws only when the disk takes no more.
    package func collect(
        from folder: String, stop: StopFlag = StopFlag()
    ) throws -> (reports: [CollectedReport], warnings: [String]) {
        var walk = Walk()
        do {
            try take(folder: try Files.open(folder, O_RDONLY | O_DIRECTORY), "", 0, stop, &walk)
        } catch let error as StorageError where error.isOfTheDisk {
            throw error
        } catch ExecutorError.cancelled {
            walk.problems.append("told to stop before all were taken")
        } catch {
            walk.problems.append("\(error)")
        }
        var warnings = walk.problems.prefix(limits.warnings).map { "reports: \($0)" }
        if walk.problems.count > warnings.count {
            warnings.append("reports: … and \(walk.problems.count - warnings.count) more")
        }
        return (walk.reports, warnings)
    }

    private struct Walk {
        var reports: [CollectedReport] = []
        var problems: [String] = []
        var bytes: Int64 = 0
        var names = 0
        var isFull = false
    }

    private func take(
        folder: OpenFile, _ above: String, _ depth: Int, _ stop: StopFlag, _ walk: inout Walk
    ) throws {
        let room = limits.names - walk.names
        let names = try Files.list("/proc/self/fd/\(folder.descriptor)", limit: room + 1)
        for name in names {
            guard !walk.isFull else { return }
            try stop.check()
            walk.names += 1
            guard walk.names <= limits.names else {
                walk.problems.append("more than \(limits.names) names; the rest is left out")
                walk.isFull = true
                return
            }
            let path = above + name
            do {
                try take(name, in: folder, path, depth, stop, &walk)
            } catch let error as StorageError where error.isOfTheDisk {
                throw error
            } catch ExecutorError.cancelled {
                throw ExecutorError.cancelled
            } catch {
                walk.problems.append("'\(path)' is left out: \(Self.explain(error))")
            }
        }
    }

    private func take(
        _ name: String, in folder: OpenFile, _ path: String, _ depth: Int, _ stop: StopFlag,
        _ walk: inout Walk
    ) throws {
        // A device or a fifo must not be waited for, nor touched: it is not opened at all.
        guard let found = try folder.status(of: RawPath(name)) else {
            let isText = !name.unicodeScalars.contains("\u{FFFD}")
            let why = isText ? "it is gone" : "its name is not valid UTF-8"
            walk.problems.append("'\(path)' is left out: \(why)")
            return
        }
        switch found.kind {
        case .folder:
            guard depth < limits.depth else {
                walk.problems.append("'\(path)' is left out: deeper than \(limits.depth) folders")
                return
            }
            let inner = try Files.open(beneath: folder, name, O_RDONLY | O_DIRECTORY)
            try take(folder: inner, path + "/", depth + 1, stop, &walk)
        case .file:
            guard walk.reports.count < limits.files else {
                walk.problems.append("more than \(limits.files) files; the rest is left out")
                walk.isFull = true
                return
            }
            let file = try Files.open(beneath: folder, name, O_RDONLY | O_NONBLOCK)
            guard try file.status().kind == .file else {
                throw StorageError.archive(path: path, why: "it is no file any more")
            }
            let stored = try copy(file, room: limits.bytes - walk.bytes, stop)
            walk.bytes += stored.size
            walk.reports.append(
                CollectedReport(path: path, digest: stored.digest, size: stored.size))
        case .link:
            walk.problems.append("'\(path)' is left out: it is a link")
        case .other:
            walk.problems.append("'\(path)' is left out: it is neither a file nor a folder")
        }
    }

    private func copy(
        _ file: OpenFile, room: Int64, _ stop: StopFlag
    ) throws -> (digest: OCI.Digest, size: Int64) {
        let size = try file.status().size
        guard size <= limits.fileBytes else {
            throw StorageError.tooLarge(what: "the file", limit: limits.fileBytes)
        }
        let tooMuch = StorageError.tooLarge(what: "all reports together", limit: limits.bytes)
        guard size <= room else { throw tooMuch }
        let writer = try blobs.writer()
        while true {
            try stop.check()
            let piece = try file.read(1 << 20)
            if piece.isEmpty { break }
            guard writer.size + Int64(piece.count) <= min(room, limits.fileBytes) else {
                throw tooMuch
            }
            try writer.write(piece)
        }
        return try writer.finish()
    }

    private static func explain(_ error: any Error) -> String {
        guard case StorageError.system(_, _, let code) = error else { return "\(error)" }
        return switch code {
        case ELOOP, EXDEV: "it is a link"
        default: Files.text(ofError: code)
        }
    }
}
