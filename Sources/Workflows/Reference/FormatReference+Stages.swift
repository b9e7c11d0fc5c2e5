/// Stages of each type, and what a start stage holds.
extension FormatReference {
    private static let placeName = FormatKey(
        "name", .name(.place), "What references call it; unique in the file.", required: true,
        example: "name: build")
    private static let description = FormatKey(
        "description", .text, "One sentence for people.", example: "description: Compile and pack")

    static let start = FormatMapping(
        "start", "a start stage", "The first stage, if there is one: what a run begins with.",
        parsed: .startStage,
        keys: [
            placeName,
            FormatKey(
                "type", .choice(["start"]), "Makes it the start stage.", required: true,
                example: "type: start"),
            description,
            FormatKey(
                "inputs", .named(.mapping("input"), .value, least: 0),
                "The run's inputs: `slipway run -i NAME=VALUE`, and `${inputs.NAME}` in the file.",
                example: "inputs: {T_COUNT: {type: integer, default: 5}}"),
            FormatKey(
                "source", .mapping("source"), "Where the run's source comes from.",
                default: "the folder of the file's Git repository",
                example: "source: {path: .}"),
            FormatKey(
                "on", .mapping("on"),
                "What starts a run on a hub; `slipway run` takes no notice of it.",
                example: "on: {push: {branches: [main]}}"),
        ])

    static let input = FormatMapping(
        "input", "an input", "One input of a run.", parsed: .input,
        keys: [
            FormatKey(
                "type", types, "What its text must be.", default: "string", example: "type: integer"
            ),
            FormatKey(
                "default", .text, "The value when none is given; a string keeps its text.",
                example: "default: main"),
            FormatKey(
                "description", .text, "One sentence for people.",
                example: "description: branch to release"),
            FormatKey(
                "required", .flag, "Whether a run must give it.", default: "false",
                example: "required: true"),
            FormatKey(
                "enum", .list(.text, least: 0), "The values that are allowed; none means all.",
                example: "enum: [test, production]"),
        ])

    static let source = FormatMapping(
        "source", "source",
        "A snapshot is taken once, has a digest, and is the first link of the run's chain.",
        parsed: .source,
        keys: [
            FormatKey(
                "path", .text,
                "A folder, relative to the file, taken whole, ignored or not; with `git`, a folder "
                    + "of the repository.",
                example: "path: .sources/app"),
            FormatKey(
                "git", .text,
                "The repository's address: https, http, ssh, git or file, or `user@host:path`.",
                example: "git: https://example.org/app.git"),
            FormatKey(
                "ref", .text,
                "A branch, a tag, a commit in full, or `refs/…`. It is literal.",
                default: "the repository's HEAD", example: "ref: main"),
            FormatKey(
                "credentials", .mapping("credentials"),
                "How the repository is entered; needs https or ssh.",
                example: "credentials: {username: ci, password: secrets.TOKEN}"),
        ])

    static let credentials = FormatMapping(
        "credentials", "credentials", "How a repository elsewhere is entered.",
        parsed: .credentials,
        keys: [
            FormatKey(
                "username", .text, "The name beside the password.", default: "git",
                example: "username: ci"),
            FormatKey(
                "password", .text, "`secrets.X`: a password or a token, over https.",
                example: "password: secrets.TOKEN"),
            FormatKey(
                "key", .text, "`secrets.X`: a private key, over ssh.",
                example: "key: secrets.SSH_KEY"),
            FormatKey(
                "known-hosts", .text, "The host's public keys, as `ssh-keyscan` prints them.",
                default: "those that the machine and its user know",
                example: "known-hosts: git.example.org ssh-ed25519 AAAAC3Nz"),
        ])

    static let stage = FormatMapping(
        "stage", "a stage",
        "Jobs, one after another or at once. Stages of type `end` come last and run whatever "
            + "happened; they cannot change the verdict.",
        parsed: .stage, keys: headOfStage + jobsOfStage)

    private static let headOfStage: [FormatKey] = [
        placeName,
        FormatKey(
            "type", .choice(["normal", "end"]), "Whether it runs in its turn, or in the end.",
            default: "normal", example: "type: end"),
        description,
        FormatKey(
            "run", .choice(["sequence", "parallel"]),
            "One job after another, of which the first that does not succeed skips the rest; or "
                + "all at once.",
            default: "sequence", example: "run: parallel"),
        FormatKey(
            "fail-fast", .flag, "In a parallel stage, the first failure cancels the others.",
            default: "false", example: "fail-fast: true"),
    ]

    private static let jobsOfStage: [FormatKey] = [
        FormatKey(
            "when", .text, "A Lua expression; when it does not hold, the stage is skipped.",
            example: "when: inputs.T_BRANCH == \"main\""),
        FormatKey(
            "timeout", .duration, "The limit of the stage; past it the rest is stopped.",
            default: "none; 10m for end stages together", example: "timeout: 30m"),
        FormatKey(
            "jobs", .list(.mapping("job"), least: 1), "Its jobs.", required: true,
            example: "jobs: [{name: compile, component: library/gcc:12, script: make}]"),
        FormatKey(
            "after", .text,
            "A Lua hook, once, when all jobs have ended; `fail(…)` makes the stage fail.",
            example: "after: if #jobs[\"test.unit\"].FAILED > 0 then fail(\"tests failed\") end"),
        FormatKey(
            "notify", notifications,
            "Of an end stage: whom the home's configuration tells when the stage has ended.",
            default: "nobody",
            example: "notify: [releases]"),
    ]

    static let pause = FormatMapping(
        "pause", "a pause stage",
        "The run waits for `slipway approve` or `slipway reject`.", parsed: .pause,
        keys: [
            placeName,
            FormatKey(
                "type", .choice(["pause"]), "Makes it a pause.", required: true,
                example: "type: pause"),
            description,
            FormatKey(
                "when", .text, "A Lua expression; when it does not hold, nobody is asked.",
                example: "when: inputs.T_TARGET == \"production\""),
            FormatKey(
                "approvers", .list(.text, least: 1),
                "Users, or groups of the configuration. Who started the run is not asked then.",
                default: "anyone", example: "approvers: [ada, acme/release-managers]"),
            FormatKey(
                "approvals", .whole(1...100), "How many must agree.", default: "1",
                example: "approvals: 2"),
            FormatKey(
                "timeout", .duration, "How long it waits; then the run has failed.",
                default: "none", example: "timeout: 24h"),
        ])
}
