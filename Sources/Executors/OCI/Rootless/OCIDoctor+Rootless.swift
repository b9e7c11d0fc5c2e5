import Glibc

/// What differs where this process is not root.
extension OCIDoctor {
    static func user(_ refusal: RootlessRefusal?) -> DoctorFinding {
        if let refusal {
            return DoctorFinding(
                .missing, "user", "not root, and \(refusal.why)",
                fix: refusal.fix ?? "sudo slipway doctor")
        }
        guard geteuid() == 0 else {
            return DoctorFinding(
                .missing, "user", "not root, and in no namespaces of its own",
                fix: "sudo slipway doctor")
        }
        return RootlessMode.isOn
            ? DoctorFinding(.ok, "user", "user \(RootlessMode.user), without root")
            : DoctorFinding(.ok, "user", "root")
    }

    /// In the place of users of each container's own, networks and control groups.
    static var withoutRoot: [DoctorFinding] {
        [
            DoctorFinding(
                .ok, "users",
                "jobs share \(RootlessMode.userCount) users; root in a container is user "
                    + "\(RootlessMode.user) of this machine")
        ] + limitsWithoutRoot
    }

    /// In the place of all that only whoever can run containers can try.
    static var withoutNamespaces: [DoctorFinding] {
        [DoctorFinding(.warning, "overlayfs", "not tried: see 'user'")] + limitsWithoutRoot
    }

    private static var limitsWithoutRoot: [DoctorFinding] {
        [
            DoctorFinding(
                .warning, "network",
                "`network: bridge` does not work without root"),
            DoctorFinding(
                .warning, "disk limits", "`resources.disk` does not work without root"),
            DoctorFinding(
                .warning, "cgroups",
                "limits on cpu and memory are not held without root; one on processes is"),
        ]
    }
}
