import Testing

/// One thing that a hostile job asks of the kernel, and what it may be told
/// (`Tests/Attacker` says what each of them is).
struct KernelAttack: Sendable {
    let name: String
    let answers: Set<String>

    init(_ name: String, _ answers: String...) {
        self.name = name
        self.answers = Set(answers)
    }

    private static func refused(_ names: String) -> [KernelAttack] {
        names.split(separator: " ").map { KernelAttack(String($0), "EPERM") }
    }

    private static func closed(_ names: String) -> [KernelAttack] {
        names.split { " \n".contains($0) }.map {
            KernelAttack(String($0), "EPERM", "EROFS", "ENOENT", "EACCES", "contained")
        }
    }

    static let mounts = refused(
        "mount-tmpfs mount-proc mount-sysfs mount-debugfs mount-cgroup mount-cgroup2 "
            + "mount-binfmt mount-overlay mount-bind mount-remount mount-remount-source mount-move "
            + "mount-propagate unmount-mask unmount-proc fs-open fs-pick open-tree move-tree "
            + "set-mount pivot-root")
    static let namespaces =
        refused(
            "unshare-user unshare-mount unshare-net unshare-pid unshare-ipc unshare-uts "
                + "unshare-cgroup unshare-time clone-user clone-mount clone-net-user join-own "
                + "join-user join-by-pidfd take-descriptor") + [
            // So that C libraries fall back to `clone`, whose flags can be looked at.
            KernelAttack("clone3-user", "ENOSYS")
        ]
    static let kernel =
        refused(
            "load-module load-module-file unload-module load-kernel load-kernel-file restart "
                + "swap-on swap-off account quota host-name domain-name kernel-log bpf perf "
                + "userfaultfd io-uring fanotify key-ring key-join key-add key-request "
                + "place-memory move-memory personality set-clock adjust-clock "
                + "open-by-handle")
        + otherNumbers
    #if arch(x86_64)
        /// Calls by the numbers of other ABIs of the same kernel.
        private static let otherNumbers =
            ["mount-32", "mount-x32", "unshare-32", "unshare-x32"].map {
                // A hardened job that tries is ended.
                KernelAttack($0, "EPERM", "ENOSYS", "signal-31")
            } + refused("io-level io-port")
    #else
        private static let otherNumbers: [KernelAttack] = []
    #endif
    static let sockets =
        refused("socket-raw socket-raw6 socket-packet socket-vm") + [
            KernelAttack("socket-key", "EPERM", "EAFNOSUPPORT")
        ]
    static let rights =
        refused(
            "capability-set capability-ambient raise-core raise-files real-time node-memory "
                + "node-kernel-log node-disk node-sd node-tun node-fuse mark-opaque "
                + "mark-redirect") + [
            KernelAttack("privileges-again", "EINVAL"),
            KernelAttack("raise-priority", "EACCES", "EPERM"),
            KernelAttack("spare-from-oom", "EACCES"),
            KernelAttack("capability-by-file", "EPERM", "contained"),
            KernelAttack("escape-by-chroot", "contained"),
        ]
    static let files = closed(
        """
        core-pattern modprobe host-name-file forwarding drop-caches sysrq binfmt-misc irq-affinity
        uevent-helper release-agent cgroup-limit cgroup-move power-state pci-rescan profiling
        core-memory kernel-messages key-list timer-list page-counts page-flags firmware tracing
        debugging device-memory device-port device-kvm device-kernel-log device-disk
        docker-socket podman-socket containerd-socket crio-socket journal-socket system-bus
        slipway-runtime log-device kernel-addresses socket-files other-processes
        """)
    static let all = mounts + namespaces + kernel + sockets + rights + files

    /// What gVisor's kernel says where it says something else. `done` is a thing of that kernel's
    /// own, which `KernelAttackTests/ownKernel` looks at from outside, but for forwarding: other
    /// tests' jobs with a bridge turn that on.
    private static let ownKernel: [String: Set<String>] = [
        "join-own": ["ENOENT"], "join-by-pidfd": ["ENOSYS"],
        // It takes 32-bit numbers for those of other calls: access, process_vm_readv.
        "mount-32": ["EFAULT"], "unshare-32": ["ENOSYS", "EPERM"],
        "capability-ambient": ["EINVAL"], "capability-by-file": ["EOPNOTSUPP"],
        "real-time": ["EINVAL"], "raise-priority": ["done"], "spare-from-oom": ["done"],
        "node-memory": ["ENXIO"], "node-kernel-log": ["ENXIO"], "node-disk": ["ENXIO"],
        "node-sd": ["ENXIO"], "node-tun": ["done"], "node-fuse": ["done"],
        "host-name-file": ["done"], "forwarding": ["done"],
    ]

    private func answers(in sandbox: AttackSandbox) -> Set<String> {
        sandbox.sharesKernel ? answers : Self.ownKernel[name] ?? answers
    }

    /// Holds what the attacker printed to what it may be told. One who is not root, or hardened, is
    /// refused more, and sooner.
    static func expectRefused(
        _ log: String, in sandbox: AttackSandbox = .standard, isRoot: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let lines = log.split(separator: "\n").map {
            $0.split(separator: " ", maxSplits: 1).map(String.init)
        }
        #expect(
            lines.map { $0.first ?? "" }.sorted() == all.map(\.name).sorted(),
            sourceLocation: sourceLocation)
        let sooner: Set<String> = isRoot ? [] : ["EPERM", "EACCES"]
        for attack in all {
            let said = lines.first { $0.first == attack.name }?.last ?? "nothing"
            #expect(
                attack.answers(in: sandbox).union(sooner).contains(said),
                "\(attack.name): \(said)", sourceLocation: sourceLocation)
        }
    }
}
