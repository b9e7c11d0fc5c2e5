import Domain
import Glibc
import Storage

import protocol Crypto.HashFunction
import enum Crypto.Insecure
import struct Crypto.SHA256

/// Compares the files of a folder with what Git keeps of them, without Git: it would pass them
/// through the programs that the repository's settings name.
struct GitFiles {
    let root: OpenFile

    /// `indexWritten`: when the index was written; a file that is older than that and looks as it
    /// did then is not read, which also spares those that a trusted filter converts.
    func differ(from entry: GitEntry, indexWritten: FileTime?) throws -> Bool {
        let object = entry.object
        guard object.side == "0" else { return true }
        // The snapshot holds nothing of a submodule either.
        if object.mode == "160000" { return false }
        do {
            return object.mode == "120000"
                ? try linkDiffers(from: object)
                : try fileDiffers(from: entry, indexWritten: indexWritten)
        } catch StorageError.system(_, _, let code) where [ENOENT, ENOTDIR].contains(code) {
            return !entry.isSkipped
        } catch StorageError.system(_, _, let code) where [ELOOP, EXDEV, EISDIR].contains(code) {
            // Something else stands there by now.
            return true
        }
    }

    private func linkDiffers(from object: GitEntry.Object) throws -> Bool {
        let folder = PathText.parent(of: object.path) ?? "."
        let name = PathText.name(of: object.path)
        let parent = try Files.open(beneath: root, folder, O_RDONLY | O_DIRECTORY)
        let place = "/proc/self/fd/\(parent.descriptor)/\(name)"
        guard try Files.status(place)?.kind == .link else { return true }
        let target = Array(try Files.target(ofLink: place).utf8)
        var bytes = target[...]
        return try id(like: object.id, size: Int64(target.count)) {
            defer { bytes = [] }
            return Array(bytes)
        } != object.id
    }

    private func fileDiffers(from entry: GitEntry, indexWritten: FileTime?) throws -> Bool {
        let file = try Files.open(
            beneath: root, entry.object.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        let status = try file.status()
        let isExecutable = status.mode & 0o100 != 0
        guard status.kind == .file, isExecutable == (entry.object.mode == "100755") else {
            return true
        }
        let now = GitEntry.Seen(
            modified: status.modified, changed: status.changed,
            size: UInt32(truncatingIfNeeded: status.size),
            inode: UInt32(truncatingIfNeeded: status.inode))
        if let indexWritten, now == entry.seen, status.modified < indexWritten { return false }
        return try id(like: entry.object.id, size: status.size) {
            try file.read(1 << 20)
        } != entry.object.id
    }

    /// The digest that Git gives a file's content, or nothing of its form when the file's size
    /// changes meanwhile (gitformat-loose(5)).
    private func id(
        like known: String, size: Int64, _ next: () throws -> [UInt8]
    ) throws -> String {
        known.utf8.count == 64
            ? try id(SHA256(), size: size, next) : try id(Insecure.SHA1(), size: size, next)
    }

    private func id(
        _ empty: some HashFunction, size: Int64, _ next: () throws -> [UInt8]
    ) throws -> String {
        var hasher = empty
        hasher.update(data: Array("blob \(size)".utf8) + [0])
        var rest = size
        while rest > 0 {
            let piece = try next()
            guard !piece.isEmpty, piece.count <= rest else { return "" }
            hasher.update(data: piece)
            rest -= Int64(piece.count)
        }
        return Self.hex(hasher.finalize())
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
