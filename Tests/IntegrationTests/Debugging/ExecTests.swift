import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `slipway exec`: commands in running jobs (docs/decisions/0021).
struct ExecTests {
    /// Runs until a command in it makes `/tmp/go`.
    static let waiting = "echo ready; until test -e /tmp/go; do sleep 0.02; done"

    /// Begins a run, does something in its job, and lets the job go on.
    static func enter<Value>(
        _ home: TestHome, _ text: String, _ arguments: [String] = [], job: String = "work.it",
        environment: [String: String] = [:], _ body: () async throws -> Value
    ) async throws -> (value: Value, report: RunReport) {
        let program = try await begin(home, text, arguments, job: job, environment: environment)
        let value = try await body()
        try await home.letGo(job)
        return (value, try RunReport(try await program.wait()))
    }

    /// Begins a run and waits until its job is ready.
    static func begin(
        _ home: TestHome, _ text: String, _ arguments: [String] = [], job: String = "work.it",
        environment: [String: String] = [:]
    ) async throws -> Program {
        let before = try await count(home)
        let program = try home.start(
            ["run", "-o", "json", try home.workflow(text)] + arguments, environment: environment)
        // Until then 'last' is the run before.
        let isThere: Bool? = try await eventually {
            try await count(home) > before ? true : nil
        }
        try #require(isThere == true)
        try await home.wait(for: "ready", in: job)
        return program
    }

    private static func count(_ home: TestHome) async throws -> Int {
        let runs = try await home.slipway(["runs", "-o", "json"])
        return try JSONParser.parse(runs.output.utf8).arrayValue?.count ?? 0
    }

    private static func exec(
        _ home: TestHome, _ words: String..., options: [String] = [], job: String = "work.it"
    ) async throws -> ProgramResult {
        try await home.slipway(["exec", "last", job] + options + ["--"] + words)
    }

    @Test(
        "a command has the job's variables, user, groups, rights, namespaces and control groups",
        arguments: [
            "", "user: \"1234\"", "user: \"1234:77\"", "hardened: true", "read-only: true",
        ])
    func sameRights(keys: String) async throws {
        try await TestHome.busy { home in
            let place = keys.contains("read-only") ? "/tmp" : "/slipway/work"
            let facts =
                "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/PID/status; "
                + "for n in pid net mnt ipc uts; do readlink /proc/PID/ns/$n; done; "
                + "cat /proc/PID/cgroup; grep -E 'processes|core' /proc/PID/limits; "
                // The soft limit may be as high as the hard one (docs/decisions/0021).
                + "grep 'open files' /proc/PID/limits | tr -s ' ' | cut -d ' ' -f 5"
            let text = Flow.script(
                Self.waiting, job: "inputs: {T_A: \"x y\", A.B: '\"'}\n\(keys)")
            let (answers, _) = try await Self.enter(home, text) {
                let own = try await Self.exec(
                    home, "sh", "-c", "cd \(place); " + facts.replacing("PID", with: "self"))
                let first = try await Self.exec(
                    home, "sh", "-c", facts.replacing("PID", with: "1"))
                let variables = try await Self.exec(home, "cat", "/proc/self/environ")
                let expected = try await Self.exec(home, "cat", "/proc/1/environ")
                #expect(expected.output.contains("\0T_A=x y\0A.B=\"\0"))
                #expect(variables.output == expected.output)
                return (own, first)
            }
            #expect(answers.1.code == 0, "\(answers.1.error)")
            #expect(answers.1.output.contains("NoNewPrivs:\t1\n"))
            #expect(answers.0.output == answers.1.output)
        }
    }

    @Test("words reach the command as they are, input is handed on, and the code is its own")
    func words() async throws {
        try await TestHome.busy { home in
            _ = try await Self.enter(home, Flow.script(Self.waiting)) {
                let hostile = ["a b", "$(touch /tmp/x)", "*", "; exit 3", "'\"\\", "-n", "--", "ü"]
                let printed = try await home.slipway(
                    ["exec", "last", "work.it", "--", "printf", "%s\\n"] + hostile)
                #expect(printed.output == hostile.joined(separator: "\n") + "\n")
                #expect(printed.error == "")
                let piped = try await home.shell(
                    "printf 'one\\ntwo' | slipway exec last work.it -- sh -c 'cat; echo err >&2'")
                #expect(piped.output == "one\ntwo")
                #expect(piped.error == "err\n")
                let binary = try await home.shell(
                    "head -c 3000000 /dev/zero | slipway exec last work.it -- cat | wc -c")
                #expect(binary.output == "3000000\n")
                let script = try await home.shell("echo 'id -u' | slipway exec last work.it")
                #expect(script.output == "0\n")
                for code in [0, 1, 42, 255] as [Int32] {
                    let ended = try await Self.exec(home, "sh", "-c", "exit \(code)")
                    #expect(ended.code == code, "\(ended.error)")
                }
                #expect(try await Self.exec(home, "sh", "-c", "kill -9 $$").code == 137)
                let missing = try await Self.exec(home, "no-such-program")
                #expect(missing.code == 127)
                #expect(missing.error.contains("no-such-program"))
                // The runtime says it; it is not said again.
                #expect(missing.error.split(separator: "not found").count == 2)
                // However long the reason: the name stands in it.
                let long = try await Self.exec(home, String(repeating: "x", count: 5000))
                #expect(long.code == 127)
                #expect(try await Self.exec(home, "/etc/passwd").code == 126)
                #expect(try await Self.exec(home, "sh", options: ["-t", "always"]).code == 64)
            }
        }
    }

    @Test("on a terminal the command has one: its size, its keys, its code")
    func terminal() async throws {
        try await TestHome.busy { home in
            _ = try await Self.enter(home, Flow.script(Self.waiting)) {
                let terminal = try Terminal(
                    home, ["exec", "last", "work.it"], size: "rows 33 cols 101")
                // The runtime sets the size just after the command has begun.
                try terminal.type(
                    "tty; until stty size | grep -x '33 101' | tr ' ' x; test \"$(stty size)\" = "
                        + "'33 101'; do sleep 0.1; done; echo kind-$TERM\r")
                #expect(try await terminal.shows("/dev/pts/0"))
                #expect(try await terminal.shows("33x101"))
                #expect(try await terminal.shows("kind-xterm"))
                try terminal.type("sleep 3141593\r")
                let isThere: Bool? = try await eventually {
                    try home.processes(running: "sleep", "3141593").isEmpty ? nil : true
                }
                #expect(isThere == true)
                try terminal.type("\u{03}")
                try terminal.type("echo code-$?-\r")
                #expect(try await terminal.shows("code-130-"))
                try terminal.type("exit 7\r")
                let result = try await terminal.program.wait()
                #expect(result.code == 7, "\(result.output)")
            }
        }
    }

    @Test("--user steps down, never up or aside")
    func users() async throws {
        try await TestHome.busy { home in
            let facts = "id -u; id -g; echo $HOME; grep CapEff /proc/self/status"
            _ = try await Self.enter(home, Flow.script(Self.waiting)) {
                let other = try await Self.exec(
                    home, "sh", "-c", facts, options: ["--user", "1234:55"])
                #expect(other.output == "1234\n55\n/\nCapEff:\t0000000000000000\n")
                let unknown = try await Self.exec(home, "id", options: ["--user", "no-such"])
                #expect(unknown.code == 64)
                #expect(
                    unknown.error.contains(
                        "--user does not fit the image: its /etc/passwd has no user 'no-such'"))
            }
            for keys in ["user: \"1234\"", "hardened: true"] {
                let (_, report) = try await Self.enter(
                    home, Flow.script(Self.waiting, job: keys)
                ) {
                    for user in ["99", "1234:5", "no-such"] {
                        let refused = try await Self.exec(home, "id", options: ["--user", user])
                        #expect(refused.code != 0)
                        #expect(refused.output == "")
                    }
                }
                // What was refused is no entrance: only the one that let the job go on.
                let entrances = try report.job().document["entrances"]?.arrayValue ?? []
                #expect(entrances.map { $0["command"] } == [["touch", "/tmp/go"]])
            }
        }
    }

    @Test("a service of a job is entered by its name")
    func service() async throws {
        try await TestHome.busy { home in
            let keys = """
                services:
                  web:
                    component: busybox
                    inputs: {T_WORD: of-the-service}
                    command: [sh, -c, "mkdir /www; exec httpd -f -p 8080 -h /www"]
                    ready: "test -e /www"
                """
            let (answers, report) = try await Self.enter(
                home, Flow.script(Self.waiting, job: keys)
            ) {
                let inside = try await Self.exec(
                    home, "sh", "-c", "echo $T_WORD; test -e /www", options: ["--service", "web"])
                return (
                    inside, try await Self.exec(home, "id", options: ["--service", "wep"])
                )
            }
            #expect(answers.0.code == 0, "\(answers.0.error)")
            #expect(answers.0.output == "of-the-service\n")
            #expect(answers.1.code == 3)
            #expect(answers.1.error.contains("did you mean 'web'?"))
            let first = try report.job().document["entrances"]?.arrayValue?.first
            #expect(first?["service"] == "web")
        }
    }

    @Test(
        "who entered, when, with what is recorded before, without secrets; show and explain say it")
    func recorded() async throws {
        try await TestHome.busy { home in
            let text = Flow.script(
                Self.waiting, job: "inputs: {T_TOKEN: \"${secrets.TOKEN}\"}",
                file: "secrets: [TOKEN]")
            let (_, report) = try await Self.enter(
                home, text, ["--secret", "TOKEN=env:MY_TOKEN"],
                environment: ["MY_TOKEN": "hidden-value"]
            ) {
                let shown = try await Self.exec(home, "echo", "is", "hidden-value", "$T_TOKEN")
                #expect(shown.output == "is hidden-value $T_TOKEN\n")
                // While it runs.
                #expect(
                    try await home.slipway(["show", "last"]).output.contains(
                        ": echo is '***' '$T_TOKEN'"))
            }
            #expect(report.code == 0)
            #expect(report.error.contains("work.it: entered by root: echo is '***' '$T_TOKEN'"))
            let entrances = try report.job().document["entrances"]?.arrayValue ?? []
            #expect(entrances.count == 2)
            #expect(entrances.first?["actor"] == "root")
            #expect(entrances.first?["command"] == ["echo", "is", "***", "$T_TOKEN"])
            #expect(entrances.first?["time"]?.stringValue?.hasPrefix("20") == true)
            let explained = try await home.slipway(["explain", "work.it"])
            #expect(explained.output.contains("attempt 1 was entered by root, "))
            #expect(try await home.files(containing: "hidden-value").isEmpty)
        }
    }

    @Test("what an entered attempt gives is not kept: no result of a job with cache, no caches")
    func notKept() async throws {
        try await TestHome.busy { home in
            let memo = Flow.script(
                "test -e stop && { \(Self.waiting); } || true; echo X=1 >$T_RESULT_FILE",
                job: "cache: true\noutputs: [X]", file: "")
            let file = try home.workflow(
                memo.replacing(
                    "stages:\n",
                    with: "stages:\n  - {name: begin, type: start, source: {path: src}}\n"))
            let source = "\(home.folder)/src"
            try Files.makeFolders(source)
            try Files.writeFile("\(source)/stop", [])
            let text = try Files.readFile(file, limit: 1 << 16)
            func begin() async throws -> Program {
                try await Self.begin(home, String(decoding: text, as: UTF8.self))
            }
            let first = try await begin()
            try await home.letGo()
            #expect(try await first.wait().code == 0)
            // Not found again: it has to be let go once more.
            let second = try await begin()
            try await home.letGo()
            let report = try RunReport(try await second.wait())
            #expect(report.code == 0)
            #expect(try report.job().document["memo"]?["run"] == .null)
            #expect(
                try await home.slipway(["cache", "results", "-o", "json"]).output == "[]\n")
            let (_, cached) = try await Self.enter(
                home,
                Flow.script(
                    Self.waiting + "; mkdir .c; echo x >.c/x",
                    job: "caches: [{key: k, paths: [.c]}]")
            ) {}
            let use = try cached.job().document["caches"]?.arrayValue?.first
            #expect(use?["saved"] == .null)
            #expect(use?["problem"] == "somebody entered the attempt")
            #expect(try await home.slipway(["cache", "list", "-o", "json"]).output == "[]\n")
        }
    }

    @Test("what cannot be entered is refused with the next command to type")
    func refused() async throws {
        try await TestHome.busy { home in
            let flow = Flow.stages([
                Flow.stage("work", jobs: [Flow.job("it", Self.waiting)]),
                Flow.stage("then", jobs: [Flow.job("it", "true", "matrix: {T_A: [\"a b\", c]}")]),
            ])
            _ = try await Self.enter(home, flow) {
                let cases: [(String, Int32, String)] = [
                    ("then.it", 64, "expected one of them: 'then.it[T_A=a b]', 'then.it[T_A=c]'"),
                    ("then.it[T_A=a b]", 1, "has not started: it is waiting; see why: slipway"),
                    ("work.i", 3, "did you mean 'work.it'?"),
                    ("$(id)", 3, "has no job '$(id)'"),
                ]
                for (job, code, words) in cases {
                    let result = try await Self.exec(home, "true", job: job)
                    #expect(result.code == code, "\(job): \(result.error)")
                    #expect(result.error.contains(words), "\(result.error)")
                }
            }
            let ended = try await Self.exec(home, "true", job: "then.it[T_A=a b]")
            #expect(ended.code == 1)
            #expect(
                ended.error.contains(
                    "has ended: succeeded; look into it with: slipway debug 1 'then.it[T_A=a b]'"))
            #expect(try await home.slipway(["exec", "77", "work.it"]).code == 3)
        }
    }

    @Test("a job of a protected environment is entered by those whom that lets start it")
    func environment() async throws {
        try await TestHome.busy { home in
            func allow(_ name: String) async throws {
                try await home.write(
                    "environments: {production: {approvers: [\(name)]}}\n",
                    to: "\(home.path)/config.yaml")
            }
            try await allow("root")
            _ = try await Self.enter(
                home, Flow.script(Self.waiting, job: "environment: production")
            ) {
                try await allow("somebody")
                let refused = try await Self.exec(home, "true")
                #expect(refused.code == 4)
                #expect(refused.error.contains("only they may look into the job"))
                try await allow("root")
            }
            try await allow("somebody")
            #expect(try await home.slipway(["debug", "last", "work.it"]).code == 4)
            #expect(try await home.slipway(["replay", "last", "work.it"]).code == 4)
        }
    }

    @Test("a run whose process is gone lets nobody in until somebody resumes it")
    func nobodyCarries() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(Self.waiting))
            try await home.wait(for: "ready")
            program.signal(SIGKILL)
            _ = try await program.wait()
            let refused = try await Self.exec(home, "touch", "/tmp/go")
            #expect(refused.code == 1)
            #expect(refused.error.contains("go on with it first: slipway resume 1"))
            let resumed = try home.start(["resume", "last", "-o", "json"])
            try await home.letGo()
            #expect(try RunReport(try await resumed.wait()).code == 0)
        }
    }

    @Test("a leg whose name a shell would run is entered as any other")
    func hostileNames() async throws {
        try await TestHome.busy { home in
            let label = "work.it[T_A=$(touch x);'\" \u{1b}[31m]"
            let flow = Flow.script(
                Self.waiting, job: "matrix: {T_A: [\"$(touch x);'\\\" \\e[31m\"]}")
            let (result, _) = try await Self.enter(home, flow, job: label) {
                try await Self.exec(home, "sh", "-c", "printf '%s\\n' \"$T_A\"", job: label)
            }
            #expect(result.output == "$(touch x);'\" \u{1b}[31m\n")
        }
    }

    @Test("shells are offered what runs now, and for debug what failed before what succeeded")
    func completion() async throws {
        try await TestHome.busy { home in
            func ask(_ words: String...) async throws -> [String] {
                let line = ["slipway"] + words
                let result = try await home.slipway(
                    ["---completion", words[0], "--", "positional@1", String(line.count - 1), "0"]
                        + line, environment: ["SAP_SHELL": "bash"])
                return result.output.split(separator: "\n").map(String.init)
            }
            let flow = Flow.stages([
                Flow.stage(
                    "work", "run: parallel",
                    jobs: [
                        Flow.job("good", "true"), Flow.job("it", Self.waiting),
                        Flow.job("bad", "exit 1", "allow-failure: true\nshards: 2"),
                    ]), Flow.stage("then", jobs: [Flow.job("it", "true")]),
            ])
            _ = try await Self.enter(home, flow) {
                // The others end when they do.
                let isOffered: Bool? = try await eventually {
                    let running = try await ask("exec", "last", "")
                    let failed = try await ask("debug", "last", "")
                    return running == ["work.it"]
                        && failed == ["work.bad[0]", "work.bad[1]", "work.good"] ? true : nil
                }
                #expect(isOffered == true)
            }
        }
    }

    @Test("the end of the job ends what was begun in it")
    func endsWithJob() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(Self.waiting))
            try await home.wait(for: "ready")
            let inside = try home.start(["exec", "last", "work.it", "--", "sleep", "3141594"])
            let isThere: Bool? = try await eventually {
                try home.processes(running: "sleep", "3141594").isEmpty ? nil : true
            }
            #expect(isThere == true)
            try await home.letGo()
            #expect(try await program.wait().code == 0)
            #expect(try await inside.wait().code == 137)
        }
    }
}
