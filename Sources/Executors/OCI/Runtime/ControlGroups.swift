import Glibc
import Storage

/// What the kernel counted for a container, in control groups of version 1 or 2.
enum ControlGroups {
    /// Removes the groups of a container that the runtime no longer knows. One that is busy or not
    /// there is left: the runtime's own removal is the rule.
    static func remove(_ path: String) throws {
        let root = "/sys/fs/cgroup"
        let hierarchies = [root] + (try Files.list(root)).map { "\(root)/\($0)" }
        for hierarchy in hierarchies { unsafe rmdir("\(hierarchy)\(path)") }
    }

    /// How often the kernel killed for want of memory.
    static func memoryKills(_ path: String) -> Int {
        let candidates = [
            ("/sys/fs/cgroup/memory\(path)/memory.oom_control", "oom_kill "),
            ("/sys/fs/cgroup\(path)/memory.events", "oom_kill "),
        ]
        for (file, key) in candidates where Files.exists(file) {
            do {
                let text = String(decoding: try Files.readFile(file, limit: 4096), as: UTF8.self)
                for line in text.split(separator: "\n") where line.hasPrefix(key) {
                    return Int(line.dropFirst(key.count)) ?? 0
                }
            } catch {
                // The group went away with its last process: there is nothing left to count.
            }
        }
        return 0
    }
}
