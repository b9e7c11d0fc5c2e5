import TestSupport
import Testing

@testable import Executors

/// `docs/reference/sandbox.md`, from what the executor gives to the runtime.
struct SandboxPageTests {
    private static func words(_ names: [String]) -> String {
        names.sorted().map { "`\($0)`" }.joined(separator: ", ")
    }

    private static var lines: [String] {
        var lines = [
            "# The standard sandbox",
            "",
            "Written by `UPDATE_GOLDEN=1 swift test --filter SandboxPageTests` from",
            "`Sources/Executors/OCI/Runtime`.",
            "",
            "What a job's program may ask of the kernel, and what it sees of the machine. `hardened: true`",
            "takes more away.",
            "",
            "## System calls",
            "",
            "A call that no list names fails with EPERM; `clone3` and `socketcall` with ENOSYS, so that C",
            "libraries use `clone` and `socket`, whose arguments a filter can see. `clone` makes no namespaces.",
            "",
            "| of | allowed |",
            "| --- | --- |",
        ]
        lines += SeccompProfile.groups.map { "| \($0.what) | \(words($0.calls)) |" }
        lines += [
            "",
            "With conditions: `clone`, `personality` (those of ordinary programs), `mknod`, `socket` and",
            "`socketpair` of the families AF_UNIX, AF_INET and AF_INET6, and `socket` of AF_NETLINK for",
            "NETLINK_ROUTE, by which C libraries list addresses. Opening a socket of another family (AF_ALG,",
            "AF_VSOCK, AF_PACKET, AF_BLUETOOTH, …) makes the kernel load code that was the way out of",
            "containers before, and AF_VSOCK leads past network namespaces to a hypervisor. `adjtimex` and",
            "`clock_adjtime` ask; to set anything by them takes a capability that no job has.",
            "",
            "### With `hardened: true`",
            "",
            "| refused too | why |",
            "| --- | --- |",
        ]
        lines += SeccompProfile.hardening.map { "| \(words($0.calls)) | \($0.what) |" }
        lines += [
            "| `socket` of AF_NETLINK | the kernel's own set-up |",
            "| `personality`, but for asking | switches off that addresses differ from run to run |",
            "| `mknod`, but for files, fifos and sockets | devices |",
            "| calls of 32-bit programs (they are ended) | a second set of entrances to the kernel |",
            "",
            "Calls such as `setuid` stay: without capabilities they change nothing, and programs that give up",
            "rights which they do not have would fail without them. Beside it the job has no capability, and",
            "its root file system is read-only unless `read-only: false` says otherwise.",
            "",
            "## Paths",
            "",
            "| nobody sees | why |",
            "| --- | --- |",
        ]
        lines += HiddenPaths.reasons.map { "| \(words($0.paths)) | \($0.why) |" }
        lines += [
            "",
            "Read-only: \(words(HiddenPaths.readOnly)) and all of `/sys`.",
            "",
            "No mount honours setuid bits, and none but `/dev` has devices: `null`, `zero`, `full`, `random`,",
            "`urandom`, `tty` and terminals of the container's own. `/dev/shm` holds 64 MiB, and so does `/tmp`",
            "where the root is read-only; both count as the job's memory.",
        ]
        return lines
    }

    @Test("the page of the sandbox in docs/ is what the executor does")
    func page() throws {
        let text = Self.lines.joined(separator: "\n") + "\n"
        #expect(try Golden.expected("docs/reference/sandbox.md", made: text) == text)
    }
}
