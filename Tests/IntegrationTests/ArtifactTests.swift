import Domain
import Storage
import TestSupport
import Testing

/// `produces` and `consumes`, and `slipway artifact`.
struct ArtifactTests {
    @Test("a file keeps its content and execute bit, a folder its tree and links")
    func content() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Self.handing(
                    """
                    printf '#!/bin/sh\\necho ran\\n' >tool && chmod 755 tool
                    echo plain >plain
                    mkdir -p out/deep/empty && echo x >out/deep/file && ln -s file out/deep/link
                    """,
                    produces: "{tool: tool, plain: plain, tree: out, whole: /slipway/work/out}",
                    """
                    cd "$T_ARTIFACTS"
                    test "$(./tool)" = ran
                    test "$(cat plain)" = plain
                    test ! -x plain
                    test -d tree/deep/empty
                    test "$(readlink tree/deep/link)" = file
                    test "$(cat tree/deep/link)" = x
                    diff -r tree whole
                    """, consumes: ["tool", "plain", "tree", "whole"]))
            let job = try report.job("make.it")
            #expect(job.digest(of: "tree") == job.digest(of: "whole"))
            #expect(job.digest(of: "tree") != job.digest(of: "plain"))
        }
    }

    @Test("the same content has the same digest in every run")
    func deterministic() async throws {
        try await TestHome.busy { home in
            let text = Flow.script(
                "mkdir d; for n in 3 1 2; do echo $n >d/$n; done", job: "produces: {d: d}")
            let first = try await home.succeed(text).job().digest(of: "d")
            let second = try await home.succeed(text).job().digest(of: "d")
            #expect(first != nil)
            #expect(first == second)
        }
    }

    @Test("what is consumed cannot be changed")
    func readOnly() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Self.handing(
                    "mkdir d; echo x >d/file; echo x >file", produces: "{d: d, file: file}",
                    """
                    cd "$T_ARTIFACTS"
                    for try in 'echo y >d/file' 'touch d/new' 'rm d/file' 'echo y >file' \\
                        'touch new' 'chmod 777 d/file' 'mount -o remount,rw d'; do
                      if sh -c "$try" 2>/dev/null; then echo "could: $try"; exit 1; fi
                    done
                    """, consumes: ["d", "file"]))
        }
    }

    @Test("artifacts of shards become a folder of their numbers")
    func shards() async throws {
        try await TestHome.busy { home in
            try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "make",
                        jobs: [
                            Flow.job(
                                "many",
                                "mkdir d; echo $T_SHARD_INDEX >d/n; echo $T_SHARD_INDEX >n",
                                "shards: 2\nproduces: {d: d, n: n}")
                        ]),
                    Flow.stage(
                        "use",
                        jobs: [
                            Flow.job(
                                "it", "cd \"$T_ARTIFACTS\"; find . | sort; cat n/1 d/0/n",
                                "consumes: {d: make.many.d, n: make.many.n}")
                        ]),
                ]))
            #expect(
                try await home.logLines("use.it") == [
                    ".", "./d", "./d/0", "./d/0/n", "./d/1", "./d/1/n", "./n", "./n/0", "./n/1",
                    "1", "0",
                ])
        }
    }

    @Test(
        "what cannot be taken fails the job and says why",
        arguments: [
            ("a file that is missing", "true", "out", "'out' is missing"),
            ("a link out of the working folder", "ln -s /etc/passwd out", "out", "leads out"),
            ("a relative link out of it", "ln -s ../../etc/passwd out", "out", "leads out"),
            (
                "a folder on the way that is a link out", "ln -s /etc etc", "etc/passwd",
                "leads out"
            ),
            (
                "a link out within a folder", "mkdir out; ln -s ../../etc/passwd out/l", "out",
                "out"
            ),
            ("a fifo", "mkfifo out", "out", "neither a file nor a folder"),
        ])
    func refused(fact: String, script: String, path: String, why: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Flow.script(script, job: "produces: {a: \(path)}"))
            #expect(report.code == 1)
            let job = try report.job()
            #expect(job.state == "failed")
            let reason = try #require(job.reason)
            #expect(reason.hasPrefix("produces a: "))
            #expect(reason.contains(why), "\(reason)")
            #expect(job.document["artifacts"] == [:])
        }
    }

    @Test("a link that stays within the working folder is followed")
    func innerLink() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script("echo x >real; ln -s real out", job: "produces: {a: out}"))
            #expect(try report.job().document["artifacts"]?["a"]?["size"] == 2)
        }
    }

    @Test("a reference to an artifact is its digest")
    func reference() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.stages([
                    Flow.stage(
                        "make", jobs: [Flow.job("it", "echo x >x", "produces: {x: x}")]),
                    Flow.stage(
                        "use",
                        jobs: [Flow.job("it", "echo $T_X", "inputs: {T_X: \"${make.it.x}\"}")]),
                ]))
            let digest = try #require(try report.job("make.it").digest(of: "x"))
            #expect(try await home.log("use.it").contains(digest))
        }
    }

    /// One job that makes artifacts for another.
    private static func handing(
        _ maker: String, produces: String, _ user: String, consumes names: [String]
    ) -> String {
        let consumes = names.map { "\($0): make.it.\($0)" }.joined(separator: ", ")
        return Flow.stages([
            Flow.stage("make", jobs: [Flow.job("it", maker, "produces: \(produces)")]),
            Flow.stage("use", jobs: [Flow.job("it", user, "consumes: {\(consumes)}")]),
        ])
    }
}
