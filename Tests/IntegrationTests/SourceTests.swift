import Domain
import Storage
import TestSupport
import Testing

/// The source of a run (DESIGN §2, "Source").
struct SourceTests {
    /// A repository with a tracked, a changed, an untracked and an ignored file.
    private static func repository(_ home: TestHome) async throws -> String {
        let folder = "\(home.folder)/project"
        try Files.makeFolders("\(folder)/src")
        func git(_ words: String...) async throws -> ProgramResult {
            let result = try await Program.run(
                "/usr/bin/git",
                ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com"] + words)
            try #require(result.code == 0, "\(result.error)")
            return result
        }
        _ = try await git("init", "-q")
        try await home.write("*.tmp\n", to: "\(folder)/.gitignore")
        try await home.write("old\n", to: "\(folder)/src/main")
        try await home.write("#!/bin/sh\n", to: "\(folder)/run.sh")
        try Files.setMode("\(folder)/run.sh", 0o755)
        _ = try await git("add", ".")
        _ = try await git("commit", "-q", "-m", "first")
        return folder
    }

    private static func head(_ folder: String) async throws -> String {
        let result = try await Program.run("/usr/bin/git", ["-C", folder, "rev-parse", "HEAD"])
        return String(result.output.prefix { $0 != "\n" })
    }

    private static func run(
        _ home: TestHome, _ text: String, in folder: String
    ) async throws -> RunReport {
        try await home.write(text, to: "\(folder)/flow.yaml")
        return try RunReport(
            await home.slipway(["run", "-o", "json", "\(folder)/flow.yaml"]))
    }

    @Test("of a repository elsewhere: what is committed, at its ref, and the folder goes again")
    func elsewhere() async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            try await home.write("new\n", to: "\(folder)/src/main")
            let flow = Flow.stages([
                Flow.start("source: {git: \"file://\(folder)\", path: src}"),
                Flow.stage("work", jobs: [Flow.job("it", "cat main; ls")]),
            ])
            // Though it is in the project: what is in it could lead Git anywhere.
            let refused = try await home.run(flow)
            #expect(refused.code == 2)
            #expect(refused.error.contains("--allow-source \(folder)"), "\(refused.error)")
            let report = try await home.run(flow, ["--allow-source", folder])
            try #require(report.code == 0, "\(report.error)")
            #expect(try await home.logLines() == ["old", "main"])
            let head = try await Self.head(folder)
            #expect(try !Files.list(home.path).contains { $0.hasPrefix("fetch-") })
            #expect(report.document["source"]?["commit"]?.stringValue == head)
            let nowhere = try await home.run(
                flow.replacing("file://\(folder)", with: "https://nowhere.invalid/a.git"))
            #expect(nowhere.code == 6, "\(nowhere.error)")
        }
    }

    @Test("of a repository: tracked and untracked files, as they are now, not ignored ones")
    func repository() async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            try await home.write("new\n", to: "\(folder)/src/main")
            try await home.write("x\n", to: "\(folder)/untracked")
            try await home.write("x\n", to: "\(folder)/ignored.tmp")
            let report = try await Self.run(
                home,
                Flow.script("find . | sort; cat src/main; test -x run.sh; test ! -x src/main"),
                in: folder)
            try #require(report.code == 0, "\(report.error)")
            #expect(
                try await home.logLines() == [
                    ".", "./.gitignore", "./flow.yaml", "./run.sh", "./src", "./src/main",
                    "./untracked", "new",
                ])
            let source = try await home.show()["source"]
            #expect(source?["commit"]?.stringValue == (try await Self.head(folder)))
            #expect(source?["dirty"] == true)
            #expect(source?["digest"]?.stringValue?.hasPrefix("sha256:") == true)
        }
    }

    @Test("a repository as it was committed is not dirty; the commit is known to jobs")
    func clean() async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            let file = try home.workflow(
                Flow.script("echo $T_COMMIT", job: "inputs: {T_COMMIT: \"${run.commit}\"}"),
                name: "project/src/main")
            for words in [["add", "."], ["commit", "-q", "-m", "second"]] {
                _ = try await Program.run(
                    "/usr/bin/git",
                    ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com"] + words)
            }
            let result = try await home.slipway(["run", file])
            #expect(result.code == 0, "\(result.error)")
            let commit = try await Self.head(folder)
            #expect(try await home.log() == "\(commit)\n")
            let source = try await home.show()["source"]
            #expect(source?["commit"]?.stringValue == commit)
            #expect(source?["dirty"] == false)
        }
    }

    @Test("a tracked file that was removed is left out, and a link is kept as a link")
    func removed() async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            try Files.remove("\(folder)/run.sh")
            try Files.link("src/main", at: "\(folder)/link")
            let report = try await Self.run(
                home, Flow.script("test ! -e run.sh; test \"$(readlink link)\" = src/main"),
                in: folder)
            #expect(report.code == 0, "\(report.error)")
        }
    }

    @Test("each job writes in a view of its own; the pristine one is read-only")
    func views() async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            let look = "test \"$(cat src/main)\" = old; cmp src/main \"$T_SOURCE_DIR/src/main\""
            let report = try await Self.run(
                home,
                Flow.stages([
                    Flow.stage(
                        "work",
                        jobs: [
                            Flow.job(
                                "change",
                                """
                                test "$T_SOURCE_DIR" = /slipway/source
                                echo changed >src/main; rm run.sh; touch new
                                if touch "$T_SOURCE_DIR/new" 2>/dev/null; then exit 1; fi
                                if echo x >"$T_SOURCE_DIR/src/main" 2>/dev/null; then exit 1; fi
                                test "$(cat "$T_SOURCE_DIR/src/main")" = old
                                """),
                            Flow.job("fresh", "\(look); test -e run.sh; test ! -e new"),
                            Flow.job(
                                "none",
                                "test -z \"$(ls -A)\"; test -z \"${T_SOURCE_DIR:-}\"",
                                "source: none"),
                        ])
                ]), in: folder)
            #expect(report.code == 0, "\(report.error)")
            #expect(
                try Files.readFile("\(folder)/src/main", limit: 100) == Array("old\n".utf8))
        }
    }

    @Test("a folder that the file names is taken whole, ignored files too, relative to the file")
    func path() async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            try await home.write("x\n", to: "\(folder)/src/ignored.tmp")
            let report = try await Self.run(
                home,
                Flow.stages([
                    Flow.start("source: {path: src}"),
                    Flow.stage("work", jobs: [Flow.job("it", "ls -A")]),
                ]), in: folder)
            #expect(report.code == 0, "\(report.error)")
            #expect(try await home.logLines() == ["ignored.tmp", "main"])
        }
    }

    @Test(
        "a folder outside of the project is refused by its real name, unless it is allowed",
        arguments: ["absolute", "above", "through a link", "the home of the account"])
    func outside(way: String) async throws {
        try await TestHome.busy { home in
            let folder = try await Self.repository(home)
            let other = "\(home.folder)/other"
            try Files.makeFolders(other)
            try await home.write("theirs\n", to: "\(other)/main")
            try Files.link("../../other", at: "\(folder)/src/link")
            let named = [
                "absolute": other, "above": "../other", "through a link": "src/link",
                "the home of the account": "/root",
            ]
            let flow = Flow.stages([
                Flow.start("source: {path: \(try #require(named[way]))}"),
                Flow.stage("work", jobs: [Flow.job("it", "cat main")]),
            ])
            try await home.write(flow, to: "\(folder)/flow.yaml")
            let refused = try await home.slipway(["run", "\(folder)/flow.yaml"])
            #expect(refused.code == 2)
            let real = way == "the home of the account" ? "/root" : other
            #expect(
                refused.error.contains(
                    "is '\(real)', outside of the workflow's project '\(folder)'; let this run "
                        + "take it with: --allow-source \(real)\n"), "\(refused.error)")
            #expect(try await home.slipway(["runs", "-o", "json"]).output == "[]\n")
            guard real == other else { return }
            let taken = try await home.slipway(
                ["run", "--allow-source", other, "\(folder)/flow.yaml"])
            #expect(taken.code == 0, "\(taken.error)")
            #expect(try await home.logLines() == ["theirs"])
        }
    }

    @Test(
        "names of any letters draw the project no wider, and no narrower",
        arguments: [
            ("projekt", "ééééé.yaml"), ("projékté", "a.yaml"), ("projékté", "parts/straße.yaml"),
            ("p\u{301}", "\u{301}x.yaml"),
        ])
    func letters(project: String, file: String) async throws {
        try await TestHome.busy { home in
            let folder = "\(home.folder)/\(project)"
            try Files.makeFolders("\(folder)/.git")
            try Files.makeFolders("\(folder)/parts")
            let place = file.hasPrefix("parts/") ? "\(folder)/parts" : folder
            let other = "\(home.folder)/other"
            for data in ["\(place)/data", other] {
                try Files.makeFolders(data)
                try await home.write("\(data == other ? "theirs" : "ours")\n", to: "\(data)/main")
            }
            func flow(_ path: String) -> String {
                Flow.stages([
                    Flow.start("source: {path: \"\(path)\"}"),
                    Flow.stage("work", jobs: [Flow.job("it", "cat main")]),
                ])
            }
            let path = "\(folder)/\(file)"
            try await home.write(flow("data"), to: path)
            let outer = "\(folder)/outer.yaml"
            let call = "- {name: it, workflow: \"\(file)\"}\n"
            try await home.write(
                Flow.stages([Flow.stage("ask", jobs: [call])]), to: outer)
            let taken = try await home.slipway(["run", path])
            #expect(taken.code == 0, "\(taken.error)")
            #expect(try await home.logLines() == ["ours"])
            #expect(try await home.slipway(["run", outer]).code == 0)
            try await home.write(flow("\(place == folder ? ".." : "../..")/other"), to: path)
            let refused = try await home.slipway(["run", path])
            #expect(refused.code == 2)
            #expect(refused.error.contains("--allow-source "), "\(refused.error)")
            // The option is of the run that somebody asks for.
            let called = try await home.slipway(["run", "--allow-source", other, outer])
            #expect(called.code == 2)
            #expect(called.error.contains("a called workflow takes nothing else of this machine"))
            #expect(!called.error.contains("--allow-source "), "\(called.error)")
        }
    }

    @Test("what is allowed must be a folder")
    func allowed() async throws {
        try await TestHome.with { home in
            let file = try home.workflow(Flow.script("true"))
            for folder in ["\(home.folder)/none", file] {
                let result = try await home.slipway(["run", "--allow-source", folder, file])
                #expect(result.code == 64)
                #expect(result.error.contains("--allow-source: there is no folder '\(folder)'"))
            }
        }
    }

    @Test("a path is relative to its own file, also of a workflow that another one calls")
    func called() async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/parts/data")
            try await home.write("theirs\n", to: "\(home.folder)/parts/data/main")
            let inner = Flow.stages([
                Flow.start("source: {path: data}"),
                Flow.stage("work", jobs: [Flow.job("it", "cat main")]),
            ])
            try await home.write(inner, to: "\(home.folder)/parts/inner.yaml")
            let outer = Flow.stages([
                Flow.stage("ask", jobs: ["- {name: it, workflow: parts/inner.yaml}"])
            ])
            try await home.write(outer, to: "\(home.folder)/outer.yaml")
            let result = try await home.slipway(
                ["run", "../outer.yaml"], folder: "\(home.folder)/parts")
            #expect(result.code == 0, "\(result.error)")
            #expect(try await home.slipway(["logs", "2", "work.it"]).output == "theirs\n")
            let shown = try await home.slipway(["show", "1", "-o", "json"])
            #expect(shown.output.contains("\"file\":\"\(home.folder)/outer.yaml\""))
        }
    }

    @Test("outside a repository there is no source")
    func none() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(Flow.script("test -z \"$(ls -A)\""))
            #expect(report.document["source"] == .null)
            let note = "workflow.yaml' is in no Git repository"
            #expect(report.error.contains(note), "\(report.error)")
            #expect(report.error.contains("'source: {path: .}' in a start stage"))
            let program = try await home.succeed(Flow.script("true"), ["--progress", "json"])
            #expect(!program.error.contains(note))
            let own = try await home.succeed(Flow.script("true", job: "source: none"))
            #expect(!own.error.contains(note))
        }
    }

    @Test("where git is missing, that is said, and not that there is no repository")
    func withoutGit() async throws {
        try await TestHome.busy { home in
            try Files.writeFile("\(home.folder)/nothing", [])
            let script = """
                for place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
                    if [ -x $place/git ]; then mount --bind "$1" $place/git; fi
                done
                shift; exec "$@"
                """
            let result = try await Program.run(
                "/usr/bin/unshare",
                [
                    "--mount", "/bin/sh", "-ec", script, "sh", "\(home.folder)/nothing",
                    try BuiltProduct.path("slipway"), "run",
                    try home.workflow(Flow.script("true")),
                ], environment: home.environment())
            #expect(result.code == 0, "\(result.error)")
            #expect(result.error.contains("is not here (install it with: apt-get install git)"))
            #expect(!result.error.contains("is in no Git repository"))
        }
    }

    @Test("a folder that is not there is refused before anything runs")
    func missing() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.start("source: {path: nowhere}"),
                    Flow.stage("work", jobs: [Flow.job("it", "true")]),
                ]))
            #expect(report.code == 2)
            #expect(report.error.contains("nowhere"))
            #expect(try await home.slipway(["runs", "-o", "json"]).output == "[]\n")
        }
    }
}
