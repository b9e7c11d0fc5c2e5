import Storage
import TestSupport
import Testing

/// What a job in gVisor cannot see or do, beside what holds for every job.
struct SandboxAttackTests {
    @Test(
        "what it must not do is refused",
        arguments: [
            ("mounting", "mount -t tmpfs none /tmp"),
            ("binding", "mount --bind /tmp /mnt"),
            ("another process' namespaces", "nsenter -t 1 -m true"),
            ("a device", "mknod /slipway/work/disk b 254 0 && cat /slipway/work/disk"),
            ("kernel settings", "echo 1 >/proc/sys/vm/drop_caches"),
            ("the magic key", "echo h >/proc/sysrq-trigger"),
            ("raw sockets", "ping -c 1 -W 1 127.0.0.1"),
            ("the machine's disks", "test -e /dev/vda || test -e /dev/sda || test -e /dev/kvm"),
            ("its runtime's state", "ls /run/slipway"),
        ])
    func refused(fact: String, command: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                SandboxTests.script("if { \(command); } >/dev/null 2>&1; then exit 55; fi"))
            #expect(try report.job().exitCode == 0, "it could")
        }
    }

    @Test("it sees a kernel, processes and a machine of its own")
    func alone() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                SandboxTests.script(
                    """
                    cut -d ' ' -f 3 /proc/version
                    ls /proc | grep -c '^[0-9]'
                    cat /proc/mounts | grep -c upperdir
                    cat /proc/self/cgroup | grep -c slipway
                    ls /sys/class/net /sys/block 2>/dev/null | grep -c vda
                    grep -c ^Cap /proc/self/status
                    readlink /proc/1/exe
                    true
                    """.replacing("\n", with: " || true\n")))
            let lines = try await home.logLines()
            #expect(lines.first == "4.4.0")
            // The shell, ls and grep.
            #expect(Int(lines[1]).map { $0 <= 5 } == true, "\(lines)")
            #expect(Array(lines[2...4]) == ["0", "0", "0"], "\(lines)")
            let own = String(
                decoding: try Files.readFile("/proc/sys/kernel/osrelease", limit: 99),
                as: UTF8.self)
            #expect(!lines.contains { own.hasPrefix($0) && !$0.isEmpty && $0.count > 3 })
        }
    }

    @Test("calls are filtered, no capability is gained, and out here it is nobody")
    func rights() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                SandboxTests.script(
                    "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; "
                        + MeaningTests.untilTold, "hardened: true"))
            try await home.wait(for: "ready")
            let lines = try await home.logLines()
            #expect(lines.contains("Seccomp:\t2"), "\(lines)")
            #expect(lines.contains("CapEff:\t0000000000000000"), "\(lines)")
            let runtime = try home.runtimePath()
            var owners: [String: UInt32] = [:]
            for pid in try home.processes(naming: runtime) {
                let name = String(TestHome.passing("/proc/\(pid)/cmdline").prefix { $0 != "\0" })
                owners[name] = try Files.status("/proc/\(pid)")?.owner
            }
            // gVisor's kernel is nobody; its file server has the attempt's users.
            #expect(owners["runsc-sandbox"] == 65_534)
            #expect(owners["runsc-gofer"].map { $0 >= 1_879_048_192 } == true, "\(owners)")
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            _ = try await program.wait()
        }
    }

    @Test("bpf, keys, modules, userfaultfd and others are not there")
    func systemCalls() async throws {
        try await TestHome.busy(["gcc"]) { home in
            try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            SandboxTests.job("it", Self.calls)
                                .replacing("component: busybox", with: "component: gcc:12")
                        ])
                ]))
            let granted = try await home.log()
            #expect(granted == "")
        }
    }

    /// Prints each call that the sandbox grants.
    private static let calls = """
        cat >calls.c <<'END'
        #define _GNU_SOURCE
        #include <errno.h>
        #include <stdio.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #define TRY(name, ...) \\
            if (syscall(SYS_##name, __VA_ARGS__) >= 0) printf(#name " was granted\\n")
        int main(void) {
            char attr[128] = {0};
            TRY(bpf, 0, attr, sizeof attr);
            TRY(add_key, "user", "x", "y", 1, -3);
            TRY(perf_event_open, attr, 0, -1, -1, 0);
            TRY(init_module, attr, 0, "");
            TRY(mount, "none", "/tmp", "tmpfs", 0, 0);
            TRY(kexec_load, 0, 0, 0, 0);
            TRY(open_by_handle_at, 0, attr, 0);
            TRY(userfaultfd, 0);
            TRY(io_uring_setup, 1, attr);
            TRY(clock_settime, 0, attr);
            TRY(reboot, 0xfee1dead, 672274793, 0x89abcdef, 0);
            TRY(settimeofday, attr, 0);
            return 0;
        }
        END
        gcc -o calls calls.c && ./calls
        """

    @Test("a fork bomb ends with its job, and the machine goes on")
    func forkBomb() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                SandboxTests.script(
                    "f() { f | f & }; f; sleep 5; while :; do sleep 1; done", "timeout: 8s"))
            #expect(report.code == 1 || report.code == 2, "\(report.error)")
            try await home.expectNothingLeftSoon()
        }
    }
}
