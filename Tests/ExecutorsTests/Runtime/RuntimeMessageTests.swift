import Storage
import TestSupport
import Testing
import Workflows

@testable import Executors

/// Who is at fault, by what an OCI runtime says.
struct RuntimeMessageTests {
    private static func runc(_ text: String) -> String {
        "time=\"2026-11-25T00:00:00Z\" level=warning msg=\"unrelated\"\n"
            + "time=\"2026-11-25T00:00:00Z\" level=error msg=\"runc create failed: "
            + "unable to start container process: \(text)\"\n"
    }

    @Test(
        "a program that the image lacks is the job's fault",
        arguments: [
            (runc(#"exec: \"nope\": executable file not found in $PATH"#), #"exec: "nope": "#),
            (runc(#"exec: \"/no\": stat /no: no such file or directory"#), "stat /no: no such"),
            (runc(#"exec: \"/etc/passwd\": permission denied"#), "permission denied"),
            ("exec /bin/x: exec format error", "exec format error"),
            (
                "crun: executable file `nope` not found in $PATH: No such file or directory",
                "`nope`"
            ),
            ("crun: exec container process `/x`: Exec format error", "Exec format error"),
            (
                #"starting sandbox: error finding executable "nope" in PATH [/bin]: no such file"#,
                #""nope""#
            ),
            (
                "starting sandbox: creating process: failed to load /x: exec format error",
                "exec format error"
            ),
        ])
    func program(message: String, words: String) {
        guard case .program(let why) = OCIExecutor.explain(message) else {
            Issue.record("not about the program: \(OCIExecutor.explain(message))")
            return
        }
        #expect(why.contains(words))
        #expect(!why.contains("level="))
    }

    @Test(
        "anything else is the machine's",
        arguments: [
            runc("error during container init: error mounting \\\"proc\\\" to rootfs"),
            runc("exec fifo: operation not permitted"),
            runc("can't load seccomp: rule exec: 5"),
            "crun: mount `proc` to `proc`: Operation not permitted",
            "crun: writing file `cgroup.procs`: No space left on device", "", "\n",
        ])
    func machine(message: String) {
        guard case .runtime(let why) = OCIExecutor.explain(message) else {
            Issue.record("not the machine's: \(OCIExecutor.explain(message))")
            return
        }
        #expect(!why.contains("level="))
    }

    @Test(
        "quotes and control characters are undone",
        arguments: [
            (#"msg="a \"b\" c""#, #"a "b" c"#), (#"msg="a\nb\tc""#, "a b c"),
            (#"msg="a\\b""#, #"a\b"#), (#"msg="\u00e9\x41""#, "éA"), (#"msg="cut \"#, "cut "),
            (#"msg="end" key="more""#, "end"),
        ])
    func quotes(line: String, text: String) {
        #expect(RuntimeMessage.text(of: line) == text)
    }

    @Test("a message is quoted as a whole, or told by its size: its end alone may cut a secret")
    func long() {
        func words(_ count: Int) -> String {
            OCIExecutor.explain("crun: \(String(repeating: "x", count: count))").description
        }
        #expect(words(65_530).contains("crun: " + String(repeating: "x", count: 65_530)))
        #expect(words(65_531).contains("a line of 65537 bytes"))
    }

    @Test("what the runtime of this machine says of programs that cannot run")
    func real() async throws {
        try await ExecutorHome.with { home in
            for program in ["nope", "/nope", "/etc/passwd", "/"] {
                let request = try home.request(command: [program])
                do {
                    _ = try await home.executor.start(request)
                    Issue.record("'\(program)' was started")
                } catch {
                    guard case ExecutorError.program(let why) = error else {
                        Issue.record("\(program): \(error)")
                        continue
                    }
                    #expect(why.contains(program))
                    #expect(!why.contains("level=") && !why.contains("\\"))
                }
                await home.executor.settle()
            }
        }
    }
}
