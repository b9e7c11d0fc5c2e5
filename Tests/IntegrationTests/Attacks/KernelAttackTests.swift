import Storage
import TestSupport
import Testing

/// One thing that a hostile job asks of the kernel, and what it may be told.
struct KernelAttack: Sendable {
    let name: String
    let answers: Set<String>

    init(_ name: String, _ answers: String...) {
        self.name = name
        self.answers = Set(answers)
    }
}

/// A hostile job against the kernel: system calls, files of the kernel, rights
/// (`Tests/Attacker` says what each of them is).
@Suite(.serialized)
struct KernelAttackTests {
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
                + "place-memory move-memory personality set-clock open-by-handle")
        + otherNumbers
    #if arch(x86_64)
        /// Calls by the numbers of other ABIs of the same kernel.
        private static let otherNumbers =
            ["mount-32", "unshare-32", "unshare-x32"].map {
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

    @Test(
        "nothing that a job asks of the kernel gets it further, and the machine stays as it was",
        arguments: AttackSandbox.allCases, ["", "hardened: true", "user: \"1234\""])
    func refused(sandbox: AttackSandbox, keys: String) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            try await MachineFacts.stay {
                try await home.succeed(
                    Flow.stages([
                        start,
                        Flow.stage(
                            "work",
                            jobs: [Flow.job("it", "./attacker", "\(sandbox.keys)\n\(keys)")]),
                    ]))
            }
            let lines = try await home.logLines().map {
                $0.split(separator: " ", maxSplits: 1).map(String.init)
            }
            #expect(lines.map { $0.first ?? "" }.sorted() == Self.all.map(\.name).sorted())
            guard sandbox.sharesKernel else { return }
            // One who is not root is refused more, and sooner.
            let sooner: Set<String> = keys.isEmpty ? [] : ["EPERM", "EACCES"]
            for attack in Self.all {
                let said = lines.first { $0.first == attack.name }?.last ?? "nothing"
                #expect(attack.answers.union(sooner).contains(said), "\(attack.name): \(said)")
            }
        }
    }
}
