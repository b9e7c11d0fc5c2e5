import Domain
import TestSupport
import Testing
import Workflows

/// The table of the format, held against the parser and against what is made from it.
struct ReferenceTests {
    @Test("the table has the keys that the parser knows or refuses, and no others")
    func keys() throws {
        var read = 0
        for mapping in FormatReference.mappings {
            guard let names = mapping.parsedNames else { continue }
            read += 1
            #expect(Set(mapping.keys.map(\.name)) == names, "\(mapping.name)")
        }
        #expect(read >= 17)
    }

    @Test("names are told apart, and every mapping that a key leads to is there")
    func names() {
        let names = FormatReference.mappings.map(\.name)
        #expect(Set(names).count == names.count)
        for mapping in FormatReference.mappings {
            let keys = mapping.keys.map(\.name)
            #expect(Set(keys).count == keys.count, "\(mapping.name)")
            for key in mapping.keys {
                #expect(key.example.hasPrefix("\(key.name):"), "\(mapping.name).\(key.name)")
                #expect(key.summary.hasSuffix("."), "\(mapping.name).\(key.name)")
                for name in key.value.mappings { #expect(names.contains(name)) }
            }
        }
    }

    @Test(
        "a path means a key wherever it leads to one",
        arguments: [
            ("shards", ["job.shards"]),
            ("job.timeout", ["job.timeout"]),
            ("retry.attempts", ["retry.attempts"]),
            ("stages.jobs.retry.attempts", ["retry.attempts"]),
            ("workflow.stages.jobs.consumes.from", ["consumed.from"]),
            ("templates.job.shards", ["job.shards"]),
            ("fail-fast", ["stage.fail-fast"]),
            (
                "timeout",
                [
                    "workflow.timeout", "defaults.timeout", "stage.timeout", "pause.timeout",
                    "job.timeout", "service.timeout",
                ]
            ),
            ("pause.shards", []),
            ("nonsense", []),
            ("", []),
            ("..", []),
        ] as [(String, [String])])
    func paths(path: String, expected: [String]) {
        #expect(FormatReference.places(at: path).map(\.path) == expected)
    }

    @Test("the reference in docs/ is what the table says")
    func page() throws {
        let text = FormatPage.markdown
        #expect(try Golden.expected("docs/reference/workflow.md", made: text) == text)
    }

    @Test("the example of a workflow is a workflow")
    func example() throws {
        let mapping = try #require(FormatReference.mappings.first { $0.name == "workflow" })
        let text = mapping.keys.map(\.example).joined(separator: "\n")
        let outcome = WorkflowFile.parse(Array(text.utf8))
        #expect(outcome.diagnostics.map { $0.rendered(file: "example") } == [])
    }

    @Test("explain tells a key, a mapping, a path, and what was meant")
    func explain() async throws {
        try await TestHome.with { home in
            let key = try await home.slipway(["explain", "job.retry"])
            #expect(key.code == 0)
            #expect(key.output.contains("job.retry: When an attempt is made again."))
            #expect(key.output.contains("attempts"))
            let mapping = try await home.slipway(["explain", "resources"])
            #expect(mapping.output.contains("memory"))
            let json = try await home.slipway(["explain", "shards", "-o", "json"])
            let value = try JSONParser.parse(json.output.utf8)
            #expect(value["keys"]?.arrayValue?.first?["path"] == "job.shards")
            let slip = try await home.slipway(["explain", "shardz"])
            #expect(slip.code == 3)
            #expect(slip.error.contains("did you mean 'shards'?"))
        }
    }
}
