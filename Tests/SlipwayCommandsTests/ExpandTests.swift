import Domain
import Storage
import TestSupport
import Testing

/// `slipway expand` on the examples.
struct ExpandTests {
    @Test("every example expands, to YAML and to JSON")
    func examples() async throws {
        try await TestHome.with { home in
            let folder = "\(Checkout.root)/Examples"
            for file in try Files.list(folder) where file.hasSuffix(".yaml") {
                if file.hasSuffix(".test.yaml") { continue }
                let path = "\(folder)/\(file)"
                let text = try await home.slipway(["expand", path])
                #expect(text.code == 0, "\(file): \(text.error)")
                #expect(text.output.contains("# line "))
                let json = try await home.slipway(["expand", "-o", "json", path])
                let document = try JSONParser.parse(json.output.utf8)
                #expect(document["workflow"]?["slipway"] == 1, "\(file)")
            }
            #expect(!Files.exists(home.path))
        }
    }

    @Test("an input that does not fit is refused, and a file that is not valid")
    func refuses() async throws {
        try await TestHome.with { home in
            let example = "\(Checkout.root)/Examples/matrix.yaml"
            let input = try await home.slipway(["expand", example, "-i", "X=1"])
            #expect(input.code == 64)
            #expect(input.error.contains("there is no input 'X' of the run"))
            let file = try home.workflow("slipway: 1\nname: a\nstages: no\n")
            let wrong = try await home.slipway(["expand", file])
            #expect(wrong.code == 64)
            #expect(wrong.error.contains("3:9: error[wrong-type]"))
        }
    }
}
