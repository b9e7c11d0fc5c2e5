import Storage

/// What this machine can limit.
extension OCIDoctor {
    static func controlGroups(below root: String = ControlGroups.root) -> DoctorFinding {
        let (version, missing) = ControlGroups.missing(below: root)
        guard !missing.isEmpty else {
            return DoctorFinding(
                .ok, "cgroups",
                "version \(version): \(ControlGroups.needed.joined(separator: ", "))")
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
