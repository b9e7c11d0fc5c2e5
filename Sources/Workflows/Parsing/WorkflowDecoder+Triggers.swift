import Domain
import OCI

/// `on` of the start stage. Nothing here starts a run; a hub reads the model.
extension WorkflowDecoder {
    mutating func triggers(_ stage: Fields) -> Triggers {
        var triggers = Triggers()
        guard let node = stage.value("on"), let fields = fields(of: node, .triggers)
        else { return triggers }
        if case .mapping(let entries) = node.content, entries.isEmpty {
            report(
                .empty, node, "'on' names nothing that starts a run",
                hint: "such as 'push: {branches: [main]}'; without 'on' people start runs")
        }
        triggers.push = fields.value("push").flatMap { changes($0, .push) }
        triggers.pullRequest =
            fields.value("pull-request").flatMap { changes($0, .pullRequest) }
        triggers.tags = fields.value("tag").map { patterns($0, "tag") } ?? []
        triggers.schedules = fields.value("schedule").map { schedules($0) } ?? []
        triggers.image = fields.value("image").flatMap { repository($0, fields) }
        triggers.run = fields.value("run").flatMap { otherRun($0, fields) }
        if let webhook = fields.value("webhook") {
            triggers.hasWebhook = self.fields(of: webhook, .webhook) != nil
        }
        return triggers
    }

    // MARK: Changes

    private mutating func changes(_ node: YAMLNode, _ keys: FormatKeys) -> Triggers.Changes? {
        guard let fields = fields(of: node, keys) else { return nil }
        return Triggers.Changes(
            branches: fields.value("branches").map { patterns($0, "branches") } ?? [],
            paths: fields.value("paths").map { patterns($0, "paths", arePaths: true) } ?? [])
    }

    private mutating func patterns(
        _ node: YAMLNode, _ what: String, arePaths: Bool = false
    ) -> [GlobPattern] {
        guard let items = bounded(node, what) else { return [] }
        var patterns: [GlobPattern] = []
        for item in items {
            guard let text = text(item, "one of \(what)") else { continue }
            warnOfReferences(item, "a pattern")
            do {
                let pattern = try GlobPattern(parsing: text)
                if arePaths, let why = Self.problem(ofPathPattern: text) {
                    report(.invalidPattern, item, "the pattern '\(text.prefix(80))': \(why)")
                }
                if patterns.contains(pattern) {
                    report(
                        .duplicateName, item, "the pattern '\(text.prefix(80))' stands twice")
                }
                patterns.append(pattern)
            } catch {
                report(
                    .invalidPattern, item,
                    "the pattern '\(text.prefix(80))' is wrong: \(error.description)")
            }
        }
        return patterns
    }

    /// Files of a commit are named from the repository's top folder, without `.` and `..`.
    private static func problem(ofPathPattern text: String) -> String? {
        if text.hasPrefix("/") { return "it is absolute; paths begin at the repository's top" }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("..") || parts.contains(".") { return "no path holds '.' or '..'" }
        if text.hasSuffix("/") { return "it names a folder; write '\(text.prefix(60))**'" }
        return nil
    }

    /// A list that is neither empty nor endless.
    private mutating func bounded(_ node: YAMLNode, _ what: String) -> [YAMLNode]? {
        guard let items = items(of: node, what) else { return nil }
        if items.isEmpty { report(.empty, node, "\(what) is an empty list") }
        guard items.count <= Triggers.listLimit else {
            report(
                .limit, node,
                "\(what) has \(items.count) entries; expected at most \(Triggers.listLimit)")
            return nil
        }
        return items
    }

    // MARK: Times

    private mutating func schedules(_ node: YAMLNode) -> [Triggers.Schedule] {
        (bounded(node, "schedule") ?? []).compactMap { schedule($0) }
    }

    private mutating func schedule(_ node: YAMLNode) -> Triggers.Schedule? {
        guard let fields = fields(of: node, .schedule) else { return nil }
        let zone = timeZone(fields)
        guard let text = requiredText("cron", in: fields, at: fields.start),
            let node = fields.value("cron")
        else { return nil }
        warnOfReferences(node, "a schedule")
        do {
            let cron = try CronSchedule(parsing: text)
            return Triggers.Schedule(cron: cron, timeZone: zone)
        } catch {
            report(.invalidSchedule, node, error.description)
            return nil
        }
    }

    private mutating func timeZone(_ fields: Fields) -> TimeZoneName {
        guard let node = fields.value("timezone"), let text = text(node, "timezone")
        else { return .utc }
        warnOfReferences(node, "a time zone")
        guard let name = TimeZoneName(parsing: text) else {
            report(
                .invalidTimeZone, node,
                "the time zone is '\(text.prefix(60))'; expected a name such as UTC or "
                    + "Europe/Berlin")
            return .utc
        }
        if case .missing(let nearest)? = checks.timeZone?(name) {
            report(
                .invalidTimeZone, node,
                "there is no time zone '\(name)' in this machine's database",
                hint: nearest.map { "did you mean '\($0)'?" }
                    ?? "expected a name such as UTC or Europe/Berlin")
        }
        return name
    }

    // MARK: Images and runs

    private mutating func repository(_ node: YAMLNode, _ on: Fields) -> String? {
        guard let fields = fields(of: node, .imageTrigger),
            let text = requiredText("repository", in: fields, at: on.place(of: "image")),
            let value = fields.value("repository")
        else { return nil }
        warnOfReferences(value, "a repository")
        do {
            let reference = try ImageReference(parsing: text)
            guard reference.host == nil, reference.tag == nil, reference.digest == nil else {
                report(
                    .invalidImage, value,
                    "the repository is '\(text.prefix(80))'; expected one of the hub's own, "
                        + "without a host, a tag or a digest, such as library/base")
                return nil
            }
            return reference.repository
        } catch {
            report(.invalidImage, value, error.description)
            return nil
        }
    }

    private mutating func otherRun(_ node: YAMLNode, _ on: Fields) -> Triggers.OtherRun? {
        guard let fields = fields(of: node, .runTrigger) else { return nil }
        var state = Triggers.OtherRun.State.succeeded
        if let node = fields.value("state"), let text = text(node, "state") {
            let names = Triggers.OtherRun.State.allCases.map(\.rawValue)
            if let known = Triggers.OtherRun.State(rawValue: text) {
                state = known
            } else {
                report(
                    .invalidValue, node,
                    "the state is '\(text.prefix(60))'; expected \(names.joined(separator: ", "))",
                    hint: findings.hint(for: text, among: names))
            }
        }
        guard let text = requiredText("workflow", in: fields, at: on.place(of: "run")),
            let value = fields.value("workflow")
        else { return nil }
        warnOfReferences(value, "a workflow's name")
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ Names.isPlace($0) }) else {
            report(
                .invalidName, value,
                "the workflow is '\(text.prefix(80))'; expected NAME or NAMESPACE/NAME")
            return nil
        }
        return Triggers.OtherRun(workflow: Located(text, at: value.start), state: state)
    }

    /// A run that starts the next one of its own workflow never ends.
    mutating func checkTriggers(_ triggers: Triggers, of workflow: String) {
        guard let other = triggers.run?.workflow, other.value == workflow else { return }
        report(
            .referenceCycle, other.position,
            "runs of '\(workflow)' would start it again and again")
    }
}

extension FormatKeys {
    static let triggers = FormatKeys(
        place: "on",
        known: ["push", "pull-request", "tag", "schedule", "image", "run", "webhook"], refused: [])

    static let push = FormatKeys(place: "push", known: ["branches", "paths"], refused: [])

    static let pullRequest = FormatKeys(
        place: "pull-request", known: ["branches", "paths"], refused: [])

    static let schedule = FormatKeys(
        place: "a schedule", known: ["cron", "timezone"], refused: [])

    static let imageTrigger = FormatKeys(place: "image", known: ["repository"], refused: [])

    static let runTrigger = FormatKeys(place: "run", known: ["workflow", "state"], refused: [])

    static let webhook = FormatKeys(place: "webhook", known: [], refused: [])
}
