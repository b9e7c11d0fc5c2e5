import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Where a home may stand, and who may look into it.
struct HomeTests {
    private static func mode(_ path: String) throws -> UInt32? {
        try Files.status(path).map { $0.mode & 0o777 }
    }

    @Test("a home that stood open to others is closed, and so is all that is made in it")
    func modes() async throws {
        try await TestHome.busy { home in
            try Files.setMode(home.path, 0o777)
            try await home.succeed(Flow.script("echo x", job: "user: \"1234\""))
            #expect(try Self.mode(home.path) == 0o700)
            for name in ["slipway.db", "slipway.db-wal"] where Files.exists("\(home.path)/\(name)")
            {
                #expect(try Self.mode("\(home.path)/\(name)") == 0o600)
            }
            let open = try await Program.run(
                "/usr/bin/find",
                [
                    "\(home.path)/logs", "\(home.path)/locks", "\(home.path)/blobs",
                    "\(home.path)/slipway.db", "-perm", "/077",
                ])
            #expect(open.output == "")
        }
    }

    @Test("a home of somebody else is refused")
    func owner() async throws {
        try await TestHome.with { home in
            try Files.makeFolders(home.path)
            try Files.setOwner(home.path, user: 1234, group: 1234)
            let result = try await home.slipway(["runs"])
            #expect(result.code == 64)
            #expect(
                result.error.contains("'\(home.path)' is the home of user 1234"), "\(result.error)")
            #expect(try Files.list(home.path) == [])
            try Files.setOwner(home.path, user: 0, group: 0)
        }
    }

    @Test(
        "what is no home is refused as it is, and nothing of it is changed",
        arguments: ["a file", "a folder of others", "a link to one", "no name"])
    func strangers(place: String) async throws {
        try await TestHome.with { home in
            let folder = "\(home.folder)/data"
            try Files.makeFolders(folder)
            try Files.writeFile("\(folder)/letters", "x".utf8)
            try Files.setMode("\(folder)/letters", 0o644)
            try Files.setMode(folder, 0o1777)
            try Files.link(folder, at: "\(home.folder)/link")
            let (named, why) = try #require(
                [
                    "a file": ("\(folder)/letters", "which is no folder"),
                    "a folder of others": (folder, "it holds 'letters'; name an empty folder"),
                    "a link to one": ("\(home.folder)/link", "it holds 'letters'"),
                    // The home of the account is a folder of others here.
                    "no name": ("", "no home of slipway: it holds 'letters'"),
                ][place])
            let environment =
                named.isEmpty
                ? ["SLIPWAY_HOME": "", "XDG_DATA_HOME": home.folder, "HOME": ""]
                : ["SLIPWAY_HOME": named]
            if named.isEmpty { try Files.link(folder, at: "\(home.folder)/slipway") }
            for words in [["runs"], ["doctor"], ["gc"], ["image", "list"]] {
                let result = try await home.slipway(words, environment: environment)
                #expect(result.code == 64, "\(words)")
                #expect(result.error.contains(why), "\(words): \(result.error)")
            }
            #expect(try Self.mode("\(folder)/letters") == 0o644)
            #expect(try Files.status(folder).map { $0.mode & 0o7777 } == 0o1777)
            #expect(try Files.list(folder) == ["letters"])
        }
    }

    @Test("an account whose HOME is empty has the home that the system knows")
    func nameless() async throws {
        try await withTemporaryFolder { folder in
            let script = """
                sed "s#^root:.*#root:x:0:0:root:$1:/bin/sh#" /etc/passwd >"$1/passwd"
                mount --bind "$1/passwd" /etc/passwd && cd / && exec "$0" runs
                """
            let result = try await Program.run(
                "/usr/bin/unshare",
                ["-m", "/bin/sh", "-ec", script, try BuiltProduct.path("slipway"), folder],
                environment: ["HOME": "", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
            #expect(result.code == 0, "\(result.error)")
            #expect(Files.exists("\(folder)/.local/share/slipway/slipway.db"))
        }
    }

    @Test("a job that is not root works whatever the mask of its caller")
    func mask() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(
                Flow.script(
                    """
                    test "$(id -u)" = 1234; test "$(umask)" = 0022
                    touch new "$T_REPORTS/x"; echo "NAME=yes" >"$T_RESULT_FILE"
                    cat /etc/passwd >/dev/null; ls /slipway /slipway/artifacts >/dev/null
                    """, job: "user: \"1234\"\noutputs: [NAME]"))
            let result = try await Program.run(
                "/bin/sh",
                [
                    "-c", "umask 0777; exec \"$0\" run -o json \"$1\"",
                    try BuiltProduct.path("slipway"), file,
                ], environment: home.environment())
            let report = try RunReport(result)
            #expect(report.code == 0, "\(report.error)")
            #expect(try report.job().output("NAME") == "yes")
        }
    }

    @Test("a home may be named relative to where the command is called")
    func relative() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Flow.script("echo fine"))
            for (name, folder) in [
                ("home", home.folder), ("./home/", home.folder), (".", home.path),
            ] {
                let result = try await home.slipway(
                    ["run", "-o", "json", file], environment: ["SLIPWAY_HOME": name],
                    folder: folder)
                #expect(try RunReport(result).code == 0, "\(result.error)")
            }
            #expect(try await home.slipway(["show", "3"]).code == 0)
        }
    }

    @Test(
        "a home's name may hold what mount options cannot",
        arguments: ["a,b", "a:b", "a\\b", "a b", "ä=\"'", "a,upperdir=x:y\\,z"])
    func names(name: String) async throws {
        try await withTemporaryFolder { folder in
            let home = try TestHome(at: "\(folder)/\(name)")
            let image = try await home.slipway(["image", "import", try Checkout.image("busybox")])
            try #require(image.code == 0, "\(image.error)")
            try Files.makeFolders("\(folder)/source")
            try Files.writeFile("\(folder)/source/x", "x".utf8)
            try await home.succeed(
                Flow.stages([
                    Flow.start("source: {path: source}"),
                    Flow.stage("work", jobs: [Flow.job("it", "test \"$(cat x)\" = x; echo y >x")]),
                ]))
            try await home.expectNothingLeft()
            try Files.removeTree(try home.runtimePath())
        }
    }

    @Test(
        "streams that are closed are not mistaken for files of the home",
        arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    func closedStreams(closed: String) async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(
                Flow.script("for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo $i >&2; done"))
            for words in ["run \(file)", "runs", "run /nowhere.yaml", "logs last", "doctor"] {
                _ = try await Program.run(
                    "/bin/sh",
                    ["-c", "exec \"$0\" \(words) \(closed)", try BuiltProduct.path("slipway")],
                    environment: home.environment())
            }
            let runs = try await home.slipway(["runs", "-o", "json"])
            #expect(runs.code == 0, "\(runs.error)")
            #expect(try JSONParser.parse(runs.output.utf8).arrayValue?.count == 1)
            #expect(try await home.slipway(["show", "1"]).code == 0)
        }
    }
}
