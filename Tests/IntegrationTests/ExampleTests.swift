import Storage
import TestSupport
import Testing

/// Every file of `Examples/` ends as its table says.
struct ExampleTests {
    @Test("every file has a row, and every row a file")
    func table() throws {
        let named = Set(try ExampleTable.rows().map(\.file))
        #expect(try named.sorted() == ExampleTable.files())
    }

    @Test("an example has no findings", arguments: try ExampleTable.files())
    func lint(file: String) async throws {
        try await TestHome.with { home in
            let result = try await home.slipway(["lint", "\(ExampleTable.folder)/\(file)"])
            #expect(result.code == 0)
            #expect(result.output.isEmpty)
        }
    }

    @Test("an example ends as its row says", arguments: try ExampleTable.rows())
    func run(row: ExampleRow) async throws {
        let needsSource = try ExampleTable.text(row.path).contains("path: .sources/")
        try #require(
            !needsSource || Files.exists("\(ExampleTable.folder)/.sources/tcc"),
            "its source is not there; get it with: scripts/example-source")
        try await TestHome.busy(try row.images()) { home in
            let result = try await home.slipway(
                ["run", "Examples/\(row.file)"] + row.arguments, folder: Checkout.root)
            #expect(result.code == row.exitCode, "\(result.error)")
            // Answers alone go to standard output, and this one was not asked for.
            #expect(result.output.isEmpty)
        }
    }
}
