import Storage

/// What this machine can limit.
extension OCIDoctor {
    /// What memory, processors and processes are limited by.
    private static let controllers = ["memory", "cpu", "pids"]

    static func controlGroups(below root: String = ControlGroups.root) -> DoctorFinding {
        let (version, found) = ControlGroups.controllers(below: root)
        let missing = controllers.filter { !found.contains($0) }
        guard !missing.isEmpty else {
            return DoctorFinding(
                .ok, "cgroups", "version \(version): \(controllers.joined(separator: ", "))")
        }
        return DoctorFinding(
            .warning, "cgroups",
            "\(missing.joined(separator: ", ")) cannot be limited: no such controller in \(root)",
            fix: version == 2
                ? "echo '\(missing.map { "+\($0)" }.joined(separator: " "))' "
                    + ">\(root)/cgroup.subtree_control"
                : "mount the cgroup2 file system at \(root)")
    }

    static func diskLimits() -> DoctorFinding {
        if Spawning.path(of: "mkfs.ext4") == nil {
            return DoctorFinding(
                .warning, "disk limits", "`resources.disk` does not work without mkfs.ext4",
                fix: "apt-get install e2fsprogs")
        }
        return Files.exists("/dev/loop-control")
            ? DoctorFinding(.ok, "disk limits", "ext4 in files, on loop devices")
            : DoctorFinding(
                .warning, "disk limits", "`resources.disk` does not work without /dev/loop-control",
                fix: "modprobe loop")
    }
}

extension ControlGroups {
    /// The version that is mounted and what it controls; with both, where limits are set, which is
    /// version 1 (`reached`).
    static func controllers(below root: String) -> (version: Int, names: [String]) {
        let file = "\(root)/cgroup.controllers"
        do {
            guard Files.exists(file) else {
                return (1, Files.exists(root) ? try Files.list(root) : [])
            }
            let text = String(decoding: try Files.readFile(file, limit: 4096), as: UTF8.self)
            return (2, text.split { $0 == " " || $0 == "\n" }.map(String.init))
        } catch {
            return (1, [])
        }
    }
}
