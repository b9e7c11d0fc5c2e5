import Domain
import Storage
import TestSupport
import Testing

/// `slipway artifact list` and `get`.
struct ArtifactVerbTests {
    private static let workflow = Flow.script(
        "mkdir d; echo x >d/x; echo '#!/bin/sh' >tool; chmod +x tool",
        job: "produces: {d: d, tool: tool}")

    @Test("the list has every artifact with its digest")
    func list() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(Self.workflow)
            let result = try await home.slipway(["artifact", "list", "-o", "json", "1"])
            let listed = try #require(try JSONParser.parse(result.output.utf8).arrayValue)
            #expect(listed.map { $0["name"]?.stringValue } == ["d", "tool"])
            #expect(listed.map { $0["kind"]?.stringValue } == ["folder", "file"])
            #expect(listed[0]["job"] == "work.it")
            #expect(listed[0]["digest"]?.stringValue == (try report.job().digest(of: "d")))
            let table = try await home.slipway(["artifact", "list"])
            #expect(table.output.contains("tool"))
        }
    }

    @Test("an artifact that has the bytes of a layer outlives the image")
    func sharedBlob() async throws {
        try await TestHome.busy { home in
            let shown = try await home.slipway(
                ["image", "inspect", "busybox", "-o", "json"])
            let image = try JSONParser.parse(shown.output.utf8)
            let layer = try #require(image["layers"]?.arrayValue?.first?["digest"]?.stringValue)
            let hex = layer.dropFirst("sha256:".count)
            try Files.makeFolders("\(home.folder)/source")
            let bytes = try Files.readFile(
                "\(home.path)/blobs/sha256/\(hex.prefix(2))/\(hex)", limit: 1 << 26)
            try Files.writeFile("\(home.folder)/source/layer", bytes)
            let file = try home.workflow(
                """
                slipway: 1
                name: shared
                stages:
                  - {name: begin, type: start, source: {path: source}}
                  - name: work
                    jobs: [{name: it, component: busybox, produces: {l: layer}, script: "true"}]
                """)
            #expect(try await home.slipway(["run", file]).code == 0)
            #expect(try await home.slipway(["image", "remove", "busybox"]).code == 0)
            let target = "\(home.folder)/fetched"
            let got = try await home.slipway(
                ["artifact", "get", "last", "work.it", "l", "-o", target])
            #expect(got.code == 0, "\(got.error)")
            #expect(try Files.readFile(target, limit: 1 << 26) == bytes)
        }
    }

    @Test("what is fetched is what was made; nothing that exists is replaced")
    func get() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.workflow)
            let tool = "\(home.folder)/fetched"
            let words = ["artifact", "get", "last", "work.it", "tool", "-o", tool]
            #expect(try await home.slipway(words).code == 0)
            #expect(Files.isExecutable(tool))
            #expect(try Files.readFile(tool, limit: 100) == Array("#!/bin/sh\n".utf8))
            let again = try await home.slipway(words)
            #expect(again.code == 1)
            #expect(again.error.contains("exists already"))
            let folder = "\(home.folder)/tree"
            let got = try await home.slipway(
                ["artifact", "get", "1", "work.it", "d", "-o", folder])
            #expect(got.code == 0)
            #expect(try Files.readFile("\(folder)/x", limit: 100) == Array("x\n".utf8))
            // Nothing of the work in between stays.
            #expect(try Files.list(home.folder) == ["fetched", "home", "tree", "workflow.yaml"])
        }
    }

    @Test("by default it goes to its own name in the working folder")
    func defaultPlace() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.workflow)
            let result = try await home.slipway(
                ["artifact", "get", "last", "work.it", "d"], folder: home.folder)
            #expect(result.code == 0, "\(result.error)")
            #expect(Files.exists("\(home.folder)/d/x"))
        }
    }

    @Test("content that changed after it was recorded is refused, and nothing is left")
    func digest() async throws {
        try await TestHome.busy { home in
            let report = try await home.succeed(Self.workflow)
            let digest = try #require(try report.job().digest(of: "tool")).dropFirst(7)
            let found = try await Program.run(
                "/usr/bin/find", [home.path, "-name", String(digest)])
            let blob = String(found.output.prefix { $0 != "\n" })
            try Files.setMode(blob, 0o600)
            try Files.writeFile(blob, "altered".utf8)
            let target = "\(home.folder)/fetched"
            let result = try await home.slipway(
                ["artifact", "get", "last", "work.it", "tool", "-o", target])
            #expect(result.code == 2)
            #expect(result.error.contains(digest))
            #expect(!Files.exists(target))
            #expect(try Files.list(home.folder) == ["home", "workflow.yaml"])
        }
    }

    @Test("a job or a name that made none is not found, and the message says what there is")
    func notFound() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Self.workflow)
            for words in [["work.it", "other"], ["work.no", "d"]] {
                let result = try await home.slipway(["artifact", "get", "last"] + words)
                #expect(result.code == 3)
                #expect(result.error.contains("work.it d"))
            }
        }
    }
}
