import Domain
import Storage
import TestSupport
import Testing

/// What the guides show is typed: their first workflow, and a test file with its workflow.
struct GuideTests {
    /// The fenced blocks of a guide, in order.
    private static func blocks(_ guide: String) throws -> [(language: String, text: String)] {
        let bytes = try Files.readFile("\(Checkout.root)/docs/guides/\(guide)", limit: 1 << 20)
        var blocks: [(language: String, text: String)] = []
        var isOpen = false
        for line in String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("```") {
                if !isOpen { blocks.append((String(line.dropFirst(3)), "")) }
                isOpen.toggle()
            } else if isOpen {
                blocks[blocks.count - 1].text += line + "\n"
            }
        }
        return blocks
    }

    @Test("the first workflow is sound, and what other guides ask of it is answered")
    func workflow() async throws {
        let text = try #require(try Self.blocks("workflows.md").first { $0.language == "yaml" })
            .text
        try await TestHome.with { home in
            let file = try home.workflow(text, name: "release.yaml")
            let lint = try await home.slipway(["lint", file])
            #expect(lint.output == "" && lint.code == 0, "\(lint.output)")
            let folder = PathText.folder(of: file)
            let shown = try ShownCommand.all().filter {
                ["simulate", "expand", "graph"].contains($0.words.first ?? "")
                    && $0.words.contains("release.yaml")
            }
            #expect(shown.count >= 2)
            for command in shown {
                let result = try await home.slipway(command.words, folder: folder)
                #expect(result.code == 0, "\(command.testDescription): \(result.error)")
            }
        }
    }

    @Test("the test file plays its workflow, and what differs is shown as it is told")
    func cases() async throws {
        let blocks = try Self.blocks("test.md")
        let files = blocks.filter { $0.language == "yaml" }.map(\.text)
        let cases = try #require(files.first { $0.hasPrefix("slipway-test: 1\n") })
        let workflow = try #require(files.first { $0.hasPrefix("slipway: 1\n") })
        let difference = try #require(
            blocks.map(\.text).first { $0.hasPrefix("release.test.yaml\n") })
        try await TestHome.with { home in
            let file = try home.workflow(cases, name: "release.test.yaml")
            _ = try home.workflow(workflow, name: "release.yaml")
            let folder = PathText.folder(of: file)
            let passed = try await home.slipway(["test"], folder: folder)
            #expect(passed.code == 0, "\(passed.output)\(passed.error)")
            let condition = #"when: inputs.T_BRANCH == "main", "#
            #expect(workflow.contains(condition))
            _ = try home.workflow(workflow.replacing(condition, with: ""), name: "release.yaml")
            let failed = try await home.slipway(["test"], folder: folder)
            #expect(failed.code == 1)
            #expect(failed.output.hasPrefix(difference), "\(failed.output)")
        }
    }
}
