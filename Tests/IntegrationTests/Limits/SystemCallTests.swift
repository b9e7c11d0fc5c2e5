import TestSupport
import Testing

/// What programs may ask of the kernel, with and without `hardened: true`
/// (docs/reference/sandbox.md), tried for real.
struct SystemCallTests {
    /// Prints `NAME ERROR` for each call; `killed` where the filter ends the program.
    private static let program = #"""
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <sys/mman.h>
        #include <sys/personality.h>
        #include <sys/ptrace.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/syscall.h>
        #include <sys/uio.h>
        #include <sys/wait.h>
        #include <unistd.h>
        #define TRY(name, call) do { \
            fflush(stdout); \
            if (fork() == 0) { \
                errno = 0; \
                long got = (call); \
                printf(name " %d\n", got < 0 ? errno : 0); \
                fflush(stdout); \
                _exit(0); \
            } \
            int status; \
            wait(&status); \
            if (WIFSIGNALED(status)) printf(name " killed\n"); \
        } while (0)
        #if defined(__x86_64__)
        static long call32(long number, long a, long b, long c) {
            long got;
            __asm__ volatile("int $0x80" : "=a"(got)
                : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
            if ((int)got < 0) { errno = -(int)got; return -1; }
            return got;
        }
        #endif
        int main(void) {
            char bytes[64] = {0};
            struct iovec vector = {bytes, 1};
            TRY("unix", socket(AF_UNIX, SOCK_STREAM, 0));
            TRY("inet", socket(AF_INET, SOCK_STREAM, 0));
            TRY("inet6", socket(AF_INET6, SOCK_DGRAM, 0));
            TRY("netlink-route", socket(AF_NETLINK, SOCK_RAW, 0));
            TRY("netlink-netfilter", socket(AF_NETLINK, SOCK_RAW, 12));
            TRY("alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
            TRY("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
            TRY("packet", socket(AF_PACKET, SOCK_RAW, 0));
            TRY("key", socket(AF_KEY, SOCK_RAW, 2));
            TRY("bluetooth", socket(AF_BLUETOOTH, SOCK_RAW, 1));
            TRY("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)bytes));
            TRY("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
            TRY("readv", process_vm_readv(getpid(), &vector, 1, &vector, 1, 0));
            TRY("asking", personality(0xffffffff));
            TRY("no-randomness", personality(ADDR_NO_RANDOMIZE));
            TRY("plain", personality(0));
            TRY("fifo", mkfifo("fifo", 0600));
            TRY("device", mknod("device", S_IFBLK | 0600, 0xfe00));
            TRY("chroot", chroot("/"));
            TRY("keyctl", syscall(SYS_keyctl, 0, -3, 1));
            TRY("setuid", setuid(getuid()));
        #if defined(__x86_64__)
            int *words = mmap(0, 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
            words[0] = AF_VSOCK; words[1] = SOCK_STREAM; words[2] = 0;
            TRY("vsock by socketcall", call32(102, 1, (long)words, 0));
            words[0] = AF_ALG; words[1] = SOCK_SEQPACKET;
            TRY("alg by socketcall", call32(102, 1, (long)words, 0));
            TRY("vsock of 32 bits", call32(359, AF_VSOCK, SOCK_STREAM, 0));
            TRY("unix of 32 bits", call32(359, AF_UNIX, SOCK_STREAM, 0));
        #endif
            return 0;
        }
        """#

    private static func answers(_ keys: String) async throws -> [String: String] {
        try await TestHome.busy(["gcc"]) { home in
            let script =
                "cat >calls.c <<'END'\n\(program)\nEND\ngcc -o calls calls.c\n./calls"
            let report = try await home.run(
                Flow.script(script, job: keys)
                    .replacing("component: busybox", with: "component: gcc:12"))
            #expect(report.code == 0, "\(report.error)")
            var answers: [String: String] = [:]
            for line in try await home.logLines() {
                guard let space = line.lastIndex(of: " ") else { continue }
                answers[String(line[..<space])] = String(line[line.index(after: space)...])
            }
            return answers
        }
    }

    /// EPERM.
    private static let refused = "1"

    @Test("sockets of the ordinary families, and no way round by 32-bit calls")
    func standard() async throws {
        let answers = try await Self.answers("")
        for name in [
            "unix", "inet", "inet6", "netlink-route", "socketpair", "ptrace", "readv", "asking",
            "plain", "fifo", "setuid", "chroot",
        ] {
            #expect(answers[name] == "0", "\(name): \(answers)")
        }
        for name in [
            "netlink-netfilter", "alg", "vsock", "packet", "key", "bluetooth", "no-randomness",
            "device", "keyctl",
        ] {
            #expect(answers[name] == Self.refused, "\(name): \(answers)")
        }
        #if arch(x86_64)
            for name in ["vsock by socketcall", "alg by socketcall"] {
                #expect(answers[name] == "38", "\(name): \(answers)")
            }
            #expect(answers["vsock of 32 bits"] == Self.refused, "\(answers)")
            #expect(answers["unix of 32 bits"] == "0", "\(answers)")
        #endif
    }

    @Test("hardened, a program neither traces another, nor asks for more, and has 64 bits alone")
    func hardened() async throws {
        let answers = try await Self.answers("hardened: true")
        for name in ["unix", "inet", "inet6", "socketpair", "asking", "fifo", "setuid"] {
            #expect(answers[name] == "0", "\(name): \(answers)")
        }
        for name in [
            "netlink-route", "netlink-netfilter", "alg", "vsock", "packet", "key", "bluetooth",
            "ptrace", "readv", "no-randomness", "plain", "device", "chroot", "keyctl",
        ] {
            #expect(answers[name] == Self.refused, "\(name): \(answers)")
        }
        #if arch(x86_64)
            for name in ["vsock by socketcall", "vsock of 32 bits", "unix of 32 bits"] {
                #expect(answers[name] == "killed", "\(name): \(answers)")
            }
        #endif
    }
}

/// No program gains rights by a setuid bit, and nothing of an image is a device.
struct PrivilegeTests {
    @Test("a setuid program of the image runs as whoever called it")
    func setuid() async throws {
        try await TestHome.busy(["gcc"]) { home in
            let report = try await home.run(
                Flow.script(
                    """
                    stat -c '%a %u' /bin/su
                    sleep 5 | su root >/dev/null 2>&1 &
                    until grep -q su /proc/$!/comm; do sleep 0.1; done
                    grep -E '^(Uid|CapEff)' /proc/$!/status
                    grep -E ' (/|/slipway/work) ' /proc/self/mounts | cut -d' ' -f4 |
                      grep -c '^rw,nosuid,nodev'
                    grep -vE ' /(proc|sys|dev)/[^ ]+ ' /proc/self/mounts | grep ' rw,' |
                      grep -vc nosuid || true
                    """, job: "user: \"1234\""
                ).replacing("component: busybox", with: "component: gcc:12"))
            #expect(report.code == 0, "\(report.error)")
            #expect(
                try await home.logLines() == [
                    "4755 0", "Uid:\t1234\t1234\t1234\t1234", "CapEff:\t0000000000000000",
                    "2", "0",
                ])
        }
    }

    @Test("/dev holds these devices, and no more", arguments: ["", "hardened: true"])
    func devices(keys: String) async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    "find /dev -type c -o -type b | sort; find / -xdev -type b -o -type c",
                    job: keys))
            #expect(
                try await home.logLines().filter { !$0.hasPrefix("/dev/pts/") } == [
                    "/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom",
                    "/dev/zero",
                ])
        }
    }

    @Test("what is in memory is bounded, and what is mounted honours no setuid bits")
    func mounts() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    """
                    df -k /dev/shm | awk 'NR > 1 { print $2 }'
                    df -k /tmp | awk 'NR > 1 { print $2 }'
                    grep -v nosuid /proc/self/mounts || true
                    grep -v nodev /proc/self/mounts | cut -d' ' -f2 | sort -u
                    grep ' /dev/shm ' /proc/self/mounts | grep -c noexec
                    for path in $(cut -d' ' -f2 /proc/self/mounts | grep -E '^/(proc|sys)/'); do
                      test ! -w "$path" || test "$path" = /proc/sys || echo "writable $path"
                    done
                    test -z "$(head -c 1 /proc/interrupts)"; test -z "$(ls -A /sys/dev/block)"
                    """, job: "read-only: true"))
            let lines = try await home.logLines()
            #expect(lines.prefix(2) == ["65536", "65536"], "\(lines)")
            #expect(!lines.contains { $0.contains(" overlay ") }, "\(lines)")
        }
    }
}
