import Domain
import OCI

extension WorkflowDecoder {
    /// A job with every part that could be read; what could not was reported.
    mutating func job(_ fields: Fields, name: String, site: ReferenceUse.Site) -> JobDefinition {
        variables.beginJob()
        let firstUse = uses.count
        let target = protectedEnvironment(fields)
        defer { checkSecrets(uses[firstUse...], of: target) }
        let shards = whole("shards", in: fields, 1...RunPlan.legLimit)
        let matrix = matrix(fields, site: site)
        let legs = count(legs: shards ?? 1, matrix, at: fields.start)
        let outputs = names(fields.value("outputs"), "an output's name")
        let produces = produced(fields, besides: outputs)
        let timeout = fields.value("timeout").flatMap { duration($0) }
        let resources =
            fields.value("resources").map { self.resources($0, over: defaults.resources) }
        let inputs = templates(fields.value("inputs"), site: site)
        let isolation = isolationOfJob(fields)
        let work = work(fields, inputs: inputs, legs: legs, site: site)
        var given = (outputs: outputs, produces: produces)
        if case .workflow(let called) = work {
            given.outputs = called.definition.outputs.map(\.name)
            given.produces = called.definition.produces.map {
                ProducedArtifact(name: $0.name, path: "")
            }
        }
        let workspace = workspace(fields) ?? defaults.workspace
        return JobDefinition(
            name: name, description: optionalText("description", in: fields),
            work: work, inputs: inputs, outputs: given.outputs, produces: given.produces,
            consumes: fields.value("consumes").map { consumed($0, "consumes", site: site) } ?? [],
            before: script("before", .chunk, in: fields),
            after: script("after", .chunk, in: fields),
            condition: script("when", .expression, in: fields), matrix: matrix, shards: shards,
            retry: retry(fields) ?? .never,
            timeout: timeout ?? (work.isCall ? JobDefaults.callTimeout : defaults.timeout),
            resources: resources ?? defaults.resources,
            workspace: workspace, caches: caches(fields, workspace, site: site),
            services: services(fields, site: site),
            seesSource: seesSource(fields), allowFailure: flag("allow-failure", in: fields),
            hasStrictResults: flag("strict-results", in: fields),
            isolation: isolation, memo: memo(fields, inputs),
            secretFiles: secretFiles(fields, site: site),
            position: fields.start, protectedEnvironment: target)
    }

    private mutating func seesSource(_ fields: Fields) -> Bool {
        guard let node = fields.value("source") else { return true }
        if node.scalar != "none" {
            report(.invalidValue, node, "source of a job is \(node.shown); expected none")
        }
        return false
    }

    mutating func program(_ fields: Fields) -> Program {
        let script = fields.value("script")
        if let command = fields.value("command") {
            if let key = fields.key("script") {
                report(.conflictingKeys, key, "a job has 'command' or 'script', not both")
            }
            let words = (items(of: command, "command") ?? []).compactMap { text($0, "a word") }
            if words.isEmpty, case .sequence = command.content {
                report(.empty, command, "the command has no words")
            }
            warnOfReferences(command, "a command")
            return .command(words)
        }
        guard let script else {
            if let key = fields.key("shell") {
                report(.conflictingKeys, key, "'shell' has no meaning without 'script'")
            }
            return .image
        }
        guard let text = text(script, "script") else { return .image }
        warnOfReferences(script, "a script")
        guard let shell = fields.value("shell") else {
            return .script(text, shell: Program.defaultShell)
        }
        let words = (items(of: shell, "shell") ?? []).compactMap { self.text($0, "a word") }
        warnOfReferences(shell, "a shell")
        if words.isEmpty, case .sequence = shell.content {
            report(.empty, shell, "the shell has no words")
        }
        return .script(text, shell: words)
    }

    private mutating func produced(
        _ fields: Fields, besides outputs: [String]
    ) -> [ProducedArtifact] {
        guard let node = fields.value("produces"), let entries = entries(of: node, "produces")
        else { return [] }
        let outputs = Set(outputs)
        var artifacts: [ProducedArtifact] = []
        for entry in entries {
            guard let name = valueName(entry.key, "an artifact's name"),
                let path = text(entry.value, name)
            else { continue }
            warnOfReferences(entry.value, "a path")
            if outputs.contains(name) {
                report(.duplicateName, entry.key, "'\(name)' is an output of this job too")
            }
            if let why = Self.problem(ofPath: path) {
                report(.invalidPath, entry.value, "the path is '\(path.prefix(80))': \(why)")
            }
            artifacts.append(ProducedArtifact(name: name, path: path))
        }
        return artifacts
    }

    /// Artifacts lie in the working folder (DESIGN §3).
    static func problem(ofPath path: String) -> String? {
        let work = "/slipway/work"
        if path.isEmpty { return "it is empty" }
        if path.utf8.count > 4095 { return "it is longer than 4,095 bytes" }
        if PathText.parts(of: path).contains("..") { return "it leaves its folder with '..'" }
        if PathText.isAbsolute(path), PathText.rest(of: path, below: work) == nil {
            return "it is not under \(work)"
        }
        return nil
    }

    /// Artifacts of jobs under names of their own.
    mutating func consumed(
        _ node: YAMLNode, _ what: String, site: ReferenceUse.Site
    ) -> [ConsumedArtifact] {
        guard let entries = entries(of: node, what) else { return [] }
        var artifacts: [ConsumedArtifact] = []
        for entry in entries {
            guard let name = valueName(entry.key, "an artifact's name") else { continue }
            var place = entry.value
            var isOptional = false
            if case .mapping = entry.value.content {
                guard let members = self.fields(of: entry.value, .consumed) else { continue }
                isOptional = flag("optional", in: members)
                guard let from = members.value("from") else {
                    report(
                        .missingKey, entry.key.start, "'from' is missing",
                        hint: "such as '{from: STAGE.JOB.ARTIFACT}'")
                    continue
                }
                place = from
            }
            guard let text = text(place, name) else { continue }
            let path = text[...]
            guard
                case .upstream(let stage, let job, let artifact, nil)? = Self.reference(path)
            else {
                report(
                    .badReference, place,
                    "'\(text.prefix(80))' names no artifact; expected STAGE.JOB.ARTIFACT")
                continue
            }
            uses.append(
                ReferenceUse(
                    reference: .upstream(stage: stage, job: job, name: artifact, leg: nil),
                    owner: name, node: place, site: site, needs: .artifact))
            artifacts.append(
                ConsumedArtifact(
                    name: name, stage: stage, job: job, artifact: artifact,
                    isOptional: isOptional))
        }
        return artifacts
    }

    private static func reference(_ text: Substring) -> Reference? {
        do { return try Reference(parsing: text, whole: text) } catch { return nil }
    }

    /// A Lua text, checked where somebody can.
    mutating func script(
        _ key: String, _ kind: ScriptKind, in fields: Fields
    ) -> Located<String>? {
        guard let node = fields.value(key), let text = text(node, key) else { return nil }
        warnOfReferences(node, "Lua")
        if let problem = checks.script?(text, kind) {
            report(.luaSyntax, library.position(ofLine: problem.line, in: node), problem.message)
        }
        return Located(text, at: node.start)
    }
}
