import Domain
import Glibc
import OCI
import Storage
import Workflows

/// Finds who an image's `User` is, in the image's own files, without leaving its root.
enum ImageUser {
    /// `user`, `uid`, `user:group` or `uid:gid` (OCI image spec 1.1, "config.User").
    static func resolve(_ text: String, root: String) throws -> ProcessUser {
        let folder = try Files.open(root, O_RDONLY | O_DIRECTORY)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        let name = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        let users = try table("etc/passwd", folder)
        let groups = try table("etc/group", folder)
        var user = ProcessUser(home: "/")
        if let row = users.first(where: { $0[0] == name || (UInt32(name) != nil && $0[2] == name) }
        ),
            row.count >= 6
        {
            // Never root because something else could not be read.
            user.user = try number(row[2], "user", name)
            user.group = try number(row[3], "group", name)
            user.home = row[5].isEmpty || row[5].utf8.contains(0) ? "/" : row[5]
            user.additionalGroups = groups.filter { group in
                group.count >= 4 && group[3].split(separator: ",").contains { $0 == row[0] }
            }.compactMap { UInt32($0[2]) }
        } else if UInt64(name) != nil {
            user.user = try number(name, "user", name)
            if user.user == 0 { user.home = "/root" }
        } else {
            throw ExecutorError.image(
                "its /etc/passwd has no user \(Quotation(name, noun: "with a name"))")
        }
        if parts.count == 2, !parts[1].isEmpty {
            if UInt64(parts[1]) != nil {
                user.group = try number(parts[1], "group", parts[1])
            } else if let row = groups.first(where: { $0[0] == parts[1] }),
                let number = UInt32(row[2])
            {
                user.group = number
            } else {
                let group = Quotation(parts[1], noun: "with a name")
                throw ExecutorError.image("its /etc/group has no group \(group)")
            }
        }
        return user
    }

    /// The last number stands for none, which the kernel takes for "as before" (setresuid(2)).
    private static func number(_ text: String, _ kind: String, _ name: String) throws -> UInt32 {
        guard let number = UInt32(text), number != .max else {
            throw ExecutorError.image(
                "\(Quotation(name, noun: "a name")) has \(Quotation(text)) for a \(kind)'s number; "
                    + "expected one from 0 to 4294967294")
        }
        return number
    }

    private static func table(_ path: String, _ root: OpenFile) throws -> [[String]] {
        let bytes: [UInt8]
        do {
            bytes = try Files.open(beneath: root, path, O_RDONLY | O_NONBLOCK, follow: true)
                .readAll(limit: 1 << 20)
        } catch {
            // An image without such a file, or with a strange one, has no names, only numbers.
            return []
        }
        return bytes.split(separator: 0x0a).map { line in
            line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }.filter { $0.count >= 3 }
    }
}
