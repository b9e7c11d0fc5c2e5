import Domain
import OCI
import Storage
import TestSupport
import Testing

/// Jobs that turn what is collected from them against whoever collects it.
struct CollectionAttackTests {
    private static let canary = "canary-of-this-machine"

    /// A folder of this machine, with a file in it, that no job has anything to do with.
    private static func outside(_ home: TestHome) throws -> String {
        let folder = "\(home.folder)/outside"
        try Files.makeFolders(folder, mode: 0o755)
        for name in ["file", "inner"] {
            try Files.writeFile("\(folder)/\(name)", "\(canary) \(name)\n".utf8, mode: 0o644)
        }
        return folder
    }

    // gVisor's kernel swaps no two names (EINVAL), and slipway, outside of it, is who collects.
    @Test(
        "folders that become links out while they are collected bring in nothing from outside",
        arguments: [AttackSandbox.standard])
    func swapped(sandbox: AttackSandbox) async throws {
        try await TestHome.busy { home in
            let start = try await Attacker.stage(home)
            let outside = try Self.outside(home)
            let shared = "\(sandbox.keys)\nworkspace: shared"
            let swapper = """
                mkdir -p good tree/good; ln -s '\(outside)' evil; ln -s '\(outside)' tree/evil
                for d in good tree/good; do echo own >$d/file; echo own >$d/inner; done
                (./attacker swap tree/good tree/evil stop; echo ended $?) &
                ./attacker swap good evil stop; echo ended $?
                wait
                """
            let taker = """
                until test -e good/file; do sleep 0.01; done
                """
            // When all is still: that what is its own is taken, as the same digest.
            let settle = """
                for d in . tree; do
                  if test -L $d/good; then mv $d/good $d/old; mv $d/evil $d/good; mv $d/old $d/evil; fi
                  mv $d/evil /tmp/evil; rm /tmp/evil
                done
                """
            let produces = "produces: {file: good/file, tree: tree, folder: good}"
            let program = try home.begin(
                Flow.stages([
                    start,
                    Flow.stage(
                        "work", "run: parallel",
                        jobs: [
                            Flow.job("swapper", swapper, shared),
                            Flow.job(
                                "taker", taker,
                                "\(shared)\nshards: 24\nallow-failure: true\n\(produces)"),
                        ]),
                    Flow.stage("then", jobs: [Flow.job("still", settle, "\(shared)\n\(produces)")]),
                ]))
            try await home.wait(for: "swapping", in: "work.swapper")
            let hasEnded: Bool? = try await eventually(within: .seconds(60)) {
                let jobs = try await home.show()["jobs"]?.arrayValue ?? []
                let takers = jobs.map(JobReport.init).filter { $0.label.contains("taker") }
                return takers.count == 24
                    && takers.allSatisfy { ["succeeded", "failed"].contains($0.state ?? "") }
                    ? true : nil
            }
            #expect(hasEnded == true)
            try await home.letGo("work.swapper", file: "stop")
            let report = try RunReport(await program.wait())
            #expect(try report.job("work.swapper").state == "succeeded")
            let log = try await home.log("work.swapper")
            #expect(log.split(separator: "\n").filter { $0 == "ended 0" }.count == 2, "\(log)")
            #expect(try await home.files(containing: Self.canary).isEmpty)
            let own = OCI.Digest(of: "own\n".utf8).description
            let still = try report.job("then.still")
            #expect(
                still.state == "succeeded" && still.digest(of: "file") == own, "\(report.error)")
            for number in 0..<24 {
                let job = try report.job("work.taker[\(number)]")
                if let digest = job.digest(of: "file") { #expect(digest == own) }
                if job.state == "failed" {
                    #expect(job.reason?.contains("link") == true, "\(job.reason ?? "")")
                } else {
                    #expect(job.state == "succeeded" && job.digest(of: "file") == own)
                }
            }
        }
    }

    /// What a job leaves in `out`, and how that must end: its state, and words of its reason.
    static let left: [(String, String, String, String)] = [
        ("a name with a line's end", "touch \"out/a\nb\"", "succeeded", ""),
        (
            "control characters in a name", "touch \"$(printf 'out/\\033]0;x\\007y')\"",
            "succeeded", ""
        ),
        ("a name of 255 bytes", "touch out/$(printf '%0255d' 0)", "succeeded", ""),
        (
            "a name that is not UTF-8", "touch \"$(printf 'out/a\\377b')\"", "succeeded", ""
        ),
        (
            "names that look like options and paths", "touch -- out/-rf 'out/..x' 'out/~'",
            "succeeded", ""
        ),
        (
            "folders deeper than any archive",
            "cd out; n=0; while test $n -lt 300; do mkdir d; cd d; n=$((n+1)); done", "failed",
            "deeper than 256"
        ),
        ("a sparse file of a tebibyte", "truncate -s 1024G out/x", "failed", "artifact-too-large"),
        ("a fifo", "mkfifo out/x", "failed", "neither"),
        ("a node that overlayfs takes for a whiteout", "mknod out/x c 0 0", "failed", "neither"),
        ("a link out", "ln -s /etc/passwd out/x", "failed", "link"),
        ("a link out by many steps", "ln -s ../../../../../../../../etc out/x", "failed", "link"),
        (
            "a chain of links", "ln -s b out/a; ln -s c out/b; ln -s /etc out/c", "failed", "link"
        ),
        (
            "a hard link to what it may only read",
            "ln /slipway/source/attacker out/x || ln /bin/busybox out/x || echo x >out/x",
            "succeeded", ""
        ),
        (
            "marks that speak to overlayfs", "mkdir out/.wh..wh..opq out/x; touch out/.wh.x",
            "succeeded", ""
        ),
    ]

    @Test("what a job leaves is taken as it is, or refused by name", arguments: left)
    func kinds(fact: String, script: String, state: String, why: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.stages([
                    Flow.stage(
                        "s0",
                        jobs: [
                            Flow.job("make", "mkdir out; \(script)", "produces: {out: out}")
                        ]),
                    Flow.stage(
                        "s1",
                        jobs: [
                            Flow.job(
                                "take", "find $T_ARTIFACTS/out/ | wc -l",
                                "consumes: {out: s0.make.out}"
                            )
                        ]),
                ]))
            let job = try report.job("s0.make")
            #expect(job.state == state, "\(job.reason ?? "")")
            #expect((job.reason ?? "").contains(why), "\(job.reason ?? "")")
            if state == "succeeded" { #expect(try report.job("s1.take").state == "succeeded") }
            // Whatever it was called: what is shown of it speaks to no terminal.
            for words in [["show", "last"], ["artifact", "list", "last"], ["explain", "last"]] {
                #expect(!(try await home.slipway(words).output.contains("\u{1b}]")))
            }
            let used = try await Program.run("/usr/bin/du", ["-sm", home.path])
            #expect(Int(used.output.prefix { $0.isNumber }) ?? .max < 64)
        }
    }

    /// How a row ends in gVisor where it ends otherwise: its kernel keeps fifos for itself, and
    /// makes no such node.
    private static let ownKernel = [
        "a fifo": ("succeeded", ""),
        "a node that overlayfs takes for a whiteout": ("failed", "exit code"),
    ]

    /// The table as jobs of one run, for where each run costs.
    static func together(_ keys: String = "") -> String {
        Flow.stages([
            Flow.stage(
                "work", "run: parallel",
                jobs: left.enumerated().map { index, row in
                    Flow.job(
                        "j\(index)", "mkdir out; \(row.1)", "produces: {out: out}\n\(keys)")
                })
        ])
    }

    static func expect(_ report: RunReport, in sandbox: AttackSandbox = .standard) throws {
        for (index, (fact, _, state, why)) in left.enumerated() {
            let (state, why) =
                sandbox.sharesKernel ? (state, why) : ownKernel[fact] ?? (state, why)
            let job = try report.job("work.j\(index)")
            #expect(job.state == state, "\(fact): \(job.reason ?? "")")
            #expect((job.reason ?? "").contains(why), "\(fact): \(job.reason ?? "")")
            if (job.reason ?? "").contains("produces") {
                #expect(job.digest(of: "out") == nil, "\(fact)")
            }
        }
    }

    @Test(
        "nor is it otherwise in gVisor, whose file server makes what a job leaves",
        .enabled(if: AttackSandbox.triesAll))
    func ownKernelKinds() async throws {
        try await TestHome.busy { home in
            let report = try await home.run(Self.together(AttackSandbox.gvisor.keys))
            try Self.expect(report, in: .gvisor)
        }
    }

    // No sandbox is begun for these.
    @Test(
        "a path that leads out of the working folder is refused before anything runs, or taken as none",
        arguments: [
            "../x", "a/../../x", "/etc/passwd", "/slipway/work/../../etc/passwd",
            "/slipway/secrets/KEY", "/proc/self/environ", "/slipway/workx/f",
        ])
    func paths(path: String) async throws {
        try await TestHome.busy { home in
            let report = try await home.run(
                Flow.script("touch x", job: "produces: {x: \"\(path)\"}"))
            #expect(report.code != 0)
            if report.document != .null { #expect(try report.job().digest(of: "x") == nil) }
            #expect(try await home.files(containing: "root:x:0:0").isEmpty)
        }
    }
}
