import OCI
import TestSupport
import Testing

/// The label `io.slipway.component`.
struct ComponentManifestTests {
    private static let whole = """
        {"description": "d", "inputs": [{"name": "T_A", "type": "integer", "required": true,
        "default": 1, "description": "a", "enum": [1, 2], "secret": false}],
        "outputs": [{"name": "B", "description": "b"}], "network": "none"}
        """

    @Test("a whole one is read, without complaint")
    func whole() throws {
        let manifest = try ComponentManifest(parsing: Self.whole)
        #expect(manifest.inputs.map(\.name) == ["T_A"])
        #expect(manifest.inputs.first?.choices.count == 2)
        #expect(manifest.outputs.map(\.description) == ["b"])
        #expect(ComponentManifest.problems(in: Self.whole).isEmpty)
    }

    @Test(
        "what is malformed is said with its place, and refused",
        arguments: [
            ("", "byte 0"), (#"{"a": }"#, "byte 6"), ("[]", "not an object"),
            (#"{"description": 1}"#, "/description: expected a text"),
            (#"{"inputs": {}}"#, "/inputs: expected a list"),
            (#"{"inputs": [1]}"#, "/inputs/0: expected a name"),
            (#"{"inputs": [{"name": "a b"}]}"#, "/inputs/0/name: expected a name"),
            (#"{"outputs": [{"name": "A"}, {"name": "A"}]}"#, "/outputs/1/name: 'A' stands twice"),
            (
                #"{"inputs": [{"name": "A", "required": "yes"}]}"#,
                "/inputs/0/required: expected true"
            ),
            (#"{"inputs": [{"name": "A", "enum": "x"}]}"#, "/inputs/0/enum: expected a list"),
            (#"{"inputs": [{"name": "A", "type": 1}]}"#, "/inputs/0/type: expected a text"),
        ])
    func malformed(text: String, why: String) throws {
        #expect(
            ComponentManifest.problems(in: text).contains { $0.contains(why) },
            "\(ComponentManifest.problems(in: text))")
        #expect(throws: ImageError.self) { try ComponentManifest(parsing: text) }
    }

    @Test(
        "what is not known is said, and taken: it may be newer",
        arguments: [
            (#"{"input": []}"#, "/input: the key is not known; did you mean 'inputs'?"),
            (#"{"inputs": [{"name": "A", "a/b~": 1}]}"#, "/inputs/0/a~1b~0: the key is not known"),
            (#"{"inputs": [{"name": "A", "type": "file"}]}"#, "/inputs/0/type: expected one of"),
        ])
    func unknown(text: String, why: String) throws {
        #expect(
            ComponentManifest.problems(in: text).contains { $0.contains(why) },
            "\(ComponentManifest.problems(in: text))")
        _ = try ComponentManifest(parsing: text)
    }

    @Test("it has limits")
    func limits() {
        #expect(
            ComponentManifest.problems(in: String(repeating: " ", count: 70_000)).first
                == "it is longer than 64 KiB")
        let many = #"{"outputs": ["# + [String](repeating: "1", count: 200).joined(separator: ",")
        #expect(ComponentManifest.problems(in: many + "]}").count == 50)
    }

    @Test("altered texts are refused or read, never trapped on", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let text = String(decoding: random.mutated(Array(Self.whole.utf8)), as: UTF8.self)
            let problems = ComponentManifest.problems(in: text)
            do { _ = try ComponentManifest(parsing: text) } catch {
                #expect(!problems.isEmpty)
            }
        }
    }
}
