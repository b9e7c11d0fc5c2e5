/// The workflow format, told once (DESIGN §2): from here come the JSON Schema, the reference in
/// `docs/reference/workflow.md` and `slipway explain`. What a version does not take yet is what
/// `FormatKeys` refuses.
package enum FormatReference {
    /// In the order of the reference.
    package static let mappings: [FormatMapping] =
        [
            workflow, output, defaults, concurrency, notification, template, parameter,
            templateFile, start,
            input, source, credentials, stage, pause, job,
        ] + partsOfJobs + triggers

    /// A key, and the mapping that has it.
    package struct Place: Sendable {
        package let mapping: FormatMapping
        package let key: FormatKey

        /// Such as `job.retry`.
        package var path: String { "\(mapping.name).\(key.name)" }
        package var isTaken: Bool { mapping.takes(key) }
    }

    package static func mapping(_ name: String) -> FormatMapping? {
        mappings.first { $0.name == name }
    }

    static func title(_ name: String) -> String { mapping(name)?.title ?? name }

    package static let everyPlace: [Place] = mappings.flatMap { mapping in
        mapping.keys.map { Place(mapping: mapping, key: $0) }
    }

    /// The keys that a path means: `shards`, `job.timeout`, `stages.jobs.retry.attempts`.
    package static func places(at path: String) -> [Place] {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last, parts.count <= 16 else { return [] }
        let before = parts.dropLast()
        return everyPlace.filter { $0.key.name == last && leads(before, to: $0.mapping) }
    }

    /// Whether a path ends in a mapping: it names it, or a key whose value it is.
    private static func leads(_ path: ArraySlice<String>, to mapping: FormatMapping) -> Bool {
        guard let last = path.last else { return true }
        if path.count == 1, mapping.name == last { return true }
        return everyPlace.contains {
            $0.key.name == last && $0.key.value.mappings.contains(mapping.name)
                && leads(path.dropLast(), to: $0.mapping)
        }
    }
}
