import Domain
import OCI
import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// What programs may ask of the kernel.
struct SeccompTests {
    private static func allowed(_ name: String, isHardened: Bool = false) -> [JSONValue] {
        let profile = SeccompProfile(isHardened: isHardened).json
        return (profile["syscalls"]?.arrayValue ?? []).filter { rule in
            rule["action"] == "SCMP_ACT_ALLOW"
                && rule["names"]?.arrayValue?.contains(.string(name)) == true
        }
    }

    @Test(
        "calls of sanitizers, debuggers and new C libraries are allowed",
        arguments: ["ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "mseal"])
    func allows(name: String) {
        #expect(Self.allowed(name).contains { $0["args"] == nil })
    }

    @Test(
        "calls that reach the kernel's set-up, or place memory, are not",
        arguments: [
            "mount", "bpf", "keyctl", "add_key", "kexec_load", "init_module", "setns", "unshare",
            "perf_event_open", "userfaultfd", "open_by_handle_at", "get_mempolicy",
            "set_mempolicy", "mbind", "move_pages", "io_uring_setup", "reboot", "swapon",
        ])
    func refuses(name: String) {
        #expect(Self.allowed(name).isEmpty)
    }

    @Test("a hardened job does without each call that the list names, and keeps all others")
    func hardened() {
        let refused = SeccompProfile.hardening.flatMap(\.calls)
        for name in refused {
            #expect(!Self.allowed(name).isEmpty, "\(name) is refused to all already")
            #expect(Self.allowed(name, isHardened: true).isEmpty, "\(name)")
        }
        for name in SeccompProfile.groups.flatMap(\.calls) where !refused.contains(name) {
            #expect(!Self.allowed(name, isHardened: true).isEmpty, "\(name)")
        }
        #expect(Self.allowed("mknod").contains { $0["args"] == nil })
        #expect(Self.allowed("mknod", isHardened: true).allSatisfy { $0["args"] != nil })
        #expect(Self.allowed("personality", isHardened: true).count == 1)
    }

    @Test("no call stands in two groups")
    func once() {
        let calls = SeccompProfile.groups.flatMap(\.calls)
        #expect(calls.count == Set(calls).count)
    }

    @Test("the personalities of ordinary programs, and no other")
    func personalities() {
        let values = Self.allowed("personality").compactMap {
            $0["args"]?.arrayValue?.first?["value"]?.integerValue
        }
        #expect(Set(values) == [0, 0x8, 0x20000, 0x20008, 0xffff_ffff])
        #expect(values.count == Self.allowed("personality").count)
    }

    @Test("a program traces another, reads its memory and asks for its personality")
    func traces() async throws {
        try await ExecutorHome.with(images: ["gcc"]) { home in
            let program = #"""
                #define _GNU_SOURCE
                #include <stdio.h>
                #include <signal.h>
                #include <sys/personality.h>
                #include <sys/ptrace.h>
                #include <sys/uio.h>
                #include <sys/wait.h>
                #include <unistd.h>
                volatile int value = 1;
                int main(void) {
                    if (personality(0xffffffff) == -1) return 2;
                    pid_t child = fork();
                    if (child == 0) {
                        if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(3);
                        value = 42;
                        raise(SIGSTOP);
                        _exit(0);
                    }
                    int status, seen = 0;
                    waitpid(child, &status, 0);
                    if (!WIFSTOPPED(status)) return 4;
                    struct iovec here = {&seen, sizeof seen};
                    struct iovec there = {(void *)&value, sizeof value};
                    if (process_vm_readv(child, &here, 1, &there, 1, 0) < 0) return 5;
                    ptrace(PTRACE_CONT, child, 0, 0);
                    waitpid(child, &status, 0);
                    printf("%d\n", seen);
                    return 0;
                }
                """#
            let request = try home.request(
                "cat >p.c <<'END'\n\(program)\nEND\ngcc -o p p.c && ./p", image: "gcc")
            let (log, result) = try await home.run(request)
            #expect(result.ending == .exited(code: 0), "\(log)")
            #expect(log == "42")
        }
    }
}
