import CLinux
import Glibc
package import Storage
package import Workflows

/// One thing that this machine has or lacks for running jobs.
package struct DoctorFinding: Sendable {
    package enum Level: String, Sendable {
        case ok, warning, missing
    }

    package let level: Level
    package let name: String
    package let detail: String
    /// The command that mends it.
    package let fix: String?

    package init(_ level: Level, _ name: String, _ detail: String, fix: String? = nil) {
        self.level = level
        self.name = name
        self.detail = detail
        self.fix = fix
    }
}

/// Says what this machine has and lacks for the `oci` executor.
package enum OCIDoctor {
    /// Blocks for as long as the tools take to say their versions.
    /// `refusal`: why an ordinary user got no namespaces. `deep`: runs a program in each sandbox.
    package static func examine(
        _ home: Home, _ sandboxes: SandboxSettings = SandboxSettings(),
        refusal: RootlessRefusal? = nil, deep: Bool = false
    ) -> [DoctorFinding] {
        let tools = [runtime(), tool("conmon", needed: true), tool("git", needed: false)]
        let machine: [DoctorFinding] =
            if geteuid() != 0 {
                // Nothing can be tried by a user who has no namespaces.
                withoutNamespaces
            } else if RootlessMode.isOn {
                [overlay(home)] + withoutRoot
            } else {
                [overlay(home), users(home), network(), firewall(), controlGroups(), diskLimits()]
            }
        return [user(refusal)] + tools + machine + [seccomp(), space(home)]
            + SandboxDoctor(home: home, settings: sandboxes, isDeep: deep).findings
    }

    /// Of the folder in which it is tried whether mounts work.
    static let folderPrefix = "doctor"

    /// Either will do, as for `Tools`.
    private static func runtime() -> DoctorFinding {
        let hasOther = Spawning.path(of: "runc") == nil && Spawning.path(of: "crun") != nil
        return tool(hasOther ? "crun" : "runc", needed: true)
    }

    private static func tool(_ name: String, needed: Bool) -> DoctorFinding {
        guard let path = Spawning.path(of: name) else {
            return DoctorFinding(
                needed ? .missing : .warning, name, "not found in the system's folders",
                fix: "apt-get install \(name)")
        }
        do {
            let answer = try Spawning.capture(path, ["--version"], limit: 64 << 10)
            let line = String(decoding: answer.output.prefix { $0 != 0x0a }, as: UTF8.self)
            return DoctorFinding(.ok, name, line.isEmpty ? path : line)
        } catch {
            return DoctorFinding(.missing, name, "\(error)", fix: "apt-get install \(name)")
        }
    }

    /// Mounts one for real: file systems that do not carry an upper layer are found no other way.
    private static func overlay(_ home: Home) -> DoctorFinding {
        do {
            let folder = try Files.makeTemporaryFolder(prefix: "\(home.path)/\(folderPrefix)")
            let result = Result {
                for name in ["lower", "upper", "work", "root"] {
                    try Files.makeFolders("\(folder)/\(name)")
                }
                let code = unsafe slipway_mount_overlay(
                    "\(folder)/lower", "\(folder)/upper", "\(folder)/work", "\(folder)/root")
                if code < 0 { throw Files.failure("mount an overlay at", folder) }
                unsafe slipway_unmount("\(folder)/root")
            }
            try Files.removeTree(folder)
            try result.get()
            return DoctorFinding(.ok, "overlayfs", "works in \(home.path)")
        } catch {
            return DoctorFinding(
                .missing, "overlayfs", "\(error)",
                fix: "choose a SLIPWAY_HOME on ext4, xfs or btrfs, and run as root")
        }
    }

    private static func users(_ home: Home) -> DoctorFinding {
        switch UserSupport.probe(home) {
        case .mapped:
            DoctorFinding(.ok, "users", "each container has users of its own")
        case .shifted:
            DoctorFinding(
                .warning, "users",
                "each container has users of its own, but its files are given to it one by one: "
                    + "the disk of \(home.path) cannot show other owners",
                fix: "choose a SLIPWAY_HOME on ext4, xfs or btrfs, and Linux 5.19 or later")
        case .none(let why):
            DoctorFinding(
                .warning, "users", "root in a container is root of this machine: \(why)",
                fix: "sysctl -w user.max_user_namespaces=15000")
        }
    }

    private static func network() -> DoctorFinding {
        let missing = NetworkPlugins.missing
        return missing.isEmpty
            ? DoctorFinding(.ok, "network", "CNI plugins and iptables, for `network: bridge`")
            : DoctorFinding(
                .warning, "network",
                "`network: bridge` does not work without \(missing.joined(separator: ", "))",
                fix: NetworkPlugins.fix)
    }

    private static func firewall() -> DoctorFinding {
        guard let problem = Firewall.problem() else {
            return DoctorFinding(
                .ok, "firewall",
                "works, for `egress`, and what keeps jobs with a bridge from this machine")
        }
        return DoctorFinding(
            .warning, "firewall",
            "without it no job with `network: bridge` starts: \(problem)",
            fix: Spawning.path(of: "iptables-restore") == nil
                ? NetworkPlugins.fix : "modprobe -a nf_tables nft_compat xt_addrtype xt_conntrack")
    }

    private static func seccomp() -> DoctorFinding {
        Files.exists("/proc/sys/kernel/seccomp/actions_avail")
            ? DoctorFinding(.ok, "seccomp", "filters are available")
            : DoctorFinding(
                .missing, "seccomp", "this kernel filters no system calls",
                fix: "boot a kernel with CONFIG_SECCOMP_FILTER")
    }

    private static func space(_ home: Home) -> DoctorFinding {
        do {
            let free = try Files.freeBytes(at: home.path) >> 30
            return free >= 2
                ? DoctorFinding(.ok, "disk", "\(free) GiB free in \(home.path)")
                : DoctorFinding(
                    .warning, "disk", "only \(free) GiB free in \(home.path)",
                    fix:
                        "'slipway gc' frees what nothing needs; or set SLIPWAY_HOME to a folder on "
                        + "a larger disk")
        } catch {
            return DoctorFinding(.warning, "disk", "\(error)")
        }
    }
}
