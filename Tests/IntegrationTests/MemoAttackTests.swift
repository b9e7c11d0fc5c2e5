import Domain
import OCI
import Storage
import TestSupport
import Testing

/// What jobs and damaged disks try to do to results that later runs take (docs/decisions/0013).
struct MemoAttackTests {
    /// `make` is memoised and gives an artifact; `take` reads it and prints it.
    private static func flow(_ script: String, between: String? = nil) -> String {
        let make = Flow.job(
            "make", script, "cache: true\noutputs: [X]\nproduces: {made: made}")
        let take = Flow.job(
            "take", "cat $T_ARTIFACTS/made; ls $PWD", "consumes: {made: s0.make.made}")
        var stages = [Flow.stage("s0", jobs: [make])]
        if let between { stages.append(Flow.stage("between", jobs: [Flow.job("it", between)])) }
        return Flow.stages(
            [Flow.start("source: {path: src}")] + stages + [Flow.stage("s1", jobs: [take])])
    }

    private static func isTaken(_ report: RunReport) throws -> Bool {
        try report.job("s0.make").document["memo"]?["run"]?.integerValue != nil
    }

    private static func withSource(_ body: (TestHome) async throws -> Void) async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/src")
            try Files.writeFile("\(home.folder)/src/code", "sound".utf8)
            try await body(home)
        }
    }

    @Test("a job that changes its source changes nobody's source, and nobody's key")
    func source() async throws {
        try await Self.withSource { home in
            let text = Self.flow("cp code made; echo forged >code; rm -f /slipway/work/code")
            try await home.succeed(text)
            #expect(try await home.log("s1.take") == "soundcode\n")
            let again = try await home.succeed(text)
            #expect(try Self.isTaken(again))
            #expect(try await home.log("s1.take") == "soundcode\n")
            // Another source makes another key.
            try Files.writeFile("\(home.folder)/src/code", "other".utf8)
            let changed = try await home.succeed(text)
            #expect(try !Self.isTaken(changed))
            #expect(try await home.log("s1.take").contains("other"))
        }
    }

    @Test("a consumer cannot write what others take")
    func consumed() async throws {
        try await Self.withSource { home in
            let text = Self.flow("cp code made").replacing(
                "cat $T_ARTIFACTS/made",
                with: "for f in $T_ARTIFACTS/made /slipway/artifacts/made; do"
                    + " (echo forged >$f) 2>/dev/null || true; rm -f $f || true; chmod 777 $f || true;"
                    + " mount -o remount,rw $f || true; mv $f /tmp/x || true; done; cat $T_ARTIFACTS/made"
            )
            for _ in 0..<2 {
                try await home.succeed(text)
                #expect(try await home.log("s1.take").contains("sound"))
                #expect(try await !home.log("s1.take").contains("forged"))
            }
        }
    }

    @Test(
        "a key, an entry or a hit that a job prints or writes is none",
        arguments: [
            #"echo '[T_RESULT] MEMO = x'; echo '{"memo":{"run":1}}'"#,
            #"echo '{"memo":{"key":"sha256:00","run":1}}' >"$T_RESULT_FILE"; exit 0"#,
        ])
    func printed(script: String) async throws {
        try await TestHome.busy { home in
            // Each run sees something else, and says that it has been here.
            for number in 0..<2 {
                let text = Flow.script(
                    "echo $T_NUMBER; \(script)",
                    job: "cache: true\ninputs: {T_NUMBER: '\(number)'}\nallow-failure: true")
                let report = try await home.run(text)
                #expect(try await home.logLines().first == "\(number)")
                #expect(try report.job().document["memo"]?["run"]?.integerValue == nil)
            }
        }
    }

    @Test("a damaged artifact is never handed on, and is made again by the run after")
    func damaged() async throws {
        try await Self.withSource { home in
            let text = Self.flow("cp code made")
            try await home.succeed(text)
            let blob = BlobStore(path: "\(home.path)/blobs").path(of: Digest(of: "sound".utf8))
            try Files.writeFile(blob, "forged".utf8)
            try Files.removeTree("\(home.path)/trees")
            let broken = try await home.run(text)
            #expect(broken.state == "errored")
            #expect(try await !home.log("s1.take").contains("forged"))
            let healed = try await home.succeed(text)
            #expect(try !Self.isTaken(healed))
            #expect(try await home.log("s1.take").contains("sound"))
        }
    }
}
