import Glibc
import Storage

/// What the kernel counted for a container, in control groups of version 1 or 2.
enum ControlGroups {
    /// Removes the groups of a container that the runtime no longer knows. One that is busy or not
    /// there is left: the runtime's own removal is the rule.
    static func removeEmpty(_ path: String) throws {
        if RootlessMode.isOn { return }
        let hierarchies = [root] + (try Files.list(root)).map { "\(root)/\($0)" }
        for hierarchy in hierarchies { unsafe rmdir("\(hierarchy)\(path)") }
    }

    /// What limits of a job need: memory, processors and processes.
    static let needed = ["memory", "cpu", "pids"]

    /// The version that is mounted and which of `needed` it lacks; with both, where limits are set,
    /// which is version 1 (`reached`).
    static func missing(below root: String = root) -> (version: Int, names: [String]) {
        let file = "\(root)/cgroup.controllers"
        do {
            guard Files.exists(file) else {
                let found = Files.exists(root) ? try Files.list(root) : []
                return (1, needed.filter { !found.contains($0) })
            }
            let text = String(decoding: try Files.readFile(file, limit: 4096), as: UTF8.self)
            let found = text.split { $0 == " " || $0 == "\n" }
            return (2, needed.filter { !found.contains($0[...]) })
        } catch {
            return (1, needed)
        }
    }
}

extension ControlGroups {
    struct Group: Sendable {
        /// That of its container.
        let name: String
        let path: String
    }

    static let root = "/sys/fs/cgroup"

    /// Groups of containers, of all homes of the machine: one for each controller in version 1.
    static func all() throws -> [Group] {
        // Those that there are belong to others.
        guard geteuid() == 0, !RootlessMode.isOn, Files.exists(root) else { return [] }
        // Some controllers have a second name, a link.
        let controllers = try Files.list(root).filter {
            try Files.status("\(root)/\($0)")?.kind == .folder
        }
        let parents = ["\(root)/slipway"] + controllers.map { "\(root)/\($0)/slipway" }
        return try parents.filter { try Files.status($0)?.kind == .folder }.flatMap { parent in
            try Files.list(parent).compactMap { name in
                let path = "\(parent)/\(name)"
                guard try Files.status(path)?.kind == .folder else { return nil }
                return Group(name: name, path: path)
            }
        }
    }

    /// Ends what still runs in the groups of a container and removes them. Blocks.
    static func clear(_ container: String) throws {
        for group in try all() where group.name == container { try remove(group.path) }
    }

    /// Ends what runs in a group and removes it, with the groups in it; nothing there is no error.
    /// Blocks for two seconds at most.
    static func remove(_ path: String) throws {
        for _ in 0..<100 {
            guard try Files.status(path)?.kind == .folder else { return }
            for inner in try Files.list(path)
            where try Files.status("\(path)/\(inner)")?.kind == .folder {
                try remove("\(path)/\(inner)")
            }
            if unsafe rmdir(path) == 0 || errno == ENOENT { return }
            guard errno == EBUSY else { throw Files.failure("remove", path) }
            let listed = try Files.readFile("\(path)/cgroup.procs", limit: 1 << 20)
            for line in listed.split(separator: 0x0a) {
                // Zero stands for a process of another pid namespace.
                if let pid = pid_t(String(decoding: line, as: UTF8.self)), pid > 1 {
                    kill(pid, SIGKILL)
                }
            }
            usleep(20_000)
        }
        throw Files.failure("remove", path, EBUSY)
    }
}
