import Domain
import Workflows

/// Which system calls a container may make: what ordinary programs need, nothing that reaches
/// the kernel's own set-up. Everything else fails with EPERM; `clone3` with ENOSYS, so that C
/// libraries fall back to `clone`, whose flags can be checked, and `socketcall` too, whose
/// arguments cannot. `ptrace` is among them: sanitizers and debuggers trace their own programs,
/// and a container sees no other processes.
///
/// A hardened job does without what `hardening` lists (docs/reference/sandbox.md).
struct SeccompProfile {
    let isHardened: Bool
    let sandbox: Sandbox

    init(isHardened: Bool = false, sandbox: Sandbox = .standard) {
        self.isHardened = isHardened
        self.sandbox = sandbox
    }

    var json: JSONValue {
        let refused = Set(isHardened ? Self.hardening.flatMap(\.calls) : [])
        let allowed = Self.groups.flatMap(\.calls).filter { !refused.contains($0) }
        return .object([
            "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
            "architectures": .array(architectures.map(JSONValue.string)),
            "syscalls": .array(
                [
                    Self.rule(allowed), Self.clone, missing("clone3"),
                    missing("socketcall"),
                ] + personalityRules + socketRules + nodeRules),
        ])
    }

    /// A 32-bit program makes calls by other numbers: so much more of the kernel to reach.
    private var architectures: [String] {
        #if arch(arm64)
            ["SCMP_ARCH_AARCH64"] + (isHardened ? [] : ["SCMP_ARCH_ARM"])
        #else
            // Not x32, which kernels leave out: each one takes the runtime 4 ms to compile.
            ["SCMP_ARCH_X86_64"] + (isHardened ? [] : ["SCMP_ARCH_X86"])
        #endif
    }

    private static func rule(_ names: [String], _ conditions: JSONValue...) -> JSONValue {
        var members: [String: JSONValue] = [
            "names": .array(names.map(JSONValue.string)), "action": "SCMP_ACT_ALLOW",
        ]
        if !conditions.isEmpty { members["args"] = .array(conditions) }
        return .object(members)
    }

    private static func isEqual(_ index: Int64, _ value: Int64) -> JSONValue {
        .object(["index": .integer(index), "value": .integer(value), "op": "SCMP_CMP_EQ"])
    }

    private static func isMasked(_ index: Int64, _ mask: Int64, _ value: Int64) -> JSONValue {
        .object([
            "index": .integer(index), "value": .integer(mask), "valueTwo": .integer(value),
            "op": "SCMP_CMP_MASKED_EQ",
        ])
    }

    /// A call that the kernel seems not to have (ENOSYS).
    private func missing(_ name: String) -> JSONValue {
        // older runsc reads no `errnoRet`: EPERM for `clone3`, and C libraries from glibc
        // 2.34 on start no thread. A call that nobody traces fails with ENOSYS, too (seccomp(2)).
        let action: JSONValue = sandbox == .gvisor ? "SCMP_ACT_TRACE" : "SCMP_ACT_ERRNO"
        return .object(["names": [.string(name)], "action": action, "errnoRet": 38])
    }

    /// `clone` without any flag that makes a namespace (clone(2): CLONE_NEW*).
    private static let clone = rule(["clone"], isMasked(0, 2_114_060_288, 0))

    /// The personalities of ordinary programs (personality(2)): Linux, its 32-bit form, the old
    /// uname, both, and asking. Hardened, asking alone.
    private var personalityRules: [JSONValue] {
        let asking: Int64 = 0xffff_ffff
        return (isHardened ? [asking] : [0, 0x8, 0x20000, 0x20008, asking]).map {
            Self.rule(["personality"], Self.isEqual(0, $0))
        }
    }

    /// AF_UNIX, AF_INET and AF_INET6; and NETLINK_ROUTE (0), by which C libraries list addresses.
    /// A socket of any other family makes the kernel load code that a job has no use for.
    private var socketRules: [JSONValue] {
        let families: [Int64] = [1, 2, 10]
        let rules =
            families.map { Self.rule(["socket"], Self.isEqual(0, $0)) }
            + [Self.rule(["socketpair"], Self.isEqual(0, 1))]
        return isHardened
            ? rules : rules + [Self.rule(["socket"], Self.isEqual(0, 16), Self.isEqual(2, 0))]
    }

    /// Without CAP_MKNOD nobody makes devices; hardened, the kernel is not even asked: files,
    /// fifos and sockets (S_IFREG, S_IFIFO, S_IFSOCK of inode(7)).
    private var nodeRules: [JSONValue] {
        guard isHardened else { return [Self.rule(["mknod", "mknodat"])] }
        return [0, 0x8000, 0x1000, 0xc000].flatMap { kind in
            [
                Self.rule(["mknod"], Self.isMasked(1, 0xf000, kind)),
                Self.rule(["mknodat"], Self.isMasked(2, 0xf000, kind)),
            ]
        }
    }

    /// System calls with the reason why they are told apart.
    struct Calls {
        let what: String
        let calls: [String]

        init(_ what: String, _ names: String) {
            self.what = what
            calls = names.split(separator: " ").map(String.init)
        }
    }

    /// What all containers may call, whatever the arguments.
    static let groups = [
        Calls("files", files), Calls("processes", processes), Calls("memory", memory),
        Calls("time", time), Calls("sockets and waiting", sockets), Calls("signals", signals),
        Calls("threads", threads), Calls("information", information),
    ]

    /// What a hardened job may not call, and why it does without.
    static let hardening = [
        Calls(
            "no program reads or steers another",
            "ptrace process_vm_readv process_vm_writev kcmp process_mrelease"),
        Calls(
            "nothing to gain without capabilities",
            "chroot adjtimex clock_adjtime clock_adjtime64"),
        Calls("files by handles go round paths", "name_to_handle_at"),
        Calls("segments of 16-bit and 32-bit programs", "modify_ldt"),
        Calls(
            "memory that even the kernel cannot read, or that is mapped in old ways",
            "memfd_secret remap_file_pages"),
        Calls("pages that are lent to the kernel", "vmsplice"),
    ]

    private static let files = """
        access faccessat faccessat2 chdir fchdir chmod fchmod fchmodat fchmodat2 chown chown32 \
        fchown fchown32 fchownat lchown lchown32 close close_range copy_file_range creat dup dup2 \
        dup3 fadvise64 fadvise64_64 arm_fadvise64_64 fallocate fcntl fcntl64 fdatasync fsync \
        flock fstat fstat64 fstatat64 newfstatat fstatfs fstatfs64 statfs statfs64 ftruncate \
        ftruncate64 truncate truncate64 futimesat utime utimes utimensat utimensat_time64 getcwd \
        getdents getdents64 readdir getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr \
        setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr inotify_add_watch \
        inotify_init inotify_init1 inotify_rm_watch ioctl link linkat symlink symlinkat lseek \
        _llseek lstat lstat64 stat stat64 statx mkdir mkdirat open openat openat2 \
        pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink \
        readlinkat readv rename renameat renameat2 rmdir sendfile sendfile64 splice sync \
        sync_file_range syncfs tee umask unlink unlinkat vmsplice write writev chroot \
        memfd_create name_to_handle_at cachestat \

        """
    private static let processes = """
        execve execveat exit exit_group fork vfork getpgid getpgrp getpid getppid getpriority \
        setpriority getresgid getresgid32 getresuid getresuid32 getgid getgid32 getuid getuid32 \
        getegid getegid32 geteuid geteuid32 getgroups getgroups32 setgroups setgroups32 setgid \
        setgid32 setuid setuid32 setregid setregid32 setreuid setreuid32 setresgid setresgid32 \
        setresuid setresuid32 setfsgid setfsgid32 setfsuid setfsuid32 setpgid setsid getsid \
        ptrace process_vm_readv process_vm_writev kcmp getrlimit ugetrlimit setrlimit \
        prlimit64 getrusage wait4 waitid waitpid capget capset \
        prctl arch_prctl pidfd_open pidfd_send_signal process_mrelease landlock_create_ruleset \
        landlock_add_rule landlock_restrict_self seccomp ioprio_get ioprio_set \

        """
    private static let memory = """
        brk mmap mmap2 mprotect mremap msync munmap madvise mincore mlock mlock2 mlockall munlock \
        munlockall mseal membarrier pkey_alloc pkey_free pkey_mprotect remap_file_pages \
        shmat shmctl shmdt shmget semctl semget semop semtimedop semtimedop_time64 msgctl msgget \
        msgrcv msgsnd mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 \
        mq_timedsend mq_timedsend_time64 mq_unlink ipc memfd_secret modify_ldt \

        """
    /// `adjtimex` and its kin also tell the time's error, which anybody may ask (ntp_gettime(3)).
    /// What they set stands behind a pointer, which a filter cannot follow: that takes
    /// CAP_SYS_TIME, which no container has.
    private static let time = """
        alarm clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep \
        clock_nanosleep_time64 getitimer setitimer gettimeofday nanosleep time times \
        timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime \
        timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime \
        timerfd_settime64 adjtimex clock_adjtime clock_adjtime64 \

        """
    private static let sockets = """
        accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom \
        recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown \
        epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait \
        epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 poll ppoll ppoll_time64 select \
        _newselect pselect6 pselect6_time64 io_cancel io_destroy io_getevents io_pgetevents \
        io_pgetevents_time64 io_setup io_submit \

        """
    private static let signals = """
        kill tgkill tkill pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask \
        rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 \
        rt_tgsigqueueinfo sigaction signal signalfd signalfd4 sigprocmask sigreturn sigaltstack \
        sigpending sigsuspend \

        """
    private static let threads = """
        futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue get_robust_list \
        set_robust_list get_thread_area set_thread_area set_tid_address gettid rseq \
        sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam \
        sched_setparam sched_getscheduler sched_setscheduler sched_get_priority_max \
        sched_get_priority_min sched_rr_get_interval sched_rr_get_interval_time64 sched_yield \
        breakpoint cacheflush set_tls \

        """
    private static let information = "getcpu getrandom sysinfo uname"
}
