import Domain
import Storage
import TestSupport
import Testing

/// What jobs leave below `$T_REPORTS`, in real containers.
struct ReportTests {
    private static let junit = """
        <testsuite><testcase name="good" time="0.5"/>
        <testcase name="bad"><failure message="it said $1"/></testcase></testsuite>
        """

    @Test("the reports of a job that failed are kept, read and named; others are kept")
    func failed() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(
                Flow.script(
                    """
                    mkdir "$T_REPORTS/deep"
                    cat >"$T_REPORTS/deep/any-name" <<'END'
                    \(Self.junit)
                    END
                    printf 'SF:a\\nDA:1,1\\nDA:2,0\\nend_of_record\\n' >"$T_REPORTS/cover"
                    echo plain >"$T_REPORTS/notes.xml"
                    exit 3
                    """))
            let result = try await home.slipway(["run", file])
            #expect(result.code == 1)
            #expect(result.error.contains("tests 1 passed, 1 failed; coverage 50.0 %"))
            #expect(result.error.contains("✗ bad: it said $1"))
            let shown = try await home.slipway(["show"])
            #expect(shown.output.contains("      tests 1 passed, 1 failed; coverage 50.0 %"))
            let list = try await home.slipway(["report", "list", "-o", "json"])
            let reports = try #require(try JSONParser.parse(list.output.utf8).arrayValue)
            #expect(reports.map { $0["path"] } == ["cover", "deep/any-name", "notes.xml"])
            #expect(reports.map { $0["kind"] } == ["lcov", "junit", "other"])
            #expect(reports[1]["tests"]?["milliseconds"] == 500)
            #expect(reports[0]["coverage"] == ["covered": 1, "lines": 2])
            let table = try await home.slipway(["report", "list", "1"])
            #expect(table.output.contains("coverage 50.0 %"))
            let target = "\(home.folder)/fetched"
            let words = ["report", "get", "1", "work.it", "notes.xml", "-o", target]
            #expect(try await home.slipway(words).code == 0)
            #expect(try Files.readFile(target, limit: 100) == Array("plain\n".utf8))
            let again = try await home.slipway(words)
            #expect(again.error.contains("exists already"))
            let none = try await home.slipway(["report", "get", "1", "work.it", "no"])
            #expect(none.code != 0)
            #expect(none.error.contains("it has: work.it cover, work.it deep/any-name"))
        }
    }

    @Test("links, fifos and large files are left out, and nothing of this machine gets in")
    func hostile() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(
                Flow.script(
                    """
                    cd "$T_REPORTS"
                    ln -s /etc/hostname link
                    ln -s / root
                    ln -s ../../../../../../etc/passwd up
                    mkfifo fifo
                    truncate -s 20M large
                    printf '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' >xxe
                    echo '<testsuite><testcase name="&a;"/></testsuite>' >>xxe
                    echo x >own && ln own own-again
                    # Out of here leads no hard link.
                    if ln "$T_WORKSPACE" across 2>/dev/null; then exit 1; fi
                    echo y >"$T_WORKSPACE/y"
                    if ln "$T_WORKSPACE/y" across 2>/dev/null; then exit 1; fi
                    """))
            let reports = try #require(try report.job().document["reports"]?.arrayValue)
            #expect(reports.map { $0["path"] } == ["own", "own-again", "xxe"])
            #expect(reports.allSatisfy { $0["kind"] == "other" })
            for name in ["'link'", "'root'", "'up'", "'fifo'", "'large'"] {
                #expect(report.error.contains("reports: \(name) is left out"), "\(name)")
            }
            #expect(report.error.contains("'xxe' is kept, but not read: "))
            #expect(report.error.contains("declares an entity"))
        }
    }

    @Test("a secret in a test's name or message is masked")
    func secret() async throws {
        try await TestHome.busy { home in
            try Files.writeFile("\(home.folder)/token", Array("s3cr3t-token".utf8))
            let file = try home.workflow(
                Flow.script(
                    """
                    echo "<testsuite><testcase name='n $T_KEY'>" >"$T_REPORTS/x"
                    echo "<error message='m $T_KEY'/></testcase></testsuite>" >>"$T_REPORTS/x"
                    exit 1
                    """, job: "inputs: {T_KEY: \"${secrets.TOKEN}\"}", file: "secrets: [TOKEN]"))
            let result = try await home.slipway(
                ["run", file, "--secret", "TOKEN=file:\(home.folder)/token", "-o", "json"])
            #expect(result.code == 1)
            #expect(result.error.contains("✗ n ***: m ***"))
            #expect(!(result.output + result.error).contains("s3cr3t-token"))
            let list = try await home.slipway(["report", "list", "-o", "json"])
            #expect(list.output.contains("m ***"))
            #expect(!list.output.contains("s3cr3t-token"))
        }
    }

    @Test("a job whose result is taken again has the reports of then")
    func memoised() async throws {
        try await TestHome.busy { home in
            let text = Flow.script(
                "echo '<testsuite><testcase/></testsuite>' >\"$T_REPORTS/x\"", job: "cache: true")
            let first = try await home.succeed(text).job()
            let second = try await home.succeed(text).job()
            #expect(second.document["memo"]?["run"] == 1)
            #expect(second.document["reports"]?.arrayValue?.count == 1)
            #expect(second.document["reports"] == first.document["reports"])
        }
    }

    @Test("a report that has the bytes of a layer outlives the image")
    func sharedBlob() async throws {
        try await TestHome.busy { home in
            let shown = try await home.slipway(["image", "inspect", "busybox", "-o", "json"])
            let image = try JSONParser.parse(shown.output.utf8)
            let layer = try #require(image["layers"]?.arrayValue?.first?["digest"]?.stringValue)
            let hex = layer.dropFirst("sha256:".count)
            let bytes = try Files.readFile(
                "\(home.path)/blobs/sha256/\(hex.prefix(2))/\(hex)", limit: 1 << 24)
            try Files.makeFolders("\(home.folder)/source")
            try Files.writeFile("\(home.folder)/source/layer", bytes)
            let file = try home.workflow(
                """
                slipway: 1
                name: shared
                stages:
                  - {name: begin, type: start, source: {path: source}}
                  - name: work
                    jobs: [{name: it, component: busybox, script: 'cp layer "$T_REPORTS"'}]
                """)
            #expect(try await home.slipway(["run", file]).code == 0)
            #expect(try await home.slipway(["image", "remove", "busybox"]).code == 0)
            let target = "\(home.folder)/fetched"
            let got = try await home.slipway(
                ["report", "get", "last", "work.it", "layer", "-o", target])
            #expect(got.code == 0, "\(got.error)")
            #expect(try Files.readFile(target, limit: 1 << 24) == bytes)
        }
    }
}
