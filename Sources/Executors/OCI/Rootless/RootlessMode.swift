import CLinux
import Glibc
import Storage
import Workflows

/// This process as root of an ordinary user's namespaces (docs/decisions/0029).
package enum RootlessMode {
    package static var isOn: Bool { slipway_rootless_user() >= 0 }

    /// Who this process acts for: the machine's number of the user.
    package static var user: UInt32 {
        UInt32(exactly: slipway_rootless_user()) ?? geteuid()
    }

    /// Some users as a container has them and as this process counts them.
    package struct Extent: Hashable, Sendable {
        package let first: UInt32
        package let count: UInt32
    }

    /// The users, or groups, that this process has: each container is given the same, in a user
    /// namespace of its own. Empty where this process sees the users of the machine.
    static let users = extents("/proc/self/uid_map")
    static let groups = extents("/proc/self/gid_map")

    /// Whether a container can have a user or group of this number.
    static func has(_ id: UInt32) -> Bool {
        !isOn
            || [users, groups].allSatisfy { extents in
                extents.contains { id >= $0.first && id - $0.first < $0.count }
            }
    }

    static var userCount: UInt64 { users.reduce(0) { $0 + UInt64($1.count) } }

    private static func extents(_ path: String) -> [Extent] {
        guard isOn else { return [] }
        do {
            let text = String(decoding: try Files.readFile(path, limit: 64 << 10), as: UTF8.self)
            return text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ").compactMap { UInt32($0) }
                return words.count == 3 ? Extent(first: words[0], count: words[2]) : nil
            }
        } catch {
            // Without /proc no container runs here, which is told where one is started.
            return []
        }
    }

    /// What an attempt asks for that nothing makes the kernel hold it to.
    static func shortcomings(_ resources: Resources) -> [String] {
        guard isOn, resources.memory != nil || resources.cpu != nil else { return [] }
        return [
            "its limits on cpu and memory were not held: without root there are no control groups"
        ]
    }
}
