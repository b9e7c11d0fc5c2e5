import Domain
import Storage
import TestSupport
import Testing

/// Images whose configuration was made to hurt.
struct ConfigurationAttackTests {
    /// A configuration, and how a job with that image must end: its state and words of the reason,
    /// or what it prints.
    struct Row: Sendable, CustomStringConvertible {
        let description: String
        let configuration: [String: JSONValue]
        var layer: @Sendable (inout RawTar) -> Void = { _ in }
        let state: String
        let said: String
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func row(
        _ fact: String, _ state: String, _ said: String, _ configuration: [String: JSONValue],
        layer: @escaping @Sendable (inout RawTar) -> Void = { _ in }
    ) -> Row {
        Row(
            description: fact, configuration: configuration, layer: layer, state: state, said: said)
    }

    private static func user(
        _ user: String, _ state: String, _ said: String,
        passwd: (@Sendable (inout RawTar) -> Void)? = nil
    ) -> Row {
        row(
            "user '\(user.prefix(40))'\(passwd == nil ? "" : " and a strange /etc/passwd")", state,
            said, ["User": .string(user)], layer: passwd ?? { _ in })
    }

    /// How the loader's own record begins, were it asked for one.
    private static let mark = "slipway-of-an-image"

    static let rows: [Row] = [
        user("root:../..", "errored", "its /etc/group has no group"),
        user("../../etc/shadow", "errored", "its /etc/passwd has no user"),
        user("-1", "errored", "its /etc/passwd has no user"),
        user("4294967295", "errored", "expected one from 0 to 4294967294"),
        user("4294967296", "errored", "expected one from 0 to 4294967294"),
        user("99999999999999999999999", "errored", "its /etc/passwd has no user"),
        user("0:4294967295", "errored", "expected one from 0 to 4294967294"),
        user("a\nb:c\n", "errored", "its /etc/passwd has no user"),
        user(text(100_000), "errored", "its /etc/passwd has no user"),
        user("", "succeeded", "0 0"),
        user(":1", "succeeded", "0 1"),
        user("65534:65534", "succeeded", "65534 65534"),
        user("evil", "errored", "expected one from 0 to 4294967294") {
            $0.file("etc/passwd", "evil:x:root:root::/:/bin/sh\n")
        },
        user("evil", "errored", "expected one from 0 to 4294967294") {
            $0.file("etc/passwd", "evil:x:4294967295:0::/:/bin/sh\n")
        },
        user("evil", "errored", "its /etc/passwd has no user") {
            $0.link("etc/passwd", to: "/proc/self/root/etc/passwd")
        },
        user("root", "errored", "its /etc/passwd has no user") {
            $0.link("etc/passwd", to: "../../../../../../etc/passwd")
        },
        user("evil", "errored", "its /etc/passwd has no user") { $0.add("etc/passwd", type: "6") },
        user("evil", "errored", "its /etc/passwd has no user") { $0.folder("etc/passwd") },
        user("evil", "errored", "its /etc/passwd has no user") {
            $0.add("etc/passwd", body: text(2 << 20))
        },
        user("evil", "succeeded", "5 6") {
            $0.file("etc/passwd", "evil:x:5:6::/\u{0}home:/bin/sh\n")
        },
        row(
            "variables that lead the loader astray stay in the container", "succeeded", "0 0",
            [
                "Env": [
                    "LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/evil", "GODEBUG=x", "BASH_ENV=/x",
                    "LD_DEBUG=files", .string("LD_DEBUG_OUTPUT=/tmp/\(mark)"),
                ]
            ]),
        row(
            "variables that speak for slipway are set over", "succeeded", "/slipway/result",
            ["Env": ["T_RESULT_FILE=/evil", "T_RUN_ID=1", "CI=false"]]),
        row(
            "variables without '=', without a name, twice, with line ends", "succeeded", "0 0",
            ["Env": ["NONE", "=x", "A=1", "A=2", "B=a\nb", "==", ""]]),
        row(
            "three megabytes of variables are the image's fault", "failed", "exit code",
            ["Env": .array((0..<30).map { .string("V\($0)=\(text(100_000))") })]),
        row(
            "a variable longer than the kernel takes", "failed", "exit code",
            ["Env": [.string("V=\(text(200_000))")]]),
        row(
            "volumes, ports, health checks and signals mean nothing", "succeeded", "0 0",
            [
                "Volumes": ["/etc": [:], "/../../host": [:], "/slipway/work": [:]],
                "ExposedPorts": ["22/tcp": [:]], "StopSignal": "SIGSEGV\u{0}",
                "Healthcheck": ["Test": ["CMD", "evil"]], "OnBuild": ["RUN evil"],
                "Shell": ["/evil"],
            ]),
        row(
            "a working folder that leads out means nothing to a script", "succeeded", "0 0",
            ["WorkingDir": "/../../../../etc"]),
        row(
            "labels that are no component", "succeeded", "0 0",
            ["Labels": ["io.slipway.component": "{\"inputs\":", "x": .string(text(100_000))]]),
    ]

    @Test("an image's configuration gets a job no further than its container", arguments: rows)
    func runs(row: Row) async throws {
        try await TestHome.busy { home in
            let offered = try await HostileImage(home).offer(
                "evil:1", configuration: row.configuration, layer: row.layer)
            try #require(offered.code == 0, "\(offered.error)")
            let report = try await home.run(
                Flow.script("echo \"$(id -u) $(id -g) $T_RESULT_FILE\"")
                    .replacing("component: busybox", with: "component: evil:1"))
            let job = try report.job()
            #expect(job.state == row.state, "\(report.error)")
            let said = row.state == "succeeded" ? try await home.log() : job.reason ?? ""
            #expect(said.contains(row.said), "\(said)")
            // A program of this machine that was given the image's variables would have written there.
            #expect(try !Files.list("/tmp").contains { $0.hasPrefix(Self.mark) })
        }
    }

    // The others are refused before there is a sandbox. What is too much for this machine's kernel
    // is not for gVisor's, whose memory it takes.
    @Test(
        "an image's configuration gets a job no further than gVisor",
        .enabled(if: AttackSandbox.triesAll))
    func runsInGVisor() async throws {
        try await TestHome.busy { home in
            let rows = Self.rows.filter { $0.state != "errored" }
            var jobs: [String] = []
            for (index, row) in rows.enumerated() {
                let offered = try await HostileImage(home).offer(
                    "evil-\(index):1", configuration: row.configuration, layer: row.layer)
                try #require(offered.code == 0, "\(offered.error)")
                jobs.append(
                    Flow.job(
                        "j\(index)", "echo \"$(id -u) $(id -g) $T_RESULT_FILE\"",
                        AttackSandbox.gvisor.keys
                    ).replacing("component: busybox", with: "component: evil-\(index):1"))
            }
            let report = try await home.run(
                Flow.stages([Flow.stage("work", "run: parallel", jobs: jobs)]))
            for (index, row) in rows.enumerated() {
                let job = try report.job("work.j\(index)")
                #expect(job.state == "succeeded", "\(row): \(job.reason ?? "")")
                let said = try await home.log("work.j\(index)")
                let expected = row.state == "succeeded" ? row.said : "0 0"
                #expect(said.contains(expected), "\(row): \(said)")
            }
        }
    }

    static let refused: [(String, [String: JSONValue], [String: JSONValue], String)] = [
        ("a program that is no list", ["Entrypoint": "/bin/sh"], [:], "Entrypoint is not a list"),
        ("a program of numbers", ["Cmd": [1, 2]], [:], "Cmd is not a list of texts"),
        ("variables that are no list", ["Env": ["A": "b"]], [:], "Env is not a list"),
        ("a variable with a zero", ["Env": ["A=\u{0}b"]], [:], "Env is not a list of texts"),
        (
            "more words than a program takes",
            ["Cmd": .array((0...10_000).map { .string("\($0)") })], [:], "Cmd is not a list"
        ),
        (
            "10,000 layers", [:],
            [
                "rootfs": [
                    "type": "layers",
                    "diff_ids": .array(
                        (0..<10_000).map { _ in
                            .string("sha256:\(String(repeating: "0", count: 64))")
                        }
                    ),
                ]
            ], "at most 512 layers"
        ),
        (
            "a layer whose digest is a path", [:],
            ["rootfs": ["type": "layers", "diff_ids": ["sha256:../../../etc/passwd"]]], "diff_ids"
        ),
        ("no platform", [:], ["os": .null], "no os or no architecture"),
        ("five megabytes", ["Labels": ["x": .string(text(5 << 20))]], [:], "larger than 4"),
        (
            "lists within lists without end",
            ["Labels": (0..<2000).reduce(JSONValue.null) { inner, _ in .array([inner]) }], [:],
            "deep"
        ),
    ]

    @Test("what is no configuration is refused when it is brought in", arguments: refused)
    func refuses(
        fact: String, configuration: [String: JSONValue], top: [String: JSONValue], why: String
    ) async throws {
        try await TestHome.with { home in
            let result = try await HostileImage(home).offer(
                "evil:1", configuration: configuration, top: top)
            #expect(result.code != 0)
            #expect(result.error.contains(why), "\(result.error)")
            let images = try await home.slipway(["image", "list", "-o", "json"])
            #expect(images.output == "[]\n")
        }
    }
}
