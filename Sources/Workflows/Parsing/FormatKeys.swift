/// The keys of each mapping of the format, and those of them that this version refuses.
struct FormatKeys {
    /// How messages name the mapping, such as `a job`.
    let place: String
    let known: [String]
    /// Part of the format, not built yet: refused by name, never ignored.
    let refused: Set<String>

    static let workflow = FormatKeys(
        place: "a workflow",
        known: [
            "slipway", "name", "description", "env", "secrets", "defaults", "timeout",
            "concurrency", "templates", "workspace", "outputs", "produces", "stages", "notify",
        ],
        refused: [])

    static let concurrency = FormatKeys(
        place: "concurrency", known: ["group", "on-conflict"], refused: [])

    static let template = FormatKeys(
        place: "a template", known: ["description", "parameters", "job"], refused: [])

    static let parameter = FormatKeys(
        place: "a parameter", known: ["description", "type", "default", "required", "enum"],
        refused: [])

    static let use = FormatKeys(
        place: "use", known: ["template", "file", "parameters"], refused: ["digest"])

    static let templateFile = FormatKeys(
        place: "a file of templates", known: ["slipway", "description", "templates"], refused: [])

    static let output = FormatKeys(
        place: "an output", known: ["value", "type", "description"], refused: [])

    static let defaults = FormatKeys(
        place: "defaults", known: ["timeout", "resources", "sandbox", "network", "egress"],
        refused: [])

    static let startStage = FormatKeys(
        place: "a start stage", known: ["name", "type", "description", "inputs", "source", "on"],
        refused: [])

    static let stage = FormatKeys(
        place: "a stage",
        known: [
            "name", "type", "description", "run", "fail-fast", "when", "timeout", "jobs", "after",
            "notify",
        ],
        refused: [])

    static let pause = FormatKeys(
        place: "a pause stage",
        known: ["name", "type", "description", "when", "approvers", "approvals", "timeout"],
        refused: [])

    static let retry = FormatKeys(
        place: "retry", known: ["attempts", "backoff", "on"], refused: [])

    static let job = FormatKeys(
        place: "a job",
        known: [
            "name", "description", "component", "command", "script", "shell", "inputs", "outputs",
            "produces", "consumes", "before", "after", "when", "matrix", "shards", "retry",
            "timeout", "resources", "sandbox", "network", "egress", "source", "user", "read-only",
            "hardened", "secret-files", "strict-results", "allow-failure", "use", "workflow",
            "service", "workspace", "caches", "services", "cache", "environment", "platform",
        ],
        refused: ["dialect"])

    static let cache = FormatKeys(place: "a cache", known: ["key", "paths"], refused: [])

    static let service = FormatKeys(
        place: "a service",
        known: ["component", "command", "inputs", "ready", "timeout", "resources", "user"],
        refused: [])

    static let resources = FormatKeys(
        place: "resources", known: ["cpu", "memory", "disk"], refused: [])

    /// Of the home's `config.yaml`.
    static let limits = FormatKeys(place: "limits", known: resources.known, refused: [])

    static let input = FormatKeys(
        place: "an input",
        known: ["type", "default", "description", "required", "enum"], refused: [])

    static let memoisation = FormatKeys(place: "cache", known: ["files"], refused: [])

    static let consumed = FormatKeys(
        place: "a consumed artifact", known: ["from", "optional"], refused: [])

    static let source = FormatKeys(
        place: "source", known: ["path", "git", "ref", "credentials"], refused: [])
}
