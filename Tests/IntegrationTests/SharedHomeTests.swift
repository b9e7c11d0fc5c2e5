import Domain
import Glibc
import Storage
import TestSupport
import Testing

/// Several processes in one home, and homes that are not as they should be.
struct SharedHomeTests {
    @Test("ten runs at once in one home: each has its number, all succeed")
    func atOnce() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(
                Flow.script("echo $T_RUN_NUMBER >n", job: "produces: {n: n}"))
            let programs = try (0..<10).map { _ in try home.start(["run", "-o", "json", file]) }
            var numbers: Set<Int64> = []
            for program in programs {
                let report = try RunReport(await program.wait())
                #expect(report.code == 0, "\(report.error)")
                numbers.insert(try #require(report.number))
            }
            #expect(numbers == Set(1...10))
            let runs = try JSONParser.parse(
                try await home.slipway(["runs", "-o", "json"]).output.utf8)
            let listed = (runs.arrayValue ?? []).compactMap { $0["number"]?.integerValue }
            #expect(listed == (1...10).reversed())
        }
    }

    @Test("a home is made by ten processes at once")
    func firstUse() async throws {
        try await TestHome.with { home in
            let programs = try (0..<10).map { _ in try home.start(["runs", "-o", "json"]) }
            for program in programs {
                let result = try await program.wait()
                #expect(result.code == 0, "\(result.error)")
                #expect(result.output == "[]\n")
            }
        }
    }

    @Test("a store of a newer version is left alone")
    func newerStore() async throws {
        try await TestHome.busy { home in
            try await home.succeed(Flow.script("true"))
            let database = try Database(path: "\(home.path)/slipway.db")
            try await database.write {
                try $0.execute("INSERT INTO migrations VALUES ('runs-999', 0)")
            }
            for words in [["runs"], ["run", "\(home.folder)/workflow.yaml"], ["image", "list"]] {
                let result = try await home.slipway(words)
                #expect(result.code == 2)
                #expect(result.output.isEmpty)
                #expect(result.error.contains("newer slipway"), "\(result.error)")
                #expect(result.error.contains("runs-999"))
            }
        }
    }

    @Test("a store that is damaged is told of, not replaced")
    func damaged() async throws {
        try await TestHome.with { home in
            #expect(try await home.slipway(["runs"]).code == 0)
            let path = "\(home.path)/slipway.db"
            for suffix in ["-wal", "-shm"] { try Files.remove(path + suffix) }
            try Files.writeFile(path, [UInt8](repeating: 7, count: 8192))
            let result = try await home.slipway(["runs"])
            #expect(result.code == 2)
            #expect(result.error.contains("slipway.db") || result.error.contains("damaged"))
            #expect(try Files.readFile(path, limit: 1 << 20).count == 8192)
        }
    }

    @Test(
        "what cannot be read as a workflow ends with a message",
        arguments: [
            ("a file that is not there", "none.yaml", 3 as Int32, "no file"),
            ("a folder", "folder", 64, "folder"), ("an empty file", "empty.yaml", 64, ""),
            ("bytes that are no text", "bytes.yaml", 64, ""),
            ("a link in a circle", "circle.yaml", 2, "circle.yaml"),
        ])
    func unreadable(fact: String, name: String, code: Int32, message: String) async throws {
        try await TestHome.busy { home in
            try Files.makeFolders("\(home.folder)/folder")
            try await home.write("", to: "\(home.folder)/empty.yaml")
            try Files.writeFile("\(home.folder)/bytes.yaml", [0xff, 0xfe, 0x00, 0x01])
            try Files.link("circle.yaml", at: "\(home.folder)/circle.yaml")
            for verb in ["run", "lint"] {
                let result = try await home.slipway([verb, "\(home.folder)/\(name)"])
                // Findings are what `lint` is for: they end it with 1.
                let isFinding = verb == "lint" && code == 64 && name != "folder"
                #expect(result.code == (isFinding ? 1 : code))
                #expect((result.error + result.output).contains(message), "\(result.error)")
            }
        }
    }
}

/// Mounts for as long as a body runs.
func withMount(
    _ words: [String], _ body: () async throws -> Void, afterwards target: () -> String
) async throws {
    try await mount(words)
    do {
        try await body()
        try await unmount(target())
    } catch {
        try await unmount(target())
        throw error
    }
}

func mount(_ words: [String]) async throws {
    let result = try await Program.run("/bin/mount", words)
    try #require(result.code == 0, "\(result.error)")
}

func unmount(_ target: String) async throws {
    let result = try await Program.run("/bin/umount", [target])
    try #require(result.code == 0, "\(result.error)")
}
