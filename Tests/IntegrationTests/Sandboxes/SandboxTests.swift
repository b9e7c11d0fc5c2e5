import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Jobs with `sandbox: gvisor` do all that others do (docs/decisions/0028).
struct SandboxTests {
    static let gvisor = "sandbox: gvisor"

    static func job(_ name: String, _ script: String, _ keys: String = "") -> String {
        Flow.job(name, script, "\(gvisor)\n\(keys)")
    }

    static func script(_ script: String, _ keys: String = "") -> String {
        Flow.script(script, job: "\(gvisor)\n\(keys)")
    }

    /// Settings of the home.
    static func configure(_ home: TestHome, _ text: String) throws {
        try Files.writeFile("\(home.path)/config.yaml", text.utf8)
    }

    @Test("outputs, results, artifacts, reports and the working folder reach this machine")
    func making() async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/src/deep")
            try Files.writeFile("\(home.folder)/src/deep/code", "code\n".utf8)
            let make = Self.job(
                "make",
                """
                cat deep/code; echo more >>deep/code; mkdir out; cp deep/code out/; ln -s code out/l
                echo '[T_RESULT] A = line'; echo B=file >>$T_RESULT_FILE
                echo '<testsuite><testcase name="t"/></testsuite>' >$T_REPORTS/a.xml
                dd if=/dev/urandom of=big bs=1M count=8 2>/dev/null; sha256sum <big
                echo on the root >/etc/new; cat /etc/new
                """, "outputs: [A, B]\nproduces: {out: out, big: big}")
            let take = Self.job(
                "take",
                """
                cat $T_ARTIFACTS/out/l; sha256sum <$T_ARTIFACTS/big; test ! -e /etc/new
                if (echo x >$T_ARTIFACTS/out/code) 2>/dev/null; then exit 1; fi; echo $T_A $T_B
                """,
                "inputs: {T_A: \"${a.make.A}\", T_B: \"${a.make.B}\"}\n"
                    + "consumes: {out: a.make.out, big: a.make.big}")
            let report = try await home.succeed(
                Flow.stages([
                    Flow.start("source: {path: src}"), Flow.stage("a", jobs: [make]),
                    Flow.stage("b", jobs: [take]),
                ]))
            let made = try await home.logLines("a.make")
            let taken = try await home.logLines("b.take")
            #expect(made.first == "code" && made.last == "on the root")
            #expect(taken == ["code", "more", made[2], "line file"])
            let reports = try #require(try report.job("a.make").document["reports"]?.arrayValue)
            #expect(reports.count == 1)
            let document = try report.job("a.make").document
            #expect(document["sandbox"]?.stringValue == "gvisor")
            #expect(try Files.readFile("\(home.folder)/src/deep/code", limit: 99).count == 5)
        }
    }

    @Test(
        "exit codes, signals, missing programs and limits are told as of other jobs",
        arguments: [
            ("exit 7", "", 7, "exit code 7"), ("kill -9 $$", "", 137, "137"),
            ("true", "command: [nope]", nil, "nope"), ("true", "command: [/etc/passwd]", nil, ""),
            ("head -c 300m /dev/zero | tail | wc -c", "resources: {memory: 128Mi}", 137, "memory"),
            ("sleep 99.25", "timeout: 2s", 143, "it ran longer than 2s"),
        ])
    func endings(script: String, keys: String, code: Int?, why: String) async throws {
        try await TestHome.busy { home in
            let text =
                keys.hasPrefix("command")
                ? Flow.stages([
                    "- name: work\n  jobs:\n    - {name: it, component: busybox, sandbox: gvisor, "
                        + "\(keys)}\n"
                ]) : Self.script(script, keys)
            let report = try await home.run(text)
            #expect(report.code == 1, "\(report.error)")
            let job = try report.job()
            #expect(job.exitCode == code.map(Int64.init))
            #expect(job.reason?.contains(why) == true, "\(job.reason ?? "-")")
        }
    }

    @Test("a secret in the environment and in a file can be read, and is masked")
    func secrets() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    "echo has $T_KEY; cat /slipway/secrets/key; test \"$(id -u)\" = 1000",
                    job: """
                        sandbox: gvisor
                        user: "1000"
                        inputs: {T_KEY: "${secrets.KEY}"}
                        secret-files: {key: secrets.KEY}
                        """, file: "secrets: [KEY]"),
                ["--secret", "KEY=env:KEY"], environment: ["KEY": "swordfish"])
            #expect(report.code == 0, "\(report.error)")
            let log = try await home.log()
            #expect(log.contains("has ***"), "\(log)")
            #expect(try await home.files(containing: "swordfish").isEmpty)
        }
    }

    @Test("a memoised job is taken again, and not by one in another sandbox")
    func memoised() async throws {
        try await TestHome.busy { home in
            let keys = "cache: true\noutputs: [A]"
            let script = "echo '[T_RESULT] A = x'"
            try await home.succeed(Self.script(script, keys))
            let again = try await home.succeed(Self.script(script, keys))
            #expect(try again.job().document["memo"]?["run"]?.integerValue == 1)
            let other = try await home.succeed(Flow.script(script, job: keys))
            #expect(try other.job().document["memo"]?["run"] == .null)
        }
    }

    @Test("caches, a shared folder, a long script and a large log")
    func folders() async throws {
        try await TestHome.busy { home in
            let counting =
                "mkdir -p .c; n=$(cat .c/n 2>/dev/null || echo 0); echo $((n + 1)) >.c/n; cat .c/n"
            for count in 1...2 {
                try await home.succeed(
                    Self.script(counting, "caches: [{key: k, paths: [.c]}]"))
                #expect(try await home.logLines().last == "\(count)")
            }
            try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "a", jobs: [Self.job("it", "echo a >a; chmod 600 a", "workspace: shared")]),
                    Flow.stage(
                        "b", jobs: [Flow.job("it", "cat a; echo b >>a", "workspace: shared")]),
                    Flow.stage("c", jobs: [Self.job("it", "cat a", "workspace: shared")]),
                ]))
            #expect(try await home.log("c.it") == "a\nb\n")
            let padding = String(repeating: "# padding\n", count: 20_000)
            try await home.succeed(Self.script(padding + "seq 100000"))
            #expect(try await home.logLines().count == 100_000)
        }
    }

    @Test("a job that is cancelled gets SIGTERM, and one that ignores it is killed")
    func cancelled() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Self.script(MeaningTests.untilTold))
            try await home.wait(for: "ready")
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            #expect(try RunReport(await program.wait()).code == 7)
            #expect(try await home.log() == "ready\ntold\n")
        }
        try await TestHome.busy { home in
            let stubborn = try home.begin(
                Self.script("trap '' TERM; echo ready; while :; do sleep 0.2; done"))
            try await home.wait(for: "ready")
            stubborn.signal(SIGINT)
            #expect(try RunReport(await stubborn.wait()).code == 7)
        }
    }

    @Test("exec, a kept attempt, debug and replay run in gVisor, too")
    func sessions() async throws {
        try await TestHome.busy { home in
            let text = Self.script("echo kept >left; \(ExecTests.waiting); exit 3")
            let (version, report) = try await ExecTests.enter(home, text, ["--keep-failed"]) {
                let missing = try await home.slipway(["exec", "last", "work.it", "--", "nope"])
                #expect(missing.code != 0 && missing.error.contains("nope"), "\(missing.error)")
                let code = try await home.slipway(
                    ["exec", "last", "work.it", "--", "sh", "-c", "exit 5"])
                #expect(code.code == 5)
                return try await home.slipway(
                    ["exec", "last", "work.it", "--", "cat", "/proc/version"])
            }
            #expect(version.output.contains("Linux version 4.4.0"), "\(version)")
            #expect(report.code == 1)
            let debugged = try await home.slipway(
                ["debug", "last", "work.it", "--", "sh", "-c", "cat left /proc/version; id -u"])
            #expect(debugged.output.hasPrefix("kept\nLinux version 4.4.0"), "\(debugged)")
            let replayed = try await home.slipway(["debug", "last", "work.it", "--", "false"])
            #expect(replayed.code == 1)
        }
    }

    @Test("C libraries that try clone3 first start threads and programs")
    func threads() async throws {
        try await TestHome.busy(["gcc"]) { home in
            let code = """
                cat >t.c <<'END'
                #include <pthread.h>
                #include <spawn.h>
                #include <stdio.h>
                #include <string.h>
                #include <sys/wait.h>
                static void *nothing(void *given) { return given; }
                int main(void) {
                    pthread_t thread;
                    pid_t child;
                    char *words[] = {"true", 0}, *none[] = {0};
                    int code = pthread_create(&thread, 0, nothing, 0);
                    printf("thread: %s\\n", strerror(code));
                    if (code == 0) pthread_join(thread, 0);
                    code = posix_spawn(&child, "/bin/true", 0, 0, words, none);
                    printf("program: %s\\n", strerror(code));
                    return code == 0 && waitpid(child, 0, 0) != child;
                }
                END
                gcc -o t t.c && ./t
                """
            try await home.succeed(
                Self.script(code).replacing("component: busybox", with: "component: gcc:12"))
            #expect(try await home.log() == "thread: Success\nprogram: Success\n")
        }
    }

    @Test("many at once")
    func many() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Self.script("echo $T_SHARD; uname -r", "shards: 12"), ["--parallel", "6"])
            #expect(report.states.count == 12)
        }
    }
}
