/// Paths as the kernel takes them: bytes between slashes, whatever Unicode makes of them. Swift's
/// own `hasPrefix`, `==` and `split` go by characters: a slash with an accent behind it is none.
package enum PathText {
    private static let slash = UInt8(ascii: "/")

    /// The folder that an absolute path's last part is in; that of "/" is "/".
    package static func folder(of path: String) -> String { parent(of: path) ?? "/" }

    /// The folder that a path's last part is in; nil for "/", and for a name alone.
    package static func parent(of path: String) -> String? {
        let bytes = Array(path.utf8)
        guard bytes.count > 1, let end = bytes.lastIndex(of: slash) else { return nil }
        return end == 0 ? "/" : String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// The path of something in a folder.
    package static func path(of name: String, in folder: String) -> String {
        folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    /// Whether it begins at the root.
    package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

    /// What comes behind a path's last slash.
    package static func name(of path: String) -> String {
        let bytes = Array(path.utf8)
        let start = bytes.lastIndex(of: slash).map { $0 + 1 } ?? 0
        return String(decoding: bytes[start...], as: UTF8.self)
    }

    /// Whether the kernel takes two for the same words: `é` has two spellings, and is two names.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8)
    }

    /// What of an absolute path lies below a folder, empty for the folder itself; nil where it
    /// lies elsewhere. Both without '..' and with no slash at the end.
    package static func rest(of path: String, below folder: String) -> String? {
        let bytes = Array(path.utf8)
        let prefix = folder == "/" ? [] : Array(folder.utf8)
        guard bytes.starts(with: prefix) else { return nil }
        let rest = bytes.dropFirst(prefix.count)
        guard rest.isEmpty || rest.first == slash else { return nil }
        return String(decoding: rest.dropFirst(), as: UTF8.self)
    }

    /// The folder that `end` is relative to, where a path ends with it.
    package static func folder(of path: String, before end: String) -> String? {
        let bytes = Array(path.utf8)
        let suffix = [slash] + Array(end.utf8)
        guard bytes.count >= suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) else {
            return nil
        }
        let folder = bytes.dropLast(suffix.count)
        return folder.isEmpty ? "/" : String(decoding: folder, as: UTF8.self)
    }

    /// The parts between slashes, but for empty ones.
    package static func parts(of path: String) -> [String] {
        path.utf8.split(separator: slash).map { String(decoding: Array($0), as: UTF8.self) }
    }
}
