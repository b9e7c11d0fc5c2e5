import Domain
import Workflows

/// What `slipway explain` says about a key of the format, or about a mapping.
struct FieldExplanation {
    private let mapping: FormatMapping?
    private let places: [FormatReference.Place]

    /// A key with or without its path, or a mapping's name; nil for another word.
    init?(_ name: String) {
        mapping = FormatReference.mapping(name)
        places = FormatReference.places(at: name)
        if mapping == nil, places.isEmpty { return nil }
    }

    /// Every path of one step, and every mapping; for suggestions and completion.
    static let names: [String] = {
        let keys = FormatReference.everyPlace.map(\.key.name)
        let names = Set(keys).union(FormatReference.mappings.map(\.name))
        return names.sorted() + FormatReference.everyPlace.map(\.path)
    }()

    var text: String {
        var parts = places.map { Self.text(of: $0) }
        // One key with keys of its own: they follow at once.
        let inner = mapping ?? places.first.flatMap { places.count == 1 ? Self.only($0) : nil }
        if let inner { parts.append(Self.text(of: inner)) }
        return parts.joined(separator: "\n\n")
    }

    private static func only(_ place: FormatReference.Place) -> FormatMapping? {
        let names = place.key.value.mappings
        return names.count == 1 ? FormatReference.mapping(names[0]) : nil
    }

    private static func text(of place: FormatReference.Place) -> String {
        let key = place.key
        var lines = ["\(place.path): \(key.summary)"]
        if !place.isTaken { lines.append("  this version does not take it yet") }
        lines.append("  value:    \(key.value.shown)")
        if key.isRequired { lines.append("  required") }
        if let fallback = key.fallback { lines.append("  default:  \(fallback)") }
        lines.append("  example:")
        lines += key.example.split(separator: "\n").map { "    \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func text(of mapping: FormatMapping) -> String {
        var table = Table("KEY", "WHAT")
        for key in mapping.keys {
            let notes = [
                key.summary, key.isRequired ? "Required." : nil,
                key.fallback.map { "Default: \($0)." },
                mapping.takes(key) ? nil : "Not taken yet.",
            ]
            table.add(key.name, notes.compactMap { $0 }.joined(separator: " "))
        }
        return "\(mapping.name): \(mapping.summary)" + (table.isEmpty ? "" : "\n\n\(table.text)")
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["keys": .array(places.map { Self.json(of: $0) })]
        if let mapping {
            members["mapping"] = [
                "name": .string(mapping.name), "summary": .string(mapping.summary),
                "keys": .array(mapping.keys.map { JSONValue.string($0.name) }),
            ]
        }
        return .object(members)
    }

    private static func json(of place: FormatReference.Place) -> JSONValue {
        [
            "path": .string(place.path), "summary": .string(place.key.summary),
            "value": .string(place.key.value.shown), "example": .string(place.key.example),
            "default": place.key.fallback.map(JSONValue.string) ?? .null,
            "required": .boolean(place.key.isRequired), "supported": .boolean(place.isTaken),
        ]
    }
}
