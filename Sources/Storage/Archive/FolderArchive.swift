import Glibc
package import OCI

/// Packs files into a tar whose digest follows from names, content, links and execute bits alone.
package struct FolderArchive {
    /// Bytes of all files together.
    package let sizeLimit: Int64
    package let entryLimit: Int

    package init(sizeLimit: Int64 = 16 << 30, entryLimit: Int = 1_000_000) {
        self.sizeLimit = sizeLimit
        self.entryLimit = entryLimit
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
        try pack(folder: root, prefix: "", links: links, tar: tar, state: &state)
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
        var folders: Set<Substring> = []
        for path in paths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            for index in path.indices where path[index] == "/" {
                let folder = path[..<index]
                if folders.insert(folder).inserted { try tar.folder(String(folder)) }
            }
            try pack(path, beneath: root, tar: tar, state: &state)
        }
        try tar.finish()
        return try writer.finish()
    }

    private struct State {
        var size: Int64 = 0
        var entries = 0
    }

    private func count(_ path: String, size: Int64, _ state: inout State) throws {
        state.entries += 1
        state.size += size
        guard state.entries <= entryLimit else {
            throw StorageError.tooLarge(what: "the number of files", limit: Int64(entryLimit))
        }
        guard state.size <= sizeLimit else {
            throw StorageError.tooLarge(what: "the folder, at '\(path)',", limit: sizeLimit)
        }
    }

    private func pack(_ path: String, beneath root: OpenFile, tar: TarWriter, state: inout State)
        throws
    {
        let full = "\(root.path)/\(path)"
        guard let status = try Files.status(full) else {
            // Git lists a tracked file that was deleted from the folder; it is simply not there.
            return
        }
        try count(path, size: status.kind == .file ? status.size : 0, &state)
        switch status.kind {
        case .file:
            let file = try Files.open(beneath: root, path, O_RDONLY | O_NONBLOCK)
            try tar.file(path, isExecutable: status.mode & 0o100 != 0, size: status.size) {
                try file.read(1 << 20)
            }
        case .link: try tar.symbolicLink(path, target: try Files.target(ofLink: full))
        case .folder:
            // A submodule, or a repository in the repository: Git lists the folder alone.
            try tar.folder(path)
        case .other:
            throw StorageError.archive(path: path, why: "it is neither a file, a folder nor a link")
        }
    }

    private func pack(
        folder: OpenFile, prefix: String, links: LinkRule, tar: TarWriter, state: inout State
    ) throws {
        let depth = prefix.utf8.count(where: { $0 == UInt8(ascii: "/") })
        guard depth <= TarPath.deepest else {
            throw StorageError.archive(path: prefix, why: "deeper than \(TarPath.deepest) folders")
        }
        for name in try Files.list("/proc/self/fd/\(folder.descriptor)") {
            let path = prefix + name
            let link = "/proc/self/fd/\(folder.descriptor)/\(name)"
            guard let status = try Files.status(link) else { continue }
            try count(path, size: status.kind == .file ? status.size : 0, &state)
            switch status.kind {
            case .file:
                let file = try Files.open(beneath: folder, name, O_RDONLY | O_NONBLOCK)
                let now = try file.status()
                guard now.kind == .file else {
                    throw StorageError.archive(path: path, why: "it changed while it was read")
                }
                try tar.file(path, isExecutable: now.mode & 0o100 != 0, size: now.size) {
                    try file.read(1 << 20)
                }
            case .folder:
                try tar.folder(path)
                let child = try Files.open(beneath: folder, name, O_RDONLY | O_DIRECTORY)
                try pack(folder: child, prefix: "\(path)/", links: links, tar: tar, state: &state)
            case .link:
                let target = try Files.target(ofLink: link)
                try check(target, of: path, depth: depth, links)
                try tar.symbolicLink(path, target: target)
            case .other:
                throw StorageError.archive(
                    path: path, why: "it is neither a file, a folder nor a link")
            }
        }
    }

    private func check(_ target: String, of path: String, depth: Int, _ rule: LinkRule) throws {
        guard case .within(let above) = rule else { return }
        var level = above + depth
        var leavesRoot = target.hasPrefix("/")
        for part in target.split(separator: "/") where part != "." {
            level += part == ".." ? -1 : 1
            if level < 0 { leavesRoot = true }
        }
        if leavesRoot {
            throw StorageError.archive(
                path: path,
                why: "it is a link to '\(target.prefix(200))', out of the working folder")
        }
    }
}
