import Domain
import Glibc
package import OCI

/// Packs files into a tar whose digest follows from names, content, links and execute bits alone,
/// with `keepsTimes` from times too.
package struct FolderArchive {
    /// Bytes of all files together.
    package let sizeLimit: Int64
    package let entryLimit: Int
    private let keepsTimes: Bool
    /// A folder that is left out with all it holds, whatever path leads to it.
    private let excluded: FileStatus.Identity?
    /// Asked between pieces; an error ends the work.
    private let checkpoint: @Sendable () throws -> Void

    package init(
        sizeLimit: Int64 = 16 << 30, entryLimit: Int = 1_000_000,
        excluding excluded: FileStatus.Identity? = nil, keepsTimes: Bool = false,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) {
        self.sizeLimit = sizeLimit
        self.entryLimit = entryLimit
        self.excluded = excluded
        self.keepsTimes = keepsTimes
        self.checkpoint = checkpoint
    }

    /// Which links a folder may hold.
    package enum LinkRule: Sendable {
        case any
        /// A link whose target leaves the folder's own root is refused; the root lies `depth`
        /// folders above the folder that is packed.
        case within(depth: Int)
    }

    /// Packs all of an open folder.
    package func pack(
        _ root: OpenFile, links: LinkRule, into store: BlobStore
    ) throws -> (digest: Digest, size: Int64) {
        let writer = try store.writer()
        let tar = TarWriter { try writer.write($0) }
        var state = State()
        try pack(folder: root, prefix: [], links: links, tar: tar, state: &state)
        try tar.finish()
        return try writer.finish()
    }

    /// Packs what stands at some paths of a folder, with all that is in it; links must stay within
    /// the folder. Nil when nothing stands there.
    package func pack(
        _ root: OpenFile, trees paths: [String], into store: BlobStore
    ) throws -> (digest: Digest, size: Int64)? {
        let writer = try store.writer()
        let tar = TarWriter { try writer.write($0) }
        var state = State()
        var folders: Set<RawPath> = []
        for path in paths.map({ RawPath($0) }).sorted() {
            guard let (folder, name) = try root.place(of: path),
                let status = try folder.status(of: name)
            else { continue }
            for index in path.bytes.indices where path.bytes[index] == UInt8(ascii: "/") {
                let folder = RawPath(path.bytes[..<index])
                if folders.insert(folder).inserted { try tar.folder(folder) }
            }
            try pack(
                name, status, of: folder, prefix: Array(path.parts.dropLast()),
                links: .within(depth: 0), tar: tar, state: &state)
        }
        guard state.entries > 0 else { return nil }
        try tar.finish()
        return try writer.finish()
    }

    /// Packs the named files of a folder, with the folders that lead to them.
    package func pack(
        _ root: OpenFile, paths: [String], into store: BlobStore
    ) throws -> (digest: Digest, size: Int64) {
        let writer = try store.writer()
        let tar = TarWriter { try writer.write($0) }
        var state = State()
        var folders: Set<RawPath> = []
        for path in try included(paths, of: root).map({ RawPath($0) }).sorted() {
            for index in path.bytes.indices where path.bytes[index] == UInt8(ascii: "/") {
                let folder = RawPath(path.bytes[..<index])
                if folders.insert(folder).inserted { try tar.folder(folder) }
            }
            try pack(path, beneath: root, tar: tar, state: &state)
        }
        try tar.finish()
        return try writer.finish()
    }

    /// The paths that do not lead into the folder that is left out.
    package func included(_ paths: [String], of root: OpenFile) throws -> [String] {
        guard let excluded else { return paths }
        var known: [RawPath: Bool] = [:]
        return try paths.filter { text in
            let path = RawPath(text)
            for end in path.bytes.indices where path.bytes[end] == UInt8(ascii: "/") {
                let folder = RawPath(path.bytes[..<end])
                let isIt = try known[folder] ?? (root.status(of: folder)?.identity == excluded)
                known[folder] = isIt
                if isIt { return false }
            }
            return true
        }
    }

    private struct State {
        var size: Int64 = 0
        var entries = 0
    }

    private func next(of file: OpenFile) throws -> [UInt8] {
        try checkpoint()
        return try file.read(1 << 20)
    }

    private func count(_ path: RawPath, size: Int64, _ state: inout State) throws {
        try checkpoint()
        state.entries += 1
        state.size += size
        guard state.entries <= entryLimit else {
            throw StorageError.tooLarge(what: "the number of files", limit: Int64(entryLimit))
        }
        guard state.size <= sizeLimit else {
            throw StorageError.tooLarge(what: "the folder, at '\(path)',", limit: sizeLimit)
        }
    }

    private func pack(
        _ path: RawPath, beneath root: OpenFile, tar: TarWriter, state: inout State
    ) throws {
        guard let status = try root.status(of: path) else {
            guard !path.description.unicodeScalars.contains("\u{FFFD}") else {
                throw StorageError.archive(
                    path: path.description, why: "its name is not valid UTF-8; rename it")
            }
            // Git lists a tracked file that was deleted from the folder; it is simply not there.
            return
        }
        try count(path, size: status.kind == .file ? status.size : 0, &state)
        switch status.kind {
        case .file:
            let file = try root.open(beneath: path, O_RDONLY | O_NONBLOCK)
            try tar.file(path, isExecutable: status.mode & 0o100 != 0, size: status.size) {
                try next(of: file)
            }
        case .link: try tar.symbolicLink(path, target: try root.target(ofLink: path))
        case .folder:
            // A submodule, or a repository in the repository: Git lists the folder alone.
            try tar.folder(path)
        case .other:
            throw StorageError.archive(
                path: path.description, why: "it is neither a file, a folder nor a link")
        }
    }

    private func pack(
        folder: OpenFile, prefix: [RawPath], links: LinkRule, tar: TarWriter, state: inout State
    ) throws {
        for name in try folder.names() {
            guard let status = try folder.status(of: name) else { continue }
            try pack(
                name, status, of: folder, prefix: prefix, links: links, tar: tar, state: &state)
        }
    }

    private func pack(
        _ name: RawPath, _ status: FileStatus, of folder: OpenFile, prefix: [RawPath],
        links: LinkRule, tar: TarWriter, state: inout State
    ) throws {
        let parts = prefix + [name]
        let path = RawPath(joining: parts)
        guard parts.count <= TarPath.deepest, path.bytes.count <= TarPath.longest else {
            throw StorageError.archive(
                path: path.description,
                why: "deeper than \(TarPath.deepest) folders, or its path is longer than "
                    + "\(TarPath.longest) bytes")
        }
        try count(path, size: status.kind == .file ? status.size : 0, &state)
        let modified = keepsTimes ? status.modified.seconds : 0
        switch status.kind {
        case .file:
            let file = try folder.open(beneath: name, O_RDONLY | O_NONBLOCK)
            let now = try file.status()
            guard now.kind == .file else {
                throw StorageError.archive(
                    path: path.description, why: "it changed while it was read")
            }
            try tar.file(
                path, isExecutable: now.mode & 0o100 != 0, size: now.size, modified: modified
            ) {
                try next(of: file)
            }
        case .folder where status.identity == excluded: return
        case .folder:
            try tar.folder(path, modified: modified)
            let child = try folder.open(beneath: name, O_RDONLY | O_DIRECTORY)
            try pack(folder: child, prefix: parts, links: links, tar: tar, state: &state)
        case .link:
            let target = try folder.target(ofLink: name)
            try check(target, of: path, depth: prefix.count, links)
            try tar.symbolicLink(path, target: target, modified: modified)
        case .other:
            throw StorageError.archive(
                path: path.description, why: "it is neither a file, a folder nor a link")
        }
    }

    private func check(_ target: RawPath, of path: RawPath, depth: Int, _ rule: LinkRule) throws {
        guard case .within(let above) = rule else { return }
        var level = above + depth
        var leavesRoot = target.bytes.first == UInt8(ascii: "/")
        for part in target.parts where part != "." {
            level += part == ".." ? -1 : 1
            if level < 0 { leavesRoot = true }
        }
        if leavesRoot {
            throw StorageError.archive(
                path: path.description,
                why: "it is a link to \(Quotation(target.bytes, noun: "a path")), "
                    + "out of the working folder"
            )
        }
    }
}
