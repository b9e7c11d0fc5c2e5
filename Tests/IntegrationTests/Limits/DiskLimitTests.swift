import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// `resources: {disk: …}`: a file system of that size for all that an attempt writes
/// (docs/decisions/0027).
struct DiskLimitTests {
    private static let limit = "resources: {disk: 16Mi}"

    @Test(
        "whoever fills it gets ENOSPC, wherever it writes, and the attempt says so",
        arguments: [
            ("the working folder", "dd if=/dev/zero bs=64k count=640 of=big", ""),
            ("the root", "dd if=/dev/zero bs=64k count=640 of=/var/big", ""),
            ("reports", "dd if=/dev/zero bs=64k count=640 of=\"$T_REPORTS/big\"", ""),
            ("the result file", "dd if=/dev/zero bs=64k count=640 of=\"$T_RESULT_FILE\"", ""),
            ("as another user", "dd if=/dev/zero bs=64k count=640 of=big", "user: \"1234\""),
            ("inodes", "i=0; while : >f$i; do i=$((i + 1)); done; exit 1", ""),
            ("folders", "mkdir d; cd d; i=0; while mkdir $i; do i=$((i + 1)); done; exit 1", ""),
        ])
    func full(fact: String, script: String, keys: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Flow.script(script, job: Self.limit + "\n" + keys))
            #expect(report.code == 1)
            let job = try report.job()
            #expect(job.state == "failed", "\(job.reason ?? "")")
            #expect(job.exitCode == 1)
            let log = try await home.log()
            #expect(
                log.contains("No space left on device") || log.contains("nonexistent directory"),
                "\(log)")
            #expect(report.error.contains("disk: limit 16.0 MiB reached"), "\(report.error)")
            try await home.succeed(Flow.script("head -c 8m /dev/zero >big; sync", job: Self.limit))
        }
    }

    @Test("one that goes on after it made room again is told of it, and succeeds")
    func roomAgain() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    "head -c 40m /dev/zero >big || true; sleep 3; rm big; echo A=1 >>$T_RESULT_FILE",
                    job: Self.limit + "\noutputs: [A]"))
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().output("A") == "1")
            #expect(report.error.contains("disk: limit 16.0 MiB reached"), "\(report.error)")
        }
    }

    @Test("within it all is as without: sources, artifacts, caches, reports, users, a service")
    func within() async throws {
        try await TestHome.busy { home in
            let source = "\(home.folder)/src"
            try Files.makeFolders("\(source)/sub")
            try Files.writeFile("\(source)/sub/c", "c".utf8)
            let text = Flow.script(
                """
                cat sub/c; echo more >>sub/c; echo new >out; mkdir -p .cache; echo k >.cache/k
                df -k . | awk 'NR > 1 { exit !($2 < 17000) }'
                df -k / | awk 'NR > 1 { exit !($2 < 17000) }'
                """,
                job: """
                    resources: {disk: 16Mi}
                    user: "1234"
                    produces: {out: out}
                    caches: [{key: k, paths: [.cache]}]
                    services: {beside: {component: busybox, command: [sleep, "100"], resources: {disk: 8Mi}}}
                    """
            ).replacing(
                "stages:\n", with: "stages:\n  - {name: begin, type: start, source: {path: src}}\n")
            let report = try await home.run(text)
            #expect(report.code == 0, "\(report.error)")
            #expect(!report.error.contains("disk: limit"), "\(report.error)")
            #expect(try report.job().digest(of: "out") != nil)
        }
    }

    @Test("a source that does not fit fails the job, not the machine")
    func tooLarge() async throws {
        try await TestHome.busy { home in
            let source = "\(home.folder)/src"
            try Files.makeFolders(source)
            try Files.writeFile("\(source)/big", [UInt8](repeating: 1, count: 6 << 20))
            let text = Flow.script(
                "echo x >>big", job: "resources: {disk: 4Mi}"
            ).replacing(
                "stages:\n", with: "stages:\n  - {name: begin, type: start, source: {path: src}}\n")
            let report = try await home.run(text)
            #expect(report.code == 1, "\(report.error)")
            #expect(try report.job().state == "failed")
        }
    }

    @Test("what a failed job left on it is kept, and can be looked into")
    func kept() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script(
                    "echo left >/etc/left; echo mine >mine; echo X=1 >$T_RESULT_FILE; exit 3",
                    job: Self.limit + "\noutputs: [X]"), ["--keep-failed"])
            #expect(report.code == 1)
            try await home.expectNothingLeft()
            for _ in 1...2 {
                let result = try await KeepFailedTests.debug(
                    home, "cat /etc/left mine $T_RESULT_FILE; echo more >>mine")
                #expect(result.output == "left\nmine\nX=1\n", "\(result.error)")
            }
            let removed = try await home.slipway(["debug", "last", "work.it", "--remove"])
            #expect(removed.code == 0, "\(removed.error)")
        }
    }

    @Test("after kill -9 its disk is found again: the job goes on, and nothing stays mounted")
    func adopted() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(
                Flow.script(
                    """
                    echo ready; while test ! -e go; do sleep 0.1; done
                    head -c 40m /dev/zero >big; exit 5
                    """, job: Self.limit))
            try await home.wait(for: "ready")
            kill(program.pid, SIGKILL)
            _ = try await program.wait()
            let run = try await home.show()["id"]?.stringValue ?? ""
            let work = "\(try home.runtimePath())/mounts/\(run)-0-1/work"
            try Files.writeFile("\(work)/go", [])
            let resumed = try await home.slipway(["resume", "last"])
            #expect(resumed.code == 1, "\(resumed.error)")
            #expect(resumed.error.contains("disk: limit 16.0 MiB reached"), "\(resumed.error)")
        }
    }

    @Test("after kill -9 and cancel no loop device, mount or file of it is left")
    func swept() async throws {
        try await TestHome.busy { home in
            let program = try home.begin(Flow.script(MeaningTests.untilTold, job: Self.limit))
            try await home.wait(for: "ready")
            kill(program.pid, SIGKILL)
            _ = try await program.wait()
            #expect(try await home.slipway(["cancel", "last"]).code == 0)
            try await home.expectNothingLeftSoon()
        }
    }
}

/// `limits` of the home's config.yaml.
struct HomeLimitTests {
    @Test("a home's limits hold for jobs that have none of their own")
    func defaults() async throws {
        try await TestHome.busy { home in
            try await home.write(
                "limits: {memory: 32Mi, disk: 16Mi}\n", to: "\(home.path)/config.yaml")
            let full = try await home.run(Flow.script("head -c 24m /dev/zero >big"))
            #expect(full.error.contains("disk: limit 16.0 MiB reached"), "\(full.error)")
            try await home.succeed(
                Flow.script("head -c 24m /dev/zero >big", job: "resources: {disk: 64Mi}"))
            let hungry = try await home.run(
                Flow.script("head -c 64m /dev/zero | tail -c 64m >/dev/null"))
            #expect(hungry.error.contains("out-of-memory: limit 32.0 MiB"), "\(hungry.error)")
        }
    }

    @Test("a run keeps the limits that its process began with")
    func underWay() async throws {
        try await TestHome.busy { home in
            let file = "\(home.path)/config.yaml"
            try await home.write("limits: {disk: 64Mi}\n", to: file)
            let jobs = [
                Flow.job("it", ExecTests.waiting), Flow.job("next", "head -c 24m /dev/zero >big"),
            ]
            let program = try home.begin(Flow.stages([Flow.stage("work", jobs: jobs)]))
            try await home.wait(for: "ready")
            try await home.write("limits: {disk: 16Mi}\n", to: file)
            try await home.letGo()
            let ended = try await program.wait()
            #expect(ended.code == 0, "\(ended.error)")
            let next = try await home.run(Flow.script("head -c 24m /dev/zero >big"))
            #expect(next.error.contains("disk: limit 16.0 MiB reached"), "\(next.error)")
        }
    }

    @Test("a limit that is none is an error of the file")
    func wrong() async throws {
        try await TestHome.busy { home in
            try await home.write("limits: {disk: 1Ki}\n", to: "\(home.path)/config.yaml")
            let report = try await home.run(Flow.script("true"))
            #expect(report.error.contains("disk is 1Ki; expected at least 4Mi"), "\(report.error)")
            #expect(report.code == 64)
        }
    }
}
