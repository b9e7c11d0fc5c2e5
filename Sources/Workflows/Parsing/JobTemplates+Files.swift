import Domain

/// Templates of other files, and files that hold nothing else (docs/decisions/0008).
extension WorkflowDecoder {
    /// The index of a file that a value names; nil when there is none, which was reported.
    mutating func otherFile(_ node: YAMLNode) -> Int? {
        guard let text = text(node, "a file") else { return nil }
        do {
            let path = try library.path(of: node).sibling(text)
            switch library.index(of: path, &findings) {
            case .file(let index): return index
            case .problem(let why): report(.missingFile, node, why)
            }
        } catch {
            report(.invalidPath, node, error.description)
        }
        return nil
    }

    /// Reads a file of templates. In the file that is asked about, jobs are checked as far as
    /// that can be done without parameters; elsewhere they are checked where they are used.
    mutating func checkTemplates(in file: Int) {
        library.templates[file] = [:]
        guard let root = library.files[file].root, let fields = fields(of: root, .templateFile)
        else { return }
        version(fields)
        readTemplates(fields.value("templates"), in: file)
        guard file == 0 else { return }
        for (_, template) in library.templates[file] ?? [:] {
            let job = template.job.filter { $0.key.scalar != "use" }
            let node = YAMLNode(content: .mapping(job), start: root.start, end: root.end)
            _ = self.fields(of: node, .job)
            let names = Dictionary(
                template.parameters.map { parameter in
                    (parameter.name, parameter.fallback ?? YAMLNode.placeholder(in: root))
                }, uniquingKeysWith: { first, _ in first })
            for entry in template.job
            where !JobTemplates.literalKeys.contains(entry.key.scalar ?? "") {
                _ = substituted(entry.value, names)
            }
        }
    }

    /// Whether a value is one that its parameter takes: `json` is any list or mapping, too.
    mutating func fits(
        _ value: YAMLNode, _ parameter: JobTemplates.Parameter
    ) -> Bool {
        guard let kind = parameter.kind else { return true }
        guard let text = value.scalar else {
            if kind == .json { return true }
            report(
                .wrongType, value,
                "the parameter \(parameter.name) is \(value.shown); expected \(kind.rawValue)")
            return false
        }
        guard let why = InputValue.problem(text, kind: kind, choices: parameter.choices) else {
            return true
        }
        report(.invalidValue, value, "the parameter \(parameter.name) \(why)")
        return false
    }
}

extension YAMLNode {
    /// Stands for a value that nobody gave yet.
    fileprivate static func placeholder(in node: YAMLNode) -> YAMLNode {
        YAMLNode(content: .scalar("1", isPlain: true), start: node.start, end: node.start)
    }
}
