/// Paths as the kernel takes them: bytes between slashes, whatever Unicode makes of them. Swift's
/// own `hasPrefix`, `==` and `split` go by characters: a slash with an accent behind it is none.
package enum PathText {
    private static let slash = UInt8(ascii: "/")

    /// The folder that an absolute path's last part is in.
    package static func folder(of path: String) -> String {
        let bytes = Array(path.utf8)
        guard let end = bytes.lastIndex(of: slash), end > 0 else { return "/" }
        return String(decoding: bytes[..<end], as: UTF8.self)
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
