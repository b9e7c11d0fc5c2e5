package import Domain

/// The JSON Schema of workflow files, for editors and for other validators.
///
/// It asks for less than the linter: what it refuses, the linter refuses; references, order and
/// Lua are the linter's alone.
package struct FormatSchema {
    package enum Draft: String, CaseIterable, Sendable {
        case draft2020 = "2020-12"
        /// What most editors read.
        case draft07 = "draft-07"

        var address: String {
            switch self {
            case .draft2020: "https://json-schema.org/draft/2020-12/schema"
            case .draft07: "http://json-schema.org/draft-07/schema#"
            }
        }

        /// Where a schema keeps its parts.
        var definitions: String { self == .draft2020 ? "$defs" : "definitions" }
    }

    private let draft: Draft
    private var definitions: [String: JSONValue] = [:]

    /// The whole schema as one document.
    package static func document(_ draft: Draft) -> JSONValue {
        var schema = FormatSchema(draft: draft)
        let workflow = schema.reference("workflow", isPart: false)
        let templates = schema.reference("template-file", isPart: false)
        let ofWorkflow: JSONValue = ["anyOf": [having("name"), having("stages")]]
        return .object([
            "$schema": .string(draft.address), "title": "Slipway workflow", "type": "object",
            // As the parser tells a file of templates.
            "if": ["required": ["templates"], "not": ofWorkflow],
            "then": templates, "else": workflow,
            draft.definitions: .object(schema.definitions),
        ])
    }

    private init(draft: Draft) {
        self.draft = draft
    }

    /// `isPart`: within a template, where values may be parameters.
    private mutating func object(
        _ mapping: FormatMapping, isPart: Bool
    ) -> [String: JSONValue] {
        var properties: [String: JSONValue] = [:]
        for key in mapping.keys {
            properties[key.name] = property(key, of: mapping, isPart: isPart)
        }
        var members: [String: JSONValue] = [
            "type": "object", "description": .string(mapping.summary),
            "properties": .object(properties), "additionalProperties": false,
        ]
        let required = mapping.keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        let isPartOfJob = isPart && mapping.name == "job"
        if !required.isEmpty, !isPartOfJob { members["required"] = .array(required) }
        if mapping.name == "job" {
            members["not"] = Self.having("command", "script")
            let kinds = ["component", "use", "service", "workflow"].filter { kind in
                mapping.key(kind).map(mapping.takes) ?? false
            }
            if !isPartOfJob { members["anyOf"] = .array(kinds.map { Self.having($0) }) }
        }
        return members
    }

    private static func having(_ keys: String...) -> JSONValue {
        ["required": .array(keys.map(JSONValue.string))]
    }

    private mutating func property(
        _ key: FormatKey, of mapping: FormatMapping, isPart: Bool
    ) -> JSONValue {
        guard mapping.takes(key) else {
            return [
                "not": [:],
                "description": .string("\(key.summary) This version does not take it yet."),
            ]
        }
        var members = schema(key.value, isPart: isPart).objectValue ?? [:]
        // In draft-07 nothing beside a reference counts.
        if members["$ref"] != nil { members = ["allOf": [.object(members)]] }
        let fallback = key.fallback.map { "\n\nDefault: `\($0)`" } ?? ""
        members["description"] = .string(key.summary)
        members["markdownDescription"] = .string(
            "\(key.summary)\(fallback)\n\n```yaml\n\(key.example)\n```")
        if let example = YAMLNode.reading(key.example)?.json?[key.name] {
            members["examples"] = [example]
        }
        return .object(members)
    }

    private mutating func reference(_ name: String, isPart: Bool) -> JSONValue {
        let key = isPart ? "\(name)-in-template" : name
        if definitions[key] == nil, let mapping = FormatReference.mapping(name) {
            // It may lead to itself.
            definitions[key] = true
            definitions[key] = .object(object(mapping, isPart: isPart))
        }
        return ["$ref": .string("#/\(draft.definitions)/\(key)")]
    }
}

// MARK: Values

extension FormatSchema {
    private mutating func schema(_ value: FormatValue, isPart: Bool) -> JSONValue {
        let whole = wholeSchema(value, isPart: isPart)
        switch value {
        case .text, .anything, .partOfJob: return whole
        default: return isPart ? ["anyOf": [whole, Self.parameter]] : whole
        }
    }

    /// A parameter's value stands in its place, whatever it is.
    private static let parameter: JSONValue = [
        "type": "string", "pattern": "\\$\\{parameters\\.",
    ]
    /// Scalars that the format reads as the text that they are.
    private static let scalar: JSONValue = ["type": ["string", "number", "boolean"]]

    private mutating func wholeSchema(_ value: FormatValue, isPart: Bool) -> JSONValue {
        switch value {
        case .text: return Self.scalar
        case .version: return ["const": 1]
        case .choice(let words): return ["enum": .array(words.map(JSONValue.string))]
        case .flag: return ["type": "boolean"]
        case .whole(let bounds):
            return [
                "type": "integer", "minimum": .integer(Int64(bounds.lowerBound)),
                "maximum": .integer(Int64(bounds.upperBound)),
            ]
        case .duration:
            return ["type": "string", "pattern": "^(?=.*[1-9])([0-9]+(ms|s|m|h|d))+$"]
        case .processorShare:
            return [
                "type": ["string", "number"], "exclusiveMinimum": 0,
                "pattern": "^[0-9]{1,9}(m|\\.[0-9]{1,3})?$",
            ]
        case .size:
            return [
                "type": ["string", "integer"], "minimum": 1,
                "pattern": "^[0-9]+([kKMGT]|[KMGT]i)?$",
            ]
        case .name(let form): return Self.name(form)
        case .list(let value, let least):
            return Self.limited(
                ["type": "array", "items": schema(value, isPart: isPart)], "minItems", least)
        case .named(let value, let form, let least):
            return Self.limited(
                [
                    "type": "object", "propertyNames": Self.name(form),
                    "additionalProperties": schema(value, isPart: isPart),
                ], "minProperties", least)
        case .mapping(let name): return reference(name, isPart: isPart)
        case .partOfJob: return reference("job", isPart: true)
        case .stages: return stages()
        case .either(let values):
            return ["anyOf": .array(values.map { schema($0, isPart: false) })]
        case .anything: return [:]
        }
    }

    private static func limited(
        _ members: [String: JSONValue], _ limit: String, _ least: Int
    ) -> JSONValue {
        guard least > 0 else { return .object(members) }
        return .object(members.merging([limit: .integer(Int64(least))]) { $1 })
    }

    /// The patterns count for strings alone: a name such as `1` is a number to YAML.
    private static func name(_ form: FormatValue.NameForm) -> JSONValue {
        let pattern =
            switch form {
            case .place: "^[a-z0-9-]{1,63}$"
            case .value: "^[A-Za-z_][A-Za-z0-9_.-]{0,127}$"
            }
        return ["type": ["string", "number", "boolean"], "pattern": .string(pattern)]
    }

    /// The type says which keys a stage has.
    private mutating func stages() -> JSONValue {
        func isOfType(_ name: String) -> JSONValue {
            ["properties": ["type": ["const": .string(name)]], "required": ["type"]]
        }
        let others: JSONValue = [
            "if": isOfType("pause"), "then": reference("pause", isPart: false),
            "else": reference("stage", isPart: false),
        ]
        return [
            "type": "array", "minItems": 1,
            "maxItems": .integer(Int64(WorkflowDecoder.stageLimit)),
            "items": [
                "if": isOfType("start"), "then": reference("start", isPart: false),
                "else": others,
            ],
        ]
    }
}
