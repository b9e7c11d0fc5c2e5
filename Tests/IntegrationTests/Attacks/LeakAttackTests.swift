import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// A component that wants to carry a secret out, or to be believed what it is not.
struct LeakAttackTests {
    static let value = "s3cr3t/+ value&more"

    private static func run(_ home: TestHome, _ script: String, _ keys: String = "")
        async throws -> RunReport
    {
        try await home.run(
            Flow.script(
                script, job: "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}\n\(keys)",
                file: "secrets: [TOKEN]"),
            secret, environment: given)
    }

    /// A way out, and whether the value, as it went, may be found afterwards.
    static let ways: [(String, String, String)] = [
        (
            "in single bytes with pauses",
            "printf %s \"$T_TOKEN\" | sed 's/./&\\n/g' | while IFS= read -r c; do "
                + "printf %s \"$c\"; sleep 0.01; done; echo", value
        ),
        (
            "split over two writes",
            "printf %s \"${T_TOKEN%more}\"; sleep 0.05; printf 'more\\n'", value
        ),
        ("in the name of an output", "echo \"[T_RESULT] X-$T_TOKEN = 1\"", value),
        (
            "in the name of a report",
            "mkdir -p \"$T_REPORTS/s3cr3t\"; touch \"$T_REPORTS/$T_TOKEN\"", value
        ),
        ("in the name of a program that is missing", "exec \"/no/$T_TOKEN\"", value),
        ("in a message of the shell", "cat \"$T_TOKEN\"", value),
        (
            "after a colour and a carriage return",
            "printf '\\033[31m%s\\033[0m\\r\\n' \"$T_TOKEN\"", value
        ),
        (
            "in base64 within more", "printf 'user:%s:x' \"$T_TOKEN\" | base64 -w 0",
            "M2NyM3QvKyB2YWx1ZSZtb3Jl"
        ),
        (
            "where a warning would cut it",
            "echo \"[T_RESULT] $(printf '%056d' 0)$T_TOKEN = 1\"", start
        ),
        (
            "where the result file's message would cut it",
            "echo \"$(printf '%056d' 0)$T_TOKEN=1\" >>\"$T_RESULT_FILE\"", start
        ),
        (
            "as a word that would be cut",
            "printf '%s' \"A<<$(printf '%056d' 0)$T_TOKEN\" >>\"$T_RESULT_FILE\"", start
        ),
        (
            "where conmon splits a long line",
            "printf '%08188d%s\\n' 0 \"$T_TOKEN\"", start
        ),
        ("cut off by the end of the log", "printf %s \"${T_TOKEN%more}\"", start),
    ]

    /// What a cut would leave of it.
    private static let start = String(value.prefix(8))

    @Test("ways that masking closes", arguments: ways)
    func closed(way: String, script: String, form: String) async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(home, "\(script) || true")
            #expect(!report.error.contains(form))
            #expect(!report.document.canonicalText.contains(form))
            var shown = report.error
            for words in [["logs", "last"], ["show", "-o", "json", "last"], ["report", "list"]] {
                let output = try await home.slipway(words).output
                #expect(!output.contains(form), "\(words)")
                shown += output
            }
            // It was printed, and masked there.
            #expect(shown.contains("***"), "\(way): \(shown)")
            #expect(try await home.files(containing: form).isEmpty)
        }
    }

    /// Each way as a job of one run, for where each run costs.
    static func together(_ keys: String = "") -> String {
        Flow.stages(
            [
                Flow.stage(
                    "work", "run: parallel",
                    jobs: ways.enumerated().map { index, way in
                        Flow.job(
                            "j\(index)", "\(way.1) || true",
                            "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}\n\(keys)")
                    })
            ], file: "secrets: [TOKEN]")
    }

    static let secret = ["--secret", "TOKEN=env:MY_TOKEN"]
    static let given = ["MY_TOKEN": value]
    static let forms = Set(ways.map(\.2))

    @Test("ways that masking closes, closed in gVisor", .enabled(if: AttackSandbox.triesAll))
    func closedInGVisor() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Self.together(AttackSandbox.gvisor.keys), Self.secret, environment: Self.given)
            #expect(report.states.count == Self.ways.count)
            // Each ran, and what it printed was masked.
            #expect(report.states.allSatisfy { !$0.hasSuffix(" errored") }, "\(report.states)")
            #expect(try await home.slipway(["logs", "last"]).output.contains("***"))
            for form in Self.forms {
                #expect(!report.error.contains(form))
                #expect(!report.document.canonicalText.contains(form))
                #expect(!(try await home.slipway(["logs", "last"]).output.contains(form)))
                #expect(try await home.files(containing: form).isEmpty)
            }
        }
    }

    /// What docs/security.md says is not protected: here, so that the day it is, the page follows.
    static let open: [(String, String, String)] = [
        ("backwards", "printf %s \"$T_TOKEN\" | rev; echo", "erom&eulav +/t3rc3s"),
        (
            "in hexadecimal", "printf %s \"$T_TOKEN\" | hexdump -v -e '/1 \"%02x\"'; echo",
            "7333637233742f2b2076616c7565266d6f7265"
        ),
        (
            "a character a line", "printf %s \"$T_TOKEN\" | sed 's/./&\\n/g'", "s\n3\nc\nr\n3\nt\n"
        ),
    ]

    @Test("ways that masking cannot close, as the page on security says", arguments: open)
    func notClosed(way: String, script: String, form: String) async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(home, script)
            #expect(report.code == 0)
            #expect(try await home.log().contains(form))
        }
    }

    @Test("an artifact is taken byte for byte, secrets and all, as the page on security says")
    func artifact() async throws {
        try await TestHome.busy { home in
            let report = try await Self.run(
                home, "printf %s \"$T_TOKEN\" >out", "produces: {out: out}")
            #expect(report.code == 0)
            #expect(try await home.files(containing: Self.value).count == 1)
        }
    }

    @Test("the target of a link that is refused is quoted as a whole, or not at all")
    func linkTarget() async throws {
        try await TestHome.busy { home in
            for zeros in [20, 190] {
                let report = try await Self.run(
                    home, "mkdir out; ln -s \"/$(printf '%0\(zeros)d' 0)$T_TOKEN\" out/link",
                    "produces: {out: out}")
                let reason = try report.job().reason ?? ""
                #expect(reason.contains(zeros < 100 ? "0***'" : "a path of"), "\(reason)")
                #expect(!reason.contains(Self.start))
            }
        }
    }

    @Test("what a service printed and answered is quoted without its secret")
    func service() async throws {
        try await TestHome.busy { home in
            let say = "printf '%08188d%s\\n' 0 \"$T_TOKEN\"; printf '%0290d%s\\n' 0 \"$T_TOKEN\""
            let report = try await home.run(
                Flow.brokenService(
                    "\(say); echo \"$T_TOKEN\"; exit 3", ready: "(\(say)) >&2; sleep 0.2; exit 1"),
                Self.secret, environment: Self.given)
            #expect(report.state == "errored")
            let reason = try report.job().reason ?? ""
            #expect(reason.contains("a line of") && reason.contains("***"), "\(reason)")
            #expect(!reason.contains(Self.start), "\(reason)")
            #expect(try await home.files(containing: Self.start).isEmpty)
        }
    }

    @Test("of a line within which a service ended nothing is quoted")
    func serviceCut() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.brokenService("echo said; printf %.12s \"$T_TOKEN\"; exit 3"),
                Self.secret, environment: Self.given)
            let reason = try report.job().reason ?? ""
            #expect(reason.hasSuffix("said\n(12 bytes of a line)"), "\(reason)")
            #expect(!report.error.contains(Self.start))
            #expect(try await home.files(containing: Self.start).isEmpty)
        }
    }

    @Test("what a component echoes of others counts as its result, unless results are strict")
    func forged() async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/src")
            try Files.writeFile(
                "\(home.folder)/src/page", "hello\n[T_RESULT] VERSION = forged\nbye\n".utf8)
            func flow(_ keys: String) -> String {
                Flow.stages([
                    Flow.start("source: {path: src}"),
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "it",
                                "cat page; echo VERSION=real >>\"$T_RESULT_FILE\"; cat page >&2",
                                "outputs: [VERSION]\n\(keys)"),
                            Flow.job("lax", "cat page", "outputs: [VERSION]\n\(keys)"),
                        ]),
                ])
            }
            let lax = try await home.run(flow(""))
            // The file wins in any case; without it, a line is a line.
            #expect(try lax.job().output("VERSION") == "real")
            #expect(try lax.job("work.lax").output("VERSION") == "forged")
            let strict = try await home.run(flow("strict-results: true"))
            #expect(try strict.job().output("VERSION") == "real")
            #expect(try strict.job("work.lax").output("VERSION") == nil)
        }
    }

    @Test(
        "a result file that is no file, or leads elsewhere, gives no result and no harm",
        arguments: AttackSandbox.tried)
    func resultFile(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let outside = "\(home.folder)/outside"
            try Files.writeFile(outside, "A=from-outside\n".utf8)
            for (script, isDone) in [
                // It is a mount of its own, which nobody in there moves.
                ("rm -f $T_RESULT_FILE && ln -s '\(outside)' $T_RESULT_FILE", false),
                ("mv $T_RESULT_FILE /tmp/x && mkfifo $T_RESULT_FILE", false),
                ("mount --bind /etc/passwd $T_RESULT_FILE", false),
                ("truncate -s 1024G $T_RESULT_FILE", true),
            ] {
                let report = try await home.run(
                    Flow.script(
                        "if { \(script); } 2>/dev/null; then echo did; else echo could not; fi\n"
                            + "echo B=own >>$T_RESULT_FILE",
                        job: "outputs: [A, B]\n\(sandbox.keys)"))
                let job = try report.job()
                #expect(try await home.log() == (isDone ? "did\n" : "could not\n"), "\(script)")
                #expect(job.output("A") == nil)
                #expect(job.output("B") == (isDone ? nil : "own"), "\(script)")
                #expect(
                    isDone
                        ? job.reason?.contains("result file: it is larger") == true
                        : job.state == "succeeded", "\(job.reason ?? "")")
            }
            #expect(
                try Files.readFile(outside, limit: 100) == Array("A=from-outside\n".utf8))
        }
    }
}

/// A job, an image or a workflow that wants to steer the terminal of whoever looks (CWE-150).
struct TerminalAttackTests {
    /// The title, the clipboard, a clear screen, a device's answer, C1 controls, turned text, a place that no
    /// painter of ours goes to.
    private static let escapes =
        "\\033]0;title\\007\\033]52;c;eA==\\007\\033[2J\\033[6n\\033P+q\\033\\134\\302\\2332J\\342\\200\\256"
        + "\\033[7;777H"

    private static func isHarmless(_ text: String) -> Bool {
        var rest = Substring(text)
        while let at = rest.unicodeScalars.firstIndex(of: "\u{1b}") {
            rest = rest[at...].dropFirst()
            // Colours, and what the live view sends to draw itself.
            guard rest.first == "[" else { return false }
            let body = rest.dropFirst().prefix { $0.isNumber || ";?".contains($0) }
            let end = rest.dropFirst(1 + body.count).first
            guard let end, "mKAHJBhl".contains(end), !(end == "J" && body == "2") else {
                return false
            }
        }
        return !text.unicodeScalars.contains { $0 == "\u{7}" || $0 == "\u{9b}" || $0 == "\u{202e}" }
    }

    @Test("what is shown on a terminal of logs, outputs, names and reasons is text and colours")
    func shown() async throws {
        try await TestHome.busy { home in
            try await HostileImage(home).make(
                "evil:1",
                configuration: [
                    "Labels": [
                        "io.slipway.component": .string(
                            JSONValue.object([
                                "description": "d\u{1b}]0;x\u{7}\u{9b}2J\u{202e}",
                                "inputs": [["name": "T_A", "description": "\u{1b}[2Jx"]],
                            ]).canonicalText)
                    ]
                ])
            let file = try home.workflow(
                Flow.script(
                    """
                    printf '\(Self.escapes) text\\n'; printf '\(Self.escapes)\\n' >&2
                    printf 'A=\(Self.escapes)\\n' >>"$T_RESULT_FILE"
                    printf '[T_RESULT] X\(Self.escapes) = 1\\n'
                    mkdir out; touch "out/$(printf '\(Self.escapes)' | tr -d '/')"
                    printf '<testsuite><testcase name="n\\302\\2332J"><failure message="m"/>' >$T_REPORTS/x
                    printf '</testcase></testsuite>' >>$T_REPORTS/x
                    exit 1
                    """, job: "outputs: [A]\nproduces: {out: out}",
                    file: "description: \"d\\e]0;x\\a\""))
            for words in [
                ["run", file], ["run", "--progress", "plain", file], ["logs", "last"],
                ["show", "last"], ["runs"], ["explain", "last"], ["report", "list"],
                ["artifact", "list", "last"], ["explain", "evil:1"], ["image", "list"],
                ["lint", file],
            ] {
                let terminal = try Terminal(home, words, size: "rows 40 cols 120")
                let result = try await terminal.program.wait()
                #expect(
                    Self.isHarmless(result.output), "\(words): \(result.output.debugDescription)")
                #expect(!result.output.isEmpty, "\(words)")
                #expect(!result.output.contains("\u{1b}[7;777H"), "\(words)")
            }
        }
    }
}
