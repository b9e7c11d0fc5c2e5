/// The file itself and what stands beside its stages.
extension FormatReference {
    static let workflow = FormatMapping(
        "workflow", "a workflow", "The file: a named list of stages.", parsed: .workflow,
        keys: namesOfWorkflow + limitsOfWorkflow)

    private static let namesOfWorkflow: [FormatKey] = [
        FormatKey(
            "slipway", .version, "The version of the format.", required: true,
            example: "slipway: 1"),
        FormatKey(
            "name", .name(.place), "What the workflow is called.", required: true,
            example: "name: release"),
        FormatKey(
            "description", .text, "One sentence for people.",
            example: "description: Build, test and ship the app"),
        FormatKey(
            "env", .named(.text, .value, least: 0),
            "Inputs of every job. References expand in the values.",
            example: "env: {T_APP: demo, T_FILE: \"${env.T_APP}.tar\"}"),
        FormatKey(
            "secrets", .list(.name(.value), least: 0),
            "The secrets that the workflow may use; their values never stand in the file.",
            example: "secrets: [TOKEN]"),
        FormatKey(
            "templates", .named(.mapping("template"), .place, least: 0),
            "Parts of jobs under a name, with parameters.",
            example: """
                templates:
                  checked:
                    parameters: {TOOL: {required: true}}
                    job: {component: library/tools, inputs: {T_TOOL: "${parameters.TOOL}"}}
                """),
        FormatKey(
            "outputs", .named(.either([.text, .mapping("output")]), .value, least: 0),
            "What the workflow gives to a job that calls it; references name outputs of its jobs.",
            example: "outputs: {TESTS: {value: \"${build.compile.TESTS}\", type: integer}}"),
        FormatKey(
            "produces", .named(.either([.text, .mapping("consumed")]), .value, least: 0),
            "Artifacts of its jobs that a job which calls it has.",
            example: "produces: {app: build.compile.app}"),
        FormatKey(
            "stages", .stages,
            "What happens, in this order: a start stage, normal and pause stages, end stages.",
            required: true,
            example: """
                stages:
                  - {name: begin, type: start, inputs: {T_TARGET: {default: staging}}}
                  - name: build
                    jobs:
                      - name: compile
                        component: library/gcc:12
                        script: make all test
                        outputs: [TESTS]
                        produces: {app: build/app}
                """),
    ]

    private static let limitsOfWorkflow: [FormatKey] = [
        FormatKey(
            "timeout", .duration,
            "The limit of the whole run, without its pauses; past it the run has failed.",
            default: "none", example: "timeout: 2h"),
        FormatKey(
            "defaults", .mapping("defaults"), "What jobs have when they do not say it themselves.",
            example: "defaults: {timeout: 10m, resources: {memory: 256Mi}}"),
        FormatKey(
            "concurrency", .mapping("concurrency"), "Which of its runs exclude each other.",
            example: "concurrency: {group: \"deploy-${inputs.T_TARGET}\", on-conflict: queue}"),
        FormatKey(
            "workspace", .choice(["private", "shared"]),
            "Whether the run's jobs share one working folder.", default: "private",
            example: "workspace: shared"),
        FormatKey(
            "notify", notifications,
            "Whom the home's configuration tells how the run ended, or that it waits.",
            default: "nobody",
            example: "notify: [{to: releases, on: [failed, paused]}, team]"),
    ]

    static let defaults = FormatMapping(
        "defaults", "defaults", "What is laid under every job of the file.", parsed: .defaults,
        keys: [
            FormatKey(
                "timeout", .duration, "The limit of one attempt.", default: "1h",
                example: "timeout: 10m"),
            FormatKey(
                "resources", .mapping("resources"), "What an attempt may use.",
                example: "resources: {cpu: 500m, memory: 256Mi}"),
            FormatKey(
                "sandbox", sandboxes, "How strongly jobs are isolated.", default: "standard",
                example: "sandbox: standard"),
            FormatKey(
                "network", networks, "What jobs can reach.", default: "none",
                example: "network: none"),
            FormatKey(
                "egress", egress, "All that jobs with `network: bridge` may reach.",
                default: "whatever the machine lets them", example: "egress: [example.org:443]"),
        ])

    static let sandboxes = FormatValue.choice(Sandbox.allCases.map(\.rawValue))
    static let egress = FormatValue.list(.text, least: 1)
    static let networks = FormatValue.choice(["none", "bridge"])

    static let concurrency = FormatMapping(
        "concurrency", "concurrency",
        "Runs of one workflow with the same group exclude each other.", parsed: .concurrency,
        keys: [
            FormatKey(
                "group", .text,
                "Which runs these are. It refers to `inputs`, `env` and the run's names alone.",
                required: true, example: "group: \"release-${inputs.T_BRANCH}\""),
            FormatKey(
                "on-conflict", .choice(["queue", "cancel-older", "reject"]),
                "What happens when an older run of the group has not ended.", default: "queue",
                example: "on-conflict: cancel-older"),
        ])

    static let template = FormatMapping(
        "template", "a template",
        "A part of a job. A job that says `use` has its keys, and its own win over them.",
        parsed: .template,
        keys: [
            FormatKey(
                "description", .text, "One sentence for people.",
                example: "description: Runs one tool over the sources"),
            FormatKey(
                "parameters", .named(.mapping("parameter"), .value, least: 0),
                "What a job gives; `${parameters.NAME}` takes a value whole, a list too.",
                example: "parameters: {TOOL: {required: true}, COUNT: {default: 1}}"),
            FormatKey(
                "job", .partOfJob,
                "Keys of a job. Scripts, commands and Lua stay as they are: no value becomes code.",
                required: true,
                example: "job: {component: library/tools, shards: \"${parameters.COUNT}\"}"),
        ])

    /// A file that holds nothing else, for `use: {file: …}`.
    static let templateFile = FormatMapping(
        "template-file", "a file of templates",
        "Templates alone, for jobs of other files that say `use: {file: PATH, template: NAME}`.",
        parsed: .templateFile,
        keys: [
            FormatKey(
                "slipway", .version, "The version of the format.", required: true,
                example: "slipway: 1"),
            FormatKey(
                "description", .text, "One sentence for people.",
                example: "description: Checks that all projects share"),
            FormatKey(
                "templates", .named(.mapping("template"), .place, least: 0), "The templates.",
                required: true, example: "templates: {say: {job: {component: library/tools}}}"),
        ])

    static let output = FormatMapping(
        "output", "an output of a workflow", "What a workflow gives to its callers.",
        parsed: .output,
        keys: [
            FormatKey(
                "value", .text, "A reference to an output of one of its jobs.", required: true,
                example: "value: ${count.words.WORDS}"),
            FormatKey(
                "type", types, "What its text must be.", default: "string",
                example: "type: integer"),
            FormatKey(
                "description", .text, "One sentence for people.",
                example: "description: how many words"),
        ])

    static let types = FormatValue.choice(["string", "integer", "number", "boolean", "json"])

    static let parameter = FormatMapping(
        "parameter", "a parameter", "A value that a job gives to its template.",
        parsed: .parameter,
        keys: [
            FormatKey(
                "description", .text, "One sentence for people.",
                example: "description: how many shards"),
            FormatKey(
                "type", types, "What its text must be; `json` is a list or a mapping, too.",
                default: "anything", example: "type: integer"),
            FormatKey(
                "enum", .list(.text, least: 0), "The values that are allowed; none means all.",
                example: "enum: [plain, loud]"),
            FormatKey(
                "default", .anything, "The value when the job gives none.", example: "default: 1"),
            FormatKey(
                "required", .flag, "Whether a job must give it.", default: "false",
                example: "required: true"),
        ])
}
