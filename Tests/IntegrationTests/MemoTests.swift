import Storage
import TestSupport
import Testing

/// Jobs with `cache`, in real containers (docs/decisions/0013).
struct MemoTests {
    private static let workflow = """
        slipway: 1
        name: memo
        stages:
          - {name: begin, type: start, source: {path: src}}
          - name: make
            jobs:
              - name: it
                component: library/busybox:latest
                cache: {files: [code, notes/one]}
                script: |
                  cat code/* > made
                  cat /proc/sys/kernel/random/uuid >> made
                  echo "[T_RESULT] SIZE = $(wc -c < made)"
                  env | grep '^T_RUN' && exit 1 || true
                outputs: [SIZE]
                produces: {made: made}
        """

    @Test("a change of a named file runs the job again, another change does not")
    func files() async throws {
        try await TestHome.busy { home in
            let file = try home.workflow(Self.workflow, name: "memo.yaml")
            let source = file.dropLast("memo.yaml".utf8.count) + "src"
            try Files.makeFolders("\(source)/code")
            try Files.makeFolders("\(source)/notes")
            for name in ["code/a", "code/b", "notes/one", "notes/two"] {
                try Files.writeFile("\(source)/\(name)", name.utf8)
            }
            var made: [String] = []
            func run(_ arguments: [String] = []) async throws -> Bool {
                let result = try await home.slipway(["run", file] + arguments)
                #expect(result.code == 0, "\(result.error)")
                let path = "\(file).made"
                let got = try await home.slipway(
                    ["artifact", "get", "last", "make.it", "made", "-o", path])
                #expect(got.code == 0, "\(got.error)")
                made.append(
                    String(
                        decoding: try Files.readFile(path, limit: 1 << 20), as: UTF8.self))
                try Files.remove(path)
                return result.error.contains("from run")
            }
            #expect(try await run() == false)
            #expect(try await run() == true)
            #expect(made[0] == made[1])
            try Files.writeFile("\(source)/notes/two", "changed".utf8)
            #expect(try await run() == true)
            try Files.writeFile("\(source)/code/b", "changed".utf8)
            #expect(try await run() == false)
            #expect(made[3] != made[2])
            let explained = try await home.slipway(["cache", "explain", "last", "make.it"])
            #expect(explained.output.contains("files.code/b"))
            #expect(!explained.output.contains("files.code/a"))
            #expect(try await run(["--no-cache"]) == false)
            let results = try await home.slipway(["cache", "results"])
            #expect(results.output.contains("make.it"))
            let pruned = try await home.slipway(["cache", "prune", "--all"])
            #expect(pruned.output.contains("forgot 2 results"))
            #expect(try await run() == false)
        }
    }
}
