import CLinux
import Domain
import Glibc
import OCI

/// Files, folders and links; each takes the place of what an earlier member made there.
extension Unpacker {
    func failure(_ operation: String, _ entry: TarEntry) -> StorageError {
        Files.failure(operation, entry.path.description)
    }

    func placeFile(
        _ name: RawPath, _ entry: TarEntry, _ body: () throws -> [UInt8]
    ) throws {
        try parent.clear(name)
        let file = try parent.open(
            beneath: name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        if let extents = entry.extents {
            try write(extents, of: entry, to: file, body)
        } else {
            while true {
                let piece = try body()
                if piece.isEmpty { break }
                try file.write(piece)
            }
        }
        try setMetadata(name, entry, isLink: false)
        try setAttributes(name, entry)
    }

    private func write(
        _ extents: [TarEntry.Extent], of entry: TarEntry, to file: OpenFile,
        _ body: () throws -> [UInt8]
    ) throws {
        var piece: ArraySlice<UInt8> = []
        for extent in extents {
            try file.seek(to: extent.offset)
            var rest = extent.length
            while rest > 0 {
                if piece.isEmpty { piece = try body()[...] }
                guard !piece.isEmpty else { throw TarError.truncated(offset: 0) }
                let part = piece.prefix(Int(min(rest, Int64(piece.count))))
                try file.write(part)
                piece = piece.dropFirst(part.count)
                rest -= Int64(part.count)
            }
        }
        try file.truncate(to: entry.size)
    }

    mutating func placeFolder(
        _ name: RawPath, _ entry: TarEntry, _ parts: [RawPath]
    ) throws {
        if try parent.status(of: name)?.kind != .folder, try !replaceWhiteout(name, mode: 0o700) {
            try parent.clear(name)
            try parent.makeFolder(name, mode: 0o700)
        }
        try setMetadata(name, entry, isLink: false)
        try setAttributes(name, entry)
        folderTimes.append((parts, entry))
    }

    func placeLink(_ name: RawPath, _ target: RawPath, _ entry: TarEntry) throws {
        guard !target.isEmpty, target.bytes.count < 4096, !target.bytes.contains(0) else {
            throw TarError.path(entry.path.description, why: "a link without a valid target")
        }
        try parent.clear(name)
        if unsafe symlinkat(target.cString, parent.descriptor, name.cString) < 0 {
            throw failure("symlink", entry)
        }
        try setMetadata(name, entry, isLink: true)
    }

    func placeHardLink(
        _ parts: [RawPath], _ name: RawPath, _ target: RawPath, _ entry: TarEntry
    ) throws {
        func problem(_ why: String) -> TarError { .path(entry.path.description, why: why) }
        let missing = problem(
            "a hard link to \(Quotation(target.bytes, noun: "a path")), not a file here")
        let targetParts = try TarPath.parts(target)
        guard let last = targetParts.last else { throw problem("a hard link to the root") }
        if targetParts == parts { return }
        let found: OpenFile?
        do { found = try open(Array(targetParts.dropLast())) } catch is TarError { throw missing }
        guard let folder = found, let status = try folder.status(of: last), status.kind != .folder
        else { throw missing }
        if let here = try parent.status(of: name), here.inode == status.inode { return }
        try parent.clear(name)
        // Without AT_SYMLINK_FOLLOW a link is linked itself, never what it points to.
        let result = unsafe linkat(
            folder.descriptor, last.cString, parent.descriptor, name.cString, 0)
        if result < 0 { throw errno == ENOENT ? missing : failure("link", entry) }
    }
}
