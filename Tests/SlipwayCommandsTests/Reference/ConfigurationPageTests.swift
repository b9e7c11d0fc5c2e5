import Domain
import TestSupport
import Testing
import Workflows

/// The page of the configuration, held against the parser and the sources.
struct ConfigurationPageTests {
    @Test("the page of the configuration in docs/ is what the table says")
    func page() throws {
        let text = ConfigurationReference.markdown
        #expect(try Golden.expected("docs/reference/configuration.md", made: text) == text)
    }

    @Test("the table has the keys that the parser knows, and no others")
    func keys() {
        for mapping in ConfigurationReference.mappings {
            #expect(Set(mapping.keys.map(\.name)) == mapping.parsedNames, "\(mapping.title)")
        }
    }

    @Test("the example of the whole file is valid")
    func example() throws {
        let text = try #require(ConfigurationReference.mappings.first?.example)
        let (file, findings) = ConfigurationFile.read(Array(text.utf8))
        #expect(findings.map { $0.rendered(file: "config.yaml") } == [])
        #expect(file.approvers["acme/release-managers"] == ["ada", "grace"])
        #expect(file.registries.count == 2)
    }

    @Test("every variable that the command line asks for by name is in the table")
    func variables() async throws {
        let listed = try await TestSupport.Program.run(
            "/bin/grep",
            [
                "-rhoE", "nvironment[[(]\"[A-Z_]+\"", "--include=*.swift",
                "\(Checkout.root)/Sources/SlipwayCommands", "\(Checkout.root)/Sources/Storage",
                "\(Checkout.root)/Sources/Registry",
            ])
        let names = Set(
            listed.output.split(separator: "\n").compactMap { line in
                line.split(separator: "\"").last.map(String.init)
            })
        #expect(names.contains("SLIPWAY_HOME"))
        let known = Set(ConfigurationReference.variables.map(\.name))
        #expect(names.subtracting(known) == [])
    }
}
