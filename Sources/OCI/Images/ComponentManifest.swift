package import Domain

/// What a component says of itself: the image label `io.slipway.component` (DESIGN §3, "Manifest").
package struct ComponentManifest: Hashable, Sendable {
    package static let label = "io.slipway.component"

    package struct Input: Hashable, Sendable {
        package let name: String
        package let type: String
        package let isRequired: Bool
        package let defaultValue: JSONValue?
        package let description: String?
        package let choices: [JSONValue]
        package let isSecret: Bool
    }

    package struct Output: Hashable, Sendable {
        package let name: String
        package let description: String?
    }

    package let description: String?
    package let inputs: [Input]
    package let outputs: [Output]

    /// Reads the label's text; at most 64 KiB.
    package init(parsing text: String) throws(ImageError) {
        func problem(_ why: String) -> ImageError {
            .malformed(what: "label \(Self.label)", why: why)
        }
        guard text.utf8.count <= 64 << 10 else { throw problem("it is longer than 64 KiB") }
        let json: JSONValue
        do { json = try JSONParser.parse(text.utf8) } catch { throw problem(error.description) }
        guard json.objectValue != nil else { throw problem("it is not an object") }
        description = json["description"]?.stringValue
        var inputs: [Input] = []
        for item in json["inputs"]?.arrayValue ?? [] {
            guard let name = item["name"]?.stringValue, !name.isEmpty else {
                throw problem("an input without a name")
            }
            inputs.append(
                Input(
                    name: name, type: item["type"]?.stringValue ?? "string",
                    isRequired: item["required"]?.booleanValue ?? false,
                    defaultValue: item["default"], description: item["description"]?.stringValue,
                    choices: item["enum"]?.arrayValue ?? [],
                    isSecret: item["secret"]?.booleanValue ?? false))
        }
        self.inputs = inputs
        var outputs: [Output] = []
        for item in json["outputs"]?.arrayValue ?? [] {
            guard let name = item["name"]?.stringValue, !name.isEmpty else {
                throw problem("an output without a name")
            }
            outputs.append(Output(name: name, description: item["description"]?.stringValue))
        }
        self.outputs = outputs
    }
}
