import Storage

/// One file as Git's index or a commit's tree has it.
struct GitEntry {
    /// What makes two entries the same.
    struct Object: Hashable {
        /// `100644`, `100755`, `120000` (link) or `160000` (submodule).
        let mode: String
        /// The object's digest in hexadecimal: SHA-1, or SHA-256 where it is 64 long.
        let id: String
        /// 0, or a side of a merge that is not done.
        let side: String
        let path: String
    }

    let object: Object
    /// Left out of the folder on purpose (git-sparse-checkout(1)).
    let isSkipped: Bool
    /// How the file was when Git last looked; nil where that is not known.
    let seen: Seen?

    /// What Git compares before it reads a file.
    struct Seen: Hashable {
        let modified: FileTime
        let changed: FileTime
        /// The lowest 32 bits, as Git keeps them.
        let size: UInt32
        let inode: UInt32
    }

    /// `TAG MODE ID SIDE<tab>PATH<nul>`, then lines of what was seen (git-ls-files(1), `--debug`).
    static func parse(index: [UInt8]) -> [GitEntry] {
        var entries: [GitEntry] = []
        var rest = index[...]
        while let end = rest.firstIndex(of: 0) {
            let head = rest[..<end]
            rest = rest[(end + 1)...]
            let seen = takeSeen(&rest)
            guard let (words, path) = split(head), words.count == 4 else { continue }
            entries.append(
                GitEntry(
                    object: Object(mode: words[1], id: words[2], side: words[3], path: path),
                    isSkipped: words[0] == "S", seen: seen))
        }
        return entries
    }

    /// `MODE TYPE ID<tab>PATH<nul>` (git-ls-tree(1)).
    static func parse(tree: [UInt8]) -> [GitEntry] {
        tree.split(separator: 0).compactMap { line in
            guard let (words, path) = split(line), words.count == 3 else { return nil }
            return GitEntry(
                object: Object(mode: words[0], id: words[2], side: "0", path: path),
                isSkipped: false, seen: nil)
        }
    }

    private static func split(_ line: ArraySlice<UInt8>) -> (words: [String], path: String)? {
        guard let tab = line.firstIndex(of: 0x09) else { return nil }
        let words = line[..<tab].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        return (words, String(decoding: line[(tab + 1)...], as: UTF8.self))
    }

    /// Takes the lines that begin with a space: ctime, mtime, dev and ino, uid and gid, size and
    /// flags. Git promises nothing of their form: in another one they are as good as missing.
    private static func takeSeen(_ rest: inout ArraySlice<UInt8>) -> Seen? {
        var numbers: [[UInt32]] = []
        while rest.first == 0x20, let end = rest.firstIndex(of: 0x0a) {
            numbers.append(
                rest[..<end].split { !(0x30...0x39).contains($0) }
                    .compactMap { UInt32(String(decoding: $0, as: UTF8.self)) })
            rest = rest[(end + 1)...]
        }
        guard numbers.count == 5, numbers[0].count == 2, numbers[1].count == 2,
            numbers[2].count == 2, let size = numbers[4].first
        else { return nil }
        return Seen(
            modified: FileTime(
                seconds: Int64(numbers[1][0]), nanoseconds: Int64(numbers[1][1])),
            changed: FileTime(seconds: Int64(numbers[0][0]), nanoseconds: Int64(numbers[0][1])),
            size: size, inode: numbers[2][1])
    }
}
