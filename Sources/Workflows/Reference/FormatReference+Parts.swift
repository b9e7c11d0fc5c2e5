/// The mappings within jobs, and what starts runs.
extension FormatReference {
    static let partsOfJobs: [FormatMapping] = [
        use, consumed, retry, resources, service, folders, cache,
    ]

    private static let use = FormatMapping(
        "use", "use", "Which template a job has, with values of its parameters.", parsed: .use,
        keys: [
            FormatKey(
                "template", .name(.place), "The template's name.", required: true,
                example: "template: checked"),
            FormatKey(
                "parameters", .named(.anything, .value, least: 0), "Values of its parameters.",
                example: "parameters: {TOOL: lint}"),
            FormatKey(
                "file", .text, "The file that has the template.", default: "this file",
                example: "file: templates/checks.yaml"),
            FormatKey(
                "digest", .text, "The digest of the file in the store.",
                example: "digest: sha256:" + String(repeating: "2c", count: 32)),
        ])

    private static let consumed = FormatMapping(
        "consumed", "a consumed artifact", "An artifact of a job before.", parsed: .consumed,
        keys: [
            FormatKey(
                "from", .text, "`STAGE.JOB.ARTIFACT`.", required: true,
                example: "from: build.compile.binary"),
            FormatKey(
                "optional", .flag, "Whether the job runs although the maker was skipped.",
                default: "false", example: "optional: true"),
        ])

    private static let retry = FormatMapping(
        "retry", "retry", "When an attempt that did not succeed is made again.", parsed: .retry,
        keys: [
            FormatKey(
                "attempts", .whole(1...RetryPolicy.attemptLimit),
                "How many in total, the first included.", required: true, example: "attempts: 3"),
            FormatKey(
                "backoff", .duration,
                "The pause before the second; it doubles each time, up to ten minutes, and is up "
                    + "to a quarter shorter or longer.",
                default: "1s", example: "backoff: 2s"),
            FormatKey(
                "on", .list(.choice(["error", "failed", "timeout"]), least: 0),
                "What is tried again.", default: "[error]", example: "on: [error, timeout]"),
        ])

    private static let resources = FormatMapping(
        "resources", "resources", "The limits of one attempt.", parsed: .resources,
        keys: [
            FormatKey(
                "cpu", .processorShare, "Processor time, from 10m on.", default: "no limit",
                example: "cpu: 500m"),
            FormatKey(
                "memory", .size, "Memory, from 6Mi on; past it a job fails as `out-of-memory`.",
                default: "no limit", example: "memory: 256Mi"),
            FormatKey(
                "disk", .size,
                "Space for all that the job writes, from 4Mi on; past it writing fails (ENOSPC).",
                default: "no limit", example: "disk: 2Gi"),
        ])

    private static let service = FormatMapping(
        "service", "a service", "A container that runs beside a job.", parsed: .service,
        keys: [
            FormatKey(
                "component", .text, "The image.", required: true,
                example: "component: library/postgres:15"),
            FormatKey(
                "command", .list(.text, least: 1),
                "Replaces the image's entrypoint and arguments; no shell sees it.",
                example: "command: [postgres, -c, fsync=off]"),
            FormatKey(
                "inputs", .named(.text, .value, least: 0),
                "Environment variables of the service. References expand in the values.",
                example: "inputs: {POSTGRES_PASSWORD: \"${secrets.DB}\"}"),
            FormatKey(
                "ready", .either([.text, .list(.text, least: 1)]),
                "A command in it that succeeds when the job may start: a text for `sh`, or words.",
                default: "the job may start at once", example: "ready: pg_isready"),
            FormatKey(
                "timeout", .duration, "How long it may take to be ready.", default: "1m",
                example: "timeout: 2m"),
            FormatKey(
                "resources", .mapping("resources"), "What the service may use.",
                example: "resources: {memory: 512Mi}"),
            FormatKey(
                "user", .text, "Who runs in the container: a name or numbers.",
                default: "the image's user", example: "user: \"999:999\""),
        ])

    private static let folders = FormatMapping(
        "folders", "cached folders", "Folders that are kept from run to run.", parsed: .cache,
        keys: [
            FormatKey(
                "key", .text, "What they are kept under. References expand in it.", required: true,
                example: "key: \"objects-${inputs.T_BRANCH}\""),
            FormatKey(
                "paths", .list(.text, least: 1), "Relative to the working folder.", required: true,
                example: "paths: [.ccache]"),
        ])

    private static let cache = FormatMapping(
        "cache", "cache", "What a job's result depends on.", parsed: .memoisation,
        keys: [
            FormatKey(
                "files", .list(.text, least: 1),
                "Files and folders of the source that count, in the place of all of it.",
                required: true, example: "files: [src, Makefile]")
        ])

    static let triggers: [FormatMapping] = [on, push, pullRequest, schedule, image, run, webhook]

    private static let on = FormatMapping(
        "on", "on", "What starts a run on a hub; `slipway run` takes no notice of it.",
        parsed: .triggers,
        keys: [
            FormatKey(
                "push", .mapping("push"), "Commits that are pushed.",
                example: "push: {branches: [main, \"release/*\"], paths: [\"src/**\"]}"),
            FormatKey(
                "pull-request", .mapping("pull-request"), "Pull requests.",
                example: "pull-request: {branches: [main]}"),
            FormatKey("tag", .list(.text, least: 1), "Tags.", example: "tag: [\"v*\"]"),
            FormatKey(
                "schedule", .list(.mapping("schedule"), least: 1), "Times.",
                example: "schedule: [{cron: \"0 3 * * 1\", timezone: UTC}]"),
            FormatKey(
                "image", .mapping("image"), "An image that is pushed.",
                example: "image: {repository: library/base}"),
            FormatKey(
                "run", .mapping("run"), "A run of another workflow that ends.",
                example: "run: {workflow: acme/base, state: succeeded}"),
            FormatKey(
                "webhook", .mapping("webhook"), "A call of the workflow's own address.",
                example: "webhook: {}"),
        ])

    private static let branches = FormatKey(
        "branches", .list(.text, least: 1),
        "Patterns of branches: `*` stays in a part between `/`, `**` does not.",
        default: "all", example: "branches: [main, \"release/*\"]")
    private static let paths = FormatKey(
        "paths", .list(.text, least: 1), "Patterns of files, of which one must have changed.",
        default: "all",
        example: "paths: [\"src/**\"]")

    private static let push = FormatMapping(
        "push", "push", "Which pushed commits start a run.", parsed: .push, keys: [branches, paths])
    private static let pullRequest = FormatMapping(
        "pull-request", "pull-request", "Which pull requests start a run.",
        parsed: .pullRequest, keys: [branches, paths])

    private static let schedule = FormatMapping(
        "schedule", "a schedule", "A time at which a run starts.", parsed: .schedule,
        keys: [
            FormatKey(
                "cron", .text,
                "Minute, hour, day, month, weekday: numbers, names, lists, ranges, steps.",
                required: true,
                example: "cron: \"0 3 * * 1\""),
            FormatKey(
                "timezone", .text, "A name of the time zone database.", default: "UTC",
                example: "timezone: Europe/Berlin"),
        ])

    private static let image = FormatMapping(
        "image", "image", "Which pushed image starts a run.", parsed: .imageTrigger,
        keys: [
            FormatKey(
                "repository", .text, "Its repository, one of the hub's own.", required: true,
                example: "repository: library/base")
        ])

    private static let run = FormatMapping(
        "run", "run", "The end of which run starts one.", parsed: .runTrigger,
        keys: [
            FormatKey(
                "workflow", .text, "The other workflow: `NAME` or `NAMESPACE/NAME`.",
                required: true,
                example: "workflow: acme/base"),
            FormatKey(
                "state", .choice(["succeeded", "failed", "errored", "cancelled"]),
                "How it must have ended.", default: "succeeded", example: "state: succeeded"),
        ])

    private static let webhook = FormatMapping(
        "webhook", "webhook", "It has no keys.", parsed: .webhook, keys: [])
}
