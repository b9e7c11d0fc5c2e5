/// A job: one unit of work.
extension FormatReference {
    static let job = FormatMapping(
        "job", "a job", "One unit of work: it runs a component, or calls a workflow or a service.",
        parsed: .job,
        keys: whatAJobRuns + valuesOfJob + courseOfJob + limitsOfJob + isolationOfJob + foldersOfJob
    )

    private static let whatAJobRuns: [FormatKey] = [
        FormatKey(
            "name", .name(.place), "What references call it; unique in its stage.", required: true,
            example: "name: compile"),
        FormatKey(
            "description", .text, "One sentence for people.",
            example: "description: Compile for this machine"),
        FormatKey(
            "component", .text,
            "The image: `[host/]repository[:tag][@digest]`; `NAME` means `library/NAME`.",
            example: "component: library/gcc:12"),
        FormatKey(
            "command", .list(.text, least: 1),
            "Replaces the image's entrypoint and arguments; no shell sees it.",
            example: "command: [make, -j2]"),
        FormatKey(
            "script", .text, "Text for a shell, in the place of `command`; it is literal.",
            example: "script: make -j2 && make check"),
        FormatKey(
            "shell", .list(.text, least: 1), "What the script runs with.", default: "[sh, -e]",
            example: "shell: [bash, -euo, pipefail]"),
        FormatKey(
            "use", .either([.name(.place), .mapping("use")]), "The template to lay under the job.",
            example: "use: {template: checked, parameters: {TOOL: lint}}"),
        FormatKey(
            "service", .text, "`SERVICE.OPERATION` of a registered HTTP API, called in its place.",
            example: "service: deployer.release"),
        FormatKey(
            "workflow", .text,
            "The file of another workflow, relative to this one: the job is a run of it.",
            example: "workflow: shared/measure.yaml"),
        FormatKey(
            "dialect", .choice(["slipway", "tencent-hub", "containerops"]),
            "How the component takes inputs and gives outputs.",
            default: "what the image's labels say", example: "dialect: containerops"),
    ]

    private static let valuesOfJob: [FormatKey] = [
        FormatKey(
            "inputs", .named(.text, .value, least: 0),
            "Environment variables of the job. References expand in the values.",
            example: "inputs: {T_VERSION: \"${build.compile.VERSION}\"}"),
        FormatKey(
            "outputs", .list(.name(.value), least: 0),
            "The results that others may refer to, printed as `[T_RESULT] NAME = value`.",
            example: "outputs: [VERSION]"),
        FormatKey(
            "produces", .named(.text, .value, least: 0),
            "Artifacts: files or folders of the working folder, kept by digest.",
            example: "produces: {binary: out/app}"),
        FormatKey(
            "consumes", .named(.either([.text, .mapping("consumed")]), .value, least: 0),
            "Artifacts of jobs before, read-only at `$T_ARTIFACTS/NAME`.",
            example: "consumes: {binary: build.compile.binary}"),
        FormatKey(
            "secret-files", .named(.text, .value, least: 0),
            "Secrets as files: `/slipway/secrets/NAME` holds the value of `secrets.X`.",
            example: "secret-files: {key.pem: secrets.KEY}"),
        FormatKey(
            "strict-results", .flag, "Takes outputs from `$T_RESULT_FILE` alone, not from the log.",
            default: "false", example: "strict-results: true"),
    ]

    private static let courseOfJob: [FormatKey] = [
        FormatKey(
            "when", .text, "A Lua expression; when it does not hold, the job is skipped.",
            example: "when: inputs.T_BRANCH ~= \"docs\""),
        FormatKey(
            "before", .text, "A Lua hook before each attempt; it may set `input.NAME`.",
            example: "before: input.T_LEVEL = inputs.T_BRANCH == \"main\" and \"full\" or \"quick\""
        ),
        FormatKey(
            "after", .text, "A Lua hook after each attempt; it may set `output.NAME` or fail.",
            example: "after: if tonumber(output.COVERAGE) < 80 then fail(\"too little\") end"),
        FormatKey(
            "matrix", .named(.either([.list(.text, least: 1), .text]), .value, least: 1),
            "One leg for each combination; a key may be a reference to a JSON list.",
            example: "matrix: {T_TARGET: [amd64, arm64], T_MODE: [debug, release]}"),
        FormatKey(
            "shards", .whole(1...RunPlan.legLimit),
            "So many legs at once, with `T_SHARD_INDEX` and `T_SHARD_COUNT`.",
            default: "none", example: "shards: 5"),
        FormatKey(
            "retry", .mapping("retry"), "When an attempt is made again.",
            default: "one attempt", example: "retry: {attempts: 3, backoff: 2s}"),
        FormatKey(
            "allow-failure", .flag, "Failed and timed-out count as success, errored does not.",
            default: "false", example: "allow-failure: true"),
        FormatKey(
            "environment", .name(.place),
            "A protected target of the home's configuration: its approvers and secrets apply to "
                + "the job.",
            example: "environment: production"),
        FormatKey(
            "cache", .either([.flag, .mapping("cache")]),
            "Whether a job that ran before with the same of everything is not run again.",
            default: "false", example: "cache: true"),
    ]

    private static let limitsOfJob: [FormatKey] = [
        FormatKey(
            "timeout", .duration, "The limit of one attempt, from the container's start.",
            default: "1h", example: "timeout: 10m"),
        FormatKey(
            "resources", .mapping("resources"), "What an attempt may use.",
            example: "resources: {cpu: 2, memory: 1Gi}"),
    ]

    private static let isolationOfJob: [FormatKey] = [
        FormatKey(
            "sandbox", sandboxes, "How strongly the job is isolated.", default: "standard",
            example: "sandbox: standard"),
        FormatKey(
            "network", networks, "What the job can reach.", default: "none",
            example: "network: none"),
        FormatKey(
            "egress", egress,
            "All that a job with `network: bridge` may reach, as `host:port`, over TCP; names are "
                + "resolved once, when an attempt starts.",
            default: "whatever the machine lets it", example: "egress: [example.org:443]"),
        FormatKey(
            "user", .text, "Who runs in the container: a name or numbers.",
            default: "the image's user", example: "user: \"1000:1000\""),
        FormatKey(
            "read-only", .flag, "Only the working folder can be written.",
            default: "what `hardened` is",
            example: "read-only: true"),
        FormatKey(
            "hardened", .flag,
            "No capability, fewer system calls, and only the working folder can be written.",
            default: "false",
            example: "hardened: true"),
        FormatKey(
            "platform", .text, "Which of a multi-platform image's images runs.",
            default: "the machine's", example: "platform: linux/arm64"),
    ]

    private static let foldersOfJob: [FormatKey] = [
        FormatKey(
            "source", .choice(["none"]), "`none` leaves the run's source out.",
            default: "the run's source, writable, as working folder", example: "source: none"),
        FormatKey(
            "workspace", .choice(["private", "shared"]),
            "Whether the job works in the folder that the run's jobs share.",
            default: "what the file says", example: "workspace: shared"),
        FormatKey(
            "services", .named(.mapping("service"), .place, least: 0),
            "Containers that run beside the job, in its network.",
            example: "services: {db: {component: library/postgres:15, ready: pg_isready}}"),
        FormatKey(
            "caches", .list(.mapping("folders"), least: 0),
            "Folders that are kept from run to run under a key, such as those of dependencies.",
            example: "caches: [{key: \"objects-${inputs.T_BRANCH}\", paths: [.ccache]}]"),
    ]
}
