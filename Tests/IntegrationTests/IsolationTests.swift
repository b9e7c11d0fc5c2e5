import Storage
import TestSupport
import Testing

/// What a container may do and see (DESIGN §6).
struct IsolationTests {
    @Test("it has eleven capabilities, gains none, and is filtered by seccomp")
    func privileges() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("cat /proc/self/status"))
            var status: [String: String] = [:]
            for line in try await home.logLines() {
                let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                if parts.count == 2 {
                    status[parts[0]] = parts[1].split { " \t".contains($0) }.joined(separator: " ")
                }
            }
            // chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
            // net_bind_service, sys_chroot, setfcap (capability.h)
            let expected = Self.mask([0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31])
            #expect(status["CapBnd"] == expected)
            #expect(status["CapEff"] == expected)
            #expect(status["CapPrm"] == expected)
            #expect(status["CapInh"] == Self.mask([]))
            #expect(status["CapAmb"] == Self.mask([]))
            #expect(status["NoNewPrivs"] == "1")
            #expect(status["Seccomp"] == "2")
        }
    }

    @Test("hardened, it has no capability, not even to gain")
    func hardened() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script("grep ^Cap /proc/self/status", job: "hardened: true"))
            let lines = try await home.logLines()
            #expect(lines.count == 5, "\(lines)")
            #expect(lines.allSatisfy { $0.hasSuffix("\t\(Self.mask([]))") }, "\(lines)")
        }
    }

    private static func mask(_ capabilities: [UInt64]) -> String {
        let text = String(capabilities.reduce(0 as UInt64) { $0 | 1 << $1 }, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    @Test(
        "what it must not do is refused",
        arguments: [
            ("mounting", "mount -t tmpfs none /tmp"),
            ("remounting", "mount -o remount,rw /proc/sys"),
            ("binding", "mount --bind /tmp /mnt 2>/dev/null || mount -o bind /tmp /home"),
            ("a mount namespace", "unshare -m true"),
            ("a user namespace", "unshare -U true"),
            ("a network namespace", "unshare -n true"),
            ("another process' namespaces", "nsenter -t 1 -m true"),
            ("a device", "mknod /tmp/disk b 254 0"),
            ("the host name", "hostname other"),
            ("kernel settings", "echo 1 >/proc/sys/vm/drop_caches"),
            ("the magic key", "echo h >/proc/sysrq-trigger"),
            ("a change of root by pivot", "mkdir -p /tmp/n && pivot_root /tmp/n /tmp/n"),
            ("kernel messages", "dmesg | grep ."),
            ("raw sockets", "ping -c 1 -W 1 127.0.0.1"),
            ("swap", "swapoff -a && swapon /tmp"),
        ])
    func refused(fact: String, command: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script("if { \(command); } >/dev/null 2>&1; then exit 55; fi"))
            #expect(try report.job().exitCode == 0, "it could")
        }
    }

    @Test("bpf, keyctl, kernel modules, the clock and others are refused as system calls")
    func systemCalls() async throws {
        try await TestHome.busy(["gcc"]) { home in
            let report = try await home.run(Self.calls)
            #expect(report.code == 0, "\(report.error)")
            #expect(
                try await home.log() == """
                    bpf 1
                    keyctl 1
                    add_key 1
                    perf_event_open 1
                    init_module 1
                    mount 1
                    unshare 1
                    setns 1
                    kexec_load 1
                    open_by_handle_at 1
                    userfaultfd 1
                    io_uring_setup 1
                    clock_settime 1

                    """)
        }
    }

    /// Prints the error of each call; 1 is EPERM.
    private static let calls = Flow.stages([
        """
        - name: work
          jobs:
            - name: it
              component: gcc:12
              script: |
                cat >calls.c <<'END'
                #define _GNU_SOURCE
                #include <errno.h>
                #include <sched.h>
                #include <stdio.h>
                #include <sys/syscall.h>
                #include <unistd.h>
                #define TRY(name, ...) do { \\
                    long got = syscall(SYS_##name, __VA_ARGS__); \\
                    printf(#name " %d\\n", got < 0 ? errno : 0); \\
                } while (0)
                int main(void) {
                    char attr[128] = {0};
                    TRY(bpf, 0, attr, sizeof attr);
                    TRY(keyctl, 0, -3, 1);
                    TRY(add_key, "user", "x", "y", 1, -3);
                    TRY(perf_event_open, attr, 0, -1, -1, 0);
                    TRY(init_module, attr, 0, "");
                    TRY(mount, "none", "/tmp", "tmpfs", 0, 0);
                    TRY(unshare, CLONE_NEWNS);
                    TRY(setns, 0, 0);
                    TRY(kexec_load, 0, 0, 0, 0);
                    TRY(open_by_handle_at, 0, attr, 0);
                    TRY(userfaultfd, 0);
                    TRY(io_uring_setup, 1, attr);
                    // No time at all, for a kernel that does not refuse it.
                    long never[2] = {0, -1};
                    TRY(clock_settime, 0, never);
                }
                END
                gcc -o calls calls.c
                ./calls
        """
    ])

    @Test("it sees a loopback device and nothing else of any network")
    func network() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("ls /sys/class/net; tail -n +2 /proc/net/route"))
            #expect(try await home.log() == "lo\n")
        }
    }

    @Test("what tells of the machine is masked, settings are read-only")
    func masked() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.script(
                    """
                    for path in kcore keys timer_list sched_debug latency_stats; do
                      test ! -e /proc/$path || test -z "$(head -c 1 /proc/$path)"
                    done
                    for path in /sys/firmware /sys/fs/cgroup /proc/acpi /proc/scsi; do
                      test ! -e $path || test -z "$(ls -A $path)"
                    done
                    for path in sys bus irq fs; do
                      grep " /proc/$path " /proc/self/mounts | grep -q ' ro[, ]'
                    done
                    grep ' /sys ' /proc/self/mounts | grep -q ' ro[, ]'
                    """))
        }
    }

    @Test("nothing of this machine's files, processes or variables is in there")
    func host() async throws {
        try await TestHome.busy { home in
            let secret = "value-of-the-host-\(home.folder.utf8.count)"
            let file = try home.workflow(
                Flow.script(
                    """
                    ls /
                    ls /slipway
                    ls /dev | grep -E '^(sd|vd|nvme|loop|kmsg|mem)' || true
                    test $(ls -d /proc/[0-9]* | wc -l) -lt 6
                    env | cut -d= -f1 | grep -vE '^T_' | sort
                    """))
            let result = try await home.slipway(
                ["run", file], environment: ["HOST_SECRET": secret, "LD_LIBRARY_PATH": "/x"])
            #expect(result.code == 0, "\(result.error)")
            #expect(
                try await home.logLines() == [
                    "bin", "dev", "etc", "home", "linuxrc", "proc", "root", "run", "sbin",
                    "slipway", "sys", "tmp", "usr", "var", "artifacts", "reports", "result",
                    "work", "CI", "HOME", "PATH", "PWD", "SHLVL",
                ])
        }
    }

    @Test("it inherits the three standard streams and no other descriptor")
    func descriptors() async throws {
        try await TestHome.busy { home in
            // The shell's own: while `readlink` runs it has nothing else open.
            try await home.succeed(
                Flow.script(
                    "for fd in /proc/$$/fd/*; do readlink $fd || true; done"))
            let targets = try await home.logLines().map { String($0.prefix { $0 != ":" }) }
            #expect(targets == ["/dev/null", "pipe", "pipe"])
        }
    }

    @Test("the user that the image names has no capabilities, and its folders are its own")
    func user() async throws {
        try await TestHome.busy { home in
            // A user in the image: an imported archive whose configuration says so.
            let archive = "\(home.folder)/nobody.tar"
            try await Self.makeNobody(archive, in: home.folder)
            let imported = try await home.slipway(["image", "import", archive, "nobody:1"])
            try #require(imported.code == 0, "\(imported.error)")
            let report = try await home.run(
                Flow.stages([
                    "- name: work\n  jobs:\n    - name: it\n      component: nobody:1\n"
                        + "      script: |\n        id -u\n        grep CapEff /proc/self/status\n"
                        + "        echo x >here\n        echo A=1 >>\"$T_RESULT_FILE\"\n"
                        + "      outputs: [A]\n      produces: {here: here}\n"
                ]))
            #expect(report.code == 0, "\(report.error)")
            #expect(try await home.log() == "65534\nCapEff:\t0000000000000000\n")
            #expect(try report.job().output("A") == "1")
        }
    }

    /// The busybox image with another user in its configuration.
    private static func makeNobody(_ archive: String, in folder: String) async throws {
        let script = """
            set -e
            mkdir '\(folder)/image'
            cd '\(folder)/image'
            tar xf '\(try Checkout.image("busybox"))'
            old=$(sed 's/.*"Config":"\\([^"]*\\)".*/\\1/' manifest.json)
            sed -i 's/"config":{/"config":{"User":"nobody",/' "$old"
            new=$(sha256sum "$old" | cut -c1-64).json
            mv "$old" "$new"
            sed -i "s/$old/$new/" manifest.json
            tar cf '\(archive)' *
            """
        let result = try await Program.run("/bin/sh", ["-c", script])
        try #require(result.code == 0, "\(result.error)")
    }
}
