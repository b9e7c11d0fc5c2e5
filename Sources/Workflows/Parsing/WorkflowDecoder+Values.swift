import Domain

/// The known members of one mapping.
struct Fields {
    let start: TextPosition
    private let entries: [String: YAMLNode.Entry]

    init(start: TextPosition, entries: [String: YAMLNode.Entry]) {
        self.start = start
        self.entries = entries
    }

    func value(_ key: String) -> YAMLNode? { entries[key]?.value }
    func key(_ key: String) -> YAMLNode? { entries[key]?.key }
    /// Where a key stands: what is missing below it is reported there.
    func place(of key: String) -> TextPosition { entries[key]?.key.start ?? start }
}

extension WorkflowDecoder {
    mutating func report(
        _ rule: LintRule, _ node: YAMLNode, _ message: String, hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        findings.add(
            Diagnostic(
                severity, rule: rule.rawValue, at: node.start, end: node.end, message, hint: hint))
    }

    mutating func report(
        _ rule: LintRule, _ position: TextPosition, _ message: String, hint: String? = nil
    ) {
        findings.add(
            Diagnostic(.error, rule: rule.rawValue, at: position, message, hint: hint))
    }

    mutating func reportName(_ node: YAMLNode, _ name: String, _ what: String) {
        report(
            .invalidName, node,
            "\(what) is '\(name.prefix(80))'; expected lower-case letters, digits and '-', "
                + "at most 63")
    }

    /// The members of a mapping; unknown and refused keys are reported.
    mutating func fields(of node: YAMLNode, _ keys: FormatKeys) -> Fields? {
        guard let entries = entries(of: node, keys.place) else { return nil }
        var found: [String: YAMLNode.Entry] = [:]
        for entry in entries {
            let name = entry.key.scalar ?? ""
            if keys.known.contains(name) {
                found[name] = entry
            } else if keys.refused.contains(name) {
                report(.notSupported, entry.key, "`\(name)` is not supported yet")
            } else {
                report(
                    .unknownKey, entry.key,
                    "'\(name.prefix(60))' is not a key of \(keys.place)",
                    hint: ForeignKeys.hint(for: name, in: keys.place)
                        ?? findings.hint(for: name, among: keys.known + keys.refused)
                        ?? "known keys: \(keys.known.joined(separator: ", "))")
            }
        }
        return Fields(start: node.start, entries: found)
    }

    mutating func entries(of node: YAMLNode, _ what: String) -> [YAMLNode.Entry]? {
        if case .mapping(let entries) = node.content { return entries }
        report(.wrongType, node, "\(what) is \(node.shown); expected a mapping")
        return nil
    }

    mutating func items(of node: YAMLNode, _ what: String) -> [YAMLNode]? {
        if case .sequence(let items) = node.content { return items }
        report(.wrongType, node, "\(what) is \(node.shown); expected a list")
        return nil
    }

    /// The text of a scalar exactly as the file gives it.
    mutating func text(_ node: YAMLNode, _ what: String) -> String? {
        guard let text = node.scalar, node.schemaType != .null else {
            report(.wrongType, node, "\(what) is \(node.shown); expected a text")
            return nil
        }
        if text.utf8.contains(0) {
            report(.invalidValue, node, "\(what) holds a zero byte")
            return nil
        }
        return text
    }

    mutating func optionalText(_ key: String, in fields: Fields) -> String? {
        guard let node = fields.value(key) else { return nil }
        return text(node, key)
    }

    mutating func requiredText(
        _ key: String, in fields: Fields, at position: TextPosition
    ) -> String? {
        guard let node = fields.value(key) else {
            report(.missingKey, position, "'\(key)' is missing")
            return nil
        }
        return text(node, key)
    }

    mutating func flag(_ key: String, in fields: Fields) -> Bool {
        guard let node = fields.value(key) else { return false }
        guard case .boolean(let flag) = node.schemaType else {
            report(.wrongType, node, "\(key) is \(node.shown); expected true or false")
            return false
        }
        return flag
    }

    /// A whole number within bounds; nil when it is absent or was reported.
    mutating func whole(
        _ key: String, in fields: Fields, _ bounds: ClosedRange<Int>
    ) -> Int? {
        guard let node = fields.value(key) else { return nil }
        guard case .integer(let count) = node.schemaType, let count = Int(exactly: count),
            bounds.contains(count)
        else {
            report(
                .invalidValue, node,
                "\(key) is \(node.shown); expected \(bounds.lowerBound) to \(bounds.upperBound)")
            return nil
        }
        return count
    }

    /// A list of texts.
    mutating func texts(_ node: YAMLNode, _ what: String) -> [String] {
        (items(of: node, what) ?? []).compactMap { text($0, "one of \(what)") }
    }

    mutating func duration(_ node: YAMLNode) -> Duration? {
        guard let text = text(node, "timeout") else { return nil }
        do {
            let duration = try Duration(parsing: text)
            guard duration > .zero else {
                report(.invalidDuration, node, "the timeout is \(text); expected more than nothing")
                return nil
            }
            return duration
        } catch {
            report(.invalidDuration, node, error.description)
            return nil
        }
    }

    mutating func resources(
        _ node: YAMLNode, over base: Resources, _ keys: FormatKeys = .resources
    ) -> Resources {
        guard let fields = fields(of: node, keys) else { return base }
        var cpu = base.cpu
        if let node = fields.value("cpu"), let text = text(node, "cpu") {
            do {
                cpu = try ProcessorShare(parsing: text)
                if let cpu, cpu.millicores < Resources.smallestCPU.millicores {
                    report(.invalidQuantity, node, "cpu is \(text); expected at least 10m")
                }
            } catch {
                report(.invalidQuantity, node, error.description)
            }
        }
        let memory = size(fields, "memory", atLeast: Resources.smallestMemory, "6Mi")
        let disk = size(fields, "disk", atLeast: Resources.smallestDisk, "4Mi")
        if let disk, let node = fields.value("disk"), disk > Resources.largestDisk {
            report(.invalidQuantity, node, "disk is \(disk); expected at most 1Ti")
        }
        return Resources(cpu: cpu, memory: memory ?? base.memory, disk: disk ?? base.disk)
    }

    private mutating func size(
        _ fields: Fields, _ name: String, atLeast least: ByteSize, _ leastText: String
    ) -> ByteSize? {
        guard let node = fields.value(name), let text = text(node, name) else { return nil }
        do {
            let size = try ByteSize(parsing: text)
            if size < least {
                report(.invalidQuantity, node, "\(name) is \(text); expected at least \(leastText)")
            }
            return size
        } catch {
            report(.invalidQuantity, node, error.description)
            return nil
        }
    }

    /// A list of unique value names.
    mutating func names(_ node: YAMLNode?, _ what: String) -> [String] {
        guard let node, let items = items(of: node, "the list") else { return [] }
        var names: [String] = []
        var seen: Set<String> = []
        for item in items {
            guard let name = valueName(item, what) else { continue }
            if seen.insert(name).inserted {
                names.append(name)
            } else {
                report(.duplicateName, item, "\(what) '\(name)' stands twice")
            }
        }
        return names
    }

    mutating func valueName(_ node: YAMLNode, _ what: String) -> String? {
        guard let name = text(node, what) else { return nil }
        guard Names.isValue(name) else {
            report(
                .invalidName, node,
                "\(what) is '\(name.prefix(80))'; expected a letter or '_', then letters, "
                    + "digits, '_', '.' or '-'")
            return nil
        }
        guard !Names.reservedValues.contains(name) else {
            report(.reservedName, node, "the name \(name) belongs to the component contract")
            return nil
        }
        return name
    }

    /// `env` and `inputs`: names with texts that may hold references.
    mutating func templates(_ node: YAMLNode?, site: ReferenceUse.Site?) -> [NamedTemplate] {
        guard let node, let entries = entries(of: node, site == nil ? "env" : "inputs")
        else { return [] }
        var result: [NamedTemplate] = []
        for entry in entries {
            guard let name = valueName(entry.key, "an input's name") else { continue }
            claim(name, at: entry.key, isForAll: site == nil)
            guard let text = text(entry.value, name) else { continue }
            do {
                let template = try Template(parsing: text)
                note(template, of: name, at: entry.value, site: site)
                result.append(
                    NamedTemplate(name: name, template: template, position: entry.value.start))
            } catch {
                report(.badReference, entry.value, error.description)
            }
        }
        return result
    }
}
