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

    package static let sizeLimit = 64 << 10

    /// Reads the label's text, at most 64 KiB; the error is the first of what is wrong with it.
    package init(parsing text: String) throws(ImageError) {
        var reader = ComponentManifestReader()
        let json = reader.read(text)
        description = json["description"]?.stringValue
        inputs = reader.inputs(json)
        outputs = reader.outputs(json)
        if let first = reader.problems.first {
            throw .malformed(what: "label \(Self.label)", why: first)
        }
    }

    /// Everything that is wrong with a label, each with its place: a byte, or the path of a value
    /// (RFC 6901).
    package static func problems(in text: String) -> [String] {
        var reader = ComponentManifestReader()
        let json = reader.read(text)
        _ = reader.inputs(json)
        _ = reader.outputs(json)
        return reader.problems + reader.notes
    }

    /// What to tell people of an image whose label is not a manifest; it runs nevertheless.
    package static func findings(in configuration: ImageConfiguration) -> [String] {
        guard let text = configuration.labels[label] else { return [] }
        return problems(in: text).map { "label \(label): \($0)" }
    }
}
