/// `docs/reference/workflow.md`: the format for people, from `FormatReference`.
package enum FormatPage {
    package static var markdown: String {
        var lines = head
        lines += FormatReference.mappings.map { "- [\($0.title)](#\(anchor($0)))" }
        for mapping in FormatReference.mappings { lines += section(mapping) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let head = [
        "# The workflow file",
        "",
        "Written by `UPDATE_GOLDEN=1 swift test --filter 'ReferenceTests|SchemaTests'` from the",
        "table in `Sources/Workflows/Reference/`, which also makes `slipway explain` and the JSON",
        "Schema. The [guide](../guides/workflows.md) tells how the keys work together.",
        "",
        "The YAML below a table has an example of each key, to look up: they do not all go",
        "together, but for those of [a workflow](#a-workflow), which make a file.",
        "",
        "Keys marked *later* are part of the format, but this version refuses them by name.",
        "",
        "In an editor that reads JSON Schema:",
        "`slipway schema --draft draft-07 >workflow.schema.json`, and as the first line of a",
        "workflow `# yaml-language-server: $schema=workflow.schema.json`.",
        "",
    ]

    /// As code hosts make it of a heading.
    private static func anchor(_ mapping: FormatMapping) -> String {
        String(
            mapping.title.lowercased().map { $0 == " " ? "-" : $0 })
    }

    private static func section(_ mapping: FormatMapping) -> [String] {
        var lines = ["", "## \(mapping.title)", "", mapping.summary]
        guard !mapping.keys.isEmpty else { return lines }
        lines += ["", "| key | value | what |", "| --- | --- | --- |"]
        for key in mapping.keys {
            var notes = [key.summary]
            if key.isRequired { notes.append("Required.") }
            if let fallback = key.fallback { notes.append("Default: \(fallback).") }
            if !mapping.takes(key) { notes.append("*Later.*") }
            lines.append(
                "| `\(key.name)` | \(cell(key.value.shown)) "
                    + "| \(cell(notes.joined(separator: " "))) |")
        }
        lines += ["", "```yaml"]
        lines += mapping.keys.map(\.example)
        lines.append("```")
        return lines
    }

    private static func cell(_ text: String) -> String {
        String(text.flatMap { $0 == "|" ? Array("\\|") : [$0] })
    }
}
