/// One sentence of the format's meaning (DESIGN §2, "Meaning") in our words, and the tests that
/// are named after it: `TARGET/SUITE: NAME`.
struct MeaningRow {
    let id: String
    let says: String
    let tests: [String]
    /// What of it this version does not have; nil for nothing.
    let lacks: String?

    init(_ id: String, _ says: String, lacks: String? = nil, _ tests: String...) {
        self.id = id
        self.says = says
        self.tests = tests
        self.lacks = lacks
    }
}

/// Every sentence, by paragraph. A new sentence gets a row here and a test with its name.
enum MeaningTable {
    static let rows: [MeaningRow] = [
        inputs, references, when, order, retry, pause, legs, source, components, files,
    ].flatMap { $0 }

    // No operators below: a list of hundreds of them takes the compiler too long.

    private static func test(_ suite: String, _ name: String) -> String { "\(suite): \(name)" }

    private static func workflows(_ name: String) -> String {
        test("WorkflowsTests/MeaningTests", name)
    }

    private static func runs(_ name: String) -> String { test("RunsTests/MeaningTests", name) }

    private static func containers(_ name: String) -> String {
        test("IntegrationTests/MeaningTests", name)
    }

    private static func language(_ name: String) -> String {
        test("WorkflowsTests/LanguageTests", name)
    }

    private static let inputs: [MeaningRow] = [
        MeaningRow(
            "inputs-1", "later wins: env, matrix, own inputs, before",
            runs("inputs of a job: env, matrix values, its own, what `before` sets; later wins"),
            test(
                "IntegrationTests/ComponentInputTests",
                "a job's own inputs win over env; what `before` sets wins over both")),
        MeaningRow(
            "inputs-2", "inputs of the run reach a job by reference or T_DATA alone",
            runs("the run's inputs reach a job only by reference or through T_DATA")),
        MeaningRow(
            "inputs-3", "five types, default, required, enum",
            runs("inputs of a run have a type, a default, may be required, and have choices")),
    ]

    private static let references: [MeaningRow] = [
        MeaningRow(
            "references-1", "where references expand, and where texts are literal",
            lacks: "notify", runs("each reference has the value of what it names"),
            runs("scripts, commands and Lua are literal: no reference expands in them"),
            runs(
                "a paused run holds its group: of this workflow, and evaluated from the run's inputs"
            ),
            test(
                "IntegrationTests/CacheTests",
                "key, paths and workflow tell caches apart; a key's references are expanded"),
            test(
                "IntegrationTests/ComponentInputTests",
                "script and command are literal: references are not expanded there"),
            test(
                "WorkflowsTests/WorkflowFileTests",
                "a reference in a component is refused as an image, and warned of")),
        MeaningRow(
            "references-2", "the forms; an artifact's is its digest; a secret is a whole value",
            lacks: "run.url has a value only with a hub",
            runs("each reference has the value of what it names"),
            "RunsTests/ReferenceScopeTests: a secret by way of env is a whole value or none",
            "IntegrationTests/ArtifactTests: a reference to an artifact is its digest"),
        MeaningRow(
            "references-3", "`:-` is for what is absent, not for what is empty",
            runs("a default stands in where a value is absent, not where it is empty")),
        MeaningRow("references-4", "`$${` is literal", runs("`$${` is a literal `${`")),
        MeaningRow(
            "references-5", "outputs and artifacts share their names",
            workflows("outputs and artifacts of a job share one set of names")),
        MeaningRow(
            "references-6", "no other expressions",
            workflows("there is no other expression language")),
        MeaningRow(
            "references-7", "what is not upstream or not declared is found by the linter",
            workflows(
                "a reference to what is not upstream, or not declared, is an error of the file"),
            workflows("an output that the job does not declare cannot be referred to")),
        MeaningRow(
            "references-8", "a missing output fails who needs it, unless there is a default",
            runs(
                "a declared output that is missing fails its consumer with that reason, or has a default"
            ),
            test(
                "RunsTests/RunLoopTests",
                "an output that was declared and not given fails its consumer, with that reason")),
        MeaningRow(
            "references-9", "YAML 1.2's core schema; texts stay as written",
            workflows("scalars follow YAML 1.2's core schema; string inputs keep their text")),
    ]

    private static let when: [MeaningRow] = [
        MeaningRow(
            "when-1", "an expression over inputs, jobs, run; once, when ready, first; journalled",
            workflows(
                "`when` is evaluated once, when the job is ready, before any attempt, and is journalled"
            ),
            runs("`when` sees inputs, jobs and run")),
        MeaningRow(
            "when-2", "once a job; hooks once an attempt of each leg",
            workflows("`when` runs once a job, `before` and `after` once an attempt of each leg")),
        MeaningRow(
            "when-3", "outputs of a skipped job: default, nil, null in lists",
            workflows("the outputs of a skipped job are absent"),
            runs("of a skipped job a default applies, Lua finds nothing, and lists hold null")),
        MeaningRow(
            "when-4", "a consumer of what was skipped is skipped, unless optional",
            workflows(
                "a consumer of a skipped job's artifact is skipped too, unless it is optional"),
            containers(
                "a condition that is false skips; who consumes its artifact is skipped, or does without"
            )
        ),
    ]

    private static let order: [MeaningRow] = [
        MeaningRow(
            "order-1", "a sequence skips the rest after a job that did not succeed",
            containers("a sequence stops at the first job that does not succeed"),
            test(
                "WorkflowsTests/RunStateTests",
                "in a sequence a failure skips the rest, later stages too; end stages run")),
        MeaningRow(
            "order-2", "parallel jobs all run, unless fail-fast, which is off by default",
            workflows("fail-fast is off unless the stage says so"),
            containers("parallel jobs all run, also when one fails"),
            containers("fail-fast cancels the siblings, which do not count for the verdict")),
        MeaningRow(
            "order-3", "retries come before fail-fast and propagation",
            language("retries are over before fail-fast"),
            workflows("retries are over before a failure propagates")),
        MeaningRow(
            "order-4", "what comes after a failed stage",
            workflows(
                "after a stage that did not succeed normal and pause stages are skipped; end stages run"
            )
        ),
        MeaningRow(
            "order-5", "allow-failure covers failed and timed-out, never errored",
            containers("an allowed failure is shown and does not hinder: failed and timed-out"),
            containers("allow-failure does not cover what is not the job's fault")),
        MeaningRow(
            "order-6", "an allowed failure is a success for all that follows",
            workflows("an allowed failure counts as success for order, fail-fast and verdict")),
        MeaningRow(
            "order-7", "a job is its strongest leg",
            workflows("a job takes the strongest state of its legs")),
        MeaningRow(
            "order-8", "the verdict of a run",
            workflows(
                "the verdict of a run is the strongest of cancelled, errored, failed, succeeded")),
        MeaningRow(
            "order-9", "what fail-fast cancelled does not count",
            containers("fail-fast cancels the siblings, which do not count for the verdict")),
        MeaningRow(
            "order-all", "all of it together, at random",
            "WorkflowsTests/WholeModelTests: the machine and the model of all rules agree",
            "WorkflowsTests/ModelTests: the machine and the small model agree"),
    ]

    private static let retry: [MeaningRow] = [
        MeaningRow(
            "retry-1", "attempts in total; causes, error alone by default",
            language("attempts in total; on error alone, unless it says more")),
        MeaningRow("retry-2", "backoff", workflows("backoff doubles with jitter")),
        MeaningRow(
            "timeout-1", "of a job: per attempt, from the container's start",
            language("a timeout is per attempt"),
            workflows("the timeout of a job counts from the container's start")),
        MeaningRow(
            "timeout-2", "pulling has a limit of its own", lacks: "run does not pull yet"),
        MeaningRow(
            "timeout-3", "a stage or a run past its limit",
            language("a stage past its limit is failed with reason timed-out; end stages run"),
            language("a run past its limit is failed with reason timed-out; end stages run")),
        MeaningRow(
            "timeout-4", "a pause does not count",
            language("the run's clock stands still in a pause")),
    ]

    private static let pause: [MeaningRow] = [
        MeaningRow(
            "pause-1", "one approval by default",
            workflows("one approval is enough where nothing else is said"),
            language("as many must approve as it says, and nobody counts twice")),
        MeaningRow(
            "pause-2", "who started it does not approve it",
            runs("who started the run may not approve it where approvers are named")),
        MeaningRow(
            "pause-3", "reject or expiry is failed",
            language("reject or expiry is failed, cancel is cancelled; end stages run")),
        MeaningRow(
            "pause-4", "digests in the decision",
            runs("a decision records the digests of everything upstream")),
        MeaningRow(
            "end-1", "end stages come last",
            workflows("the start stage comes first, end stages come last")),
        MeaningRow(
            "end-2", "they run whatever happened, and know it",
            workflows(
                "end stages run after failure, cancel, reject and timeout, with the verdict so far"),
            containers(
                "end stages run after a failure, know the state, and cannot change the verdict")
        ),
        MeaningRow(
            "end-3", "ten minutes of their own",
            workflows("end stages end within 10 minutes of their own, and leave the verdict alone")
        ),
        MeaningRow(
            "end-4", "a second cancel", workflows("a second cancel ends the end stages too"),
            "IntegrationTests/CancelTests: a second signal ends the end stages too"),
        MeaningRow(
            "cancel-1", "SIGTERM, grace, SIGKILL",
            "IntegrationTests/CancelTests: a job that does not listen is killed when its grace is over",
            test(
                "IntegrationTests/CancelTests",
                "a signal to `run` cancels: the job gets SIGTERM, end stages run, the exit code is 7"
            )
        ),
        MeaningRow(
            "cancel-2", "the reason is recorded",
            "IntegrationTests/CancelTests: `cancel` from another process says why, and does it once"
        ),
    ]

    private static let legs: [MeaningRow] = [
        MeaningRow(
            "legs-1", "the order of legs",
            language("matrix keys as written, last fastest, shards innermost")),
        MeaningRow(
            "legs-2", "their names", workflows("legs are named by their matrix and their shard")),
        MeaningRow(
            "legs-3", "outputs are lists; one has a reference of its own; a table in Lua",
            test(
                "IntegrationTests/ComponentOutputTests",
                "outputs of shards are a list in order; one of them has a reference of its own"),
            test(
                "IntegrationTests/HookTests",
                "`after` of a stage sees all its jobs' outputs; what it logs is told")),
        MeaningRow(
            "legs-4", "an artifact becomes a folder",
            "IntegrationTests/ArtifactTests: artifacts of shards become a folder of their numbers"),
        MeaningRow(
            "legs-5", "a matrix from an output, bounded",
            language("a matrix may be an upstream output, known when its turn comes"),
            language(
                "a matrix that is empty skips its job; one without a list, or without bounds, fails it"
            )
        ),
        MeaningRow(
            "concurrency-1", "scope, moment, and a paused run",
            runs(
                "a paused run holds its group: of this workflow, and evaluated from the run's inputs"
            )
        ),
    ]

    private static let source: [MeaningRow] = [
        MeaningRow("source-1", "from a Git URL", lacks: "source: {git: …} is refused by name"),
        MeaningRow(
            "source-2", "the folder of the repository, as it is now",
            test(
                "IntegrationTests/SourceTests",
                "of a repository: tracked and untracked files, as they are now, not ignored ones"),
            test(
                "IntegrationTests/SourceTests",
                "a repository as it was committed is not dirty; the commit is known to jobs")),
        MeaningRow(
            "source-3", "outside a repository",
            "IntegrationTests/SourceTests: outside a repository there is no source",
            test(
                "IntegrationTests/SourceTests",
                "a folder that the file names is taken whole, ignored files too, relative to the file"
            )
        ),
        MeaningRow(
            "source-4", "at most 1 GiB",
            "RunsTests/MeaningTests: a source is at most 1 GiB"),
        MeaningRow(
            "source-5", "a snapshot by digest, taken once",
            "ExecutorsTests/ArtifactTests: the digest follows from content alone"),
        MeaningRow(
            "source-6", "a writable view for each job; none where it says so",
            test(
                "IntegrationTests/SourceTests",
                "each job writes in a view of its own; the pristine one is read-only")),
    ]

    private static let components: [MeaningRow] = [
        MeaningRow(
            "components-1", "how they are named",
            "OCITests/ParserTests: image references say what they mean"),
        MeaningRow(
            "components-2", "without a host from the home alone; pull refreshes tags",
            lacks: "run does not pull what the store lacks yet",
            "RegistryTests/PullTests: what is here is not fetched again; a tag that moved is"),
        MeaningRow(
            "components-3", "digests once, when the run starts",
            runs(
                "a run resolves tags once, when it starts; every attempt uses the recorded digest"),
            test(
                "IntegrationTests/ImageVerbTests",
                "an image that is removed while a run uses it does not harm the run")),
        MeaningRow("components-4", "lock files", lacks: "slipway lock, run --locked"),
    ]

    private static let files: [MeaningRow] = [
        MeaningRow(
            "diagnostics-1", "all findings in one pass, with rule, value and suggestion",
            "WorkflowsTests/WorkflowFileTests: all findings come in one pass",
            "WorkflowsTests/WorkflowFileTests: a misspelt key is answered with the right one"),
        MeaningRow(
            "diagnostics-2", "at the wrong value, in Unicode scalars from 1",
            "WorkflowsTests/MistakeTests: is found at its place"),
        MeaningRow(
            "diagnostics-3", "a schema that is made and checked",
            test(
                "SlipwayCommandsTests/SchemaTests",
                "the schemas in docs/ are what `slipway schema` prints")),
        MeaningRow(
            "defaults-1", "an hour, 512 processes",
            workflows(
                "a job's timeout is 1 h, and it may have 512 processes, where nothing else is said"),
            test(
                "IntegrationTests/ResourceTests",
                "processes are bounded: a fork bomb harms itself alone and ends with its job")),
        MeaningRow(
            "defaults-2", "256 MiB of log",
            runs("a job that prints more than 256 MiB is failed: log-limit")),
        MeaningRow(
            "who-1", "the operating system's user; the home's configuration",
            lacks: "environments and notify in config.yaml",
            test(
                "IntegrationTests/ComponentInputTests",
                "T_DATA is one JSON object: run, stage, job, inputs, upstream outputs"),
            runs("who started the run may not approve it where approvers are named")),
        MeaningRow(
            "limits-1", "of a file: size, stages, legs, aliases",
            "WorkflowsTests/WorkflowFileTests: a file above 1 MiB is refused",
            workflows("a file has at most 1,000 stages"),
            "WorkflowsTests/MistakeTests: is found at its place",
            "WorkflowsTests/WorkflowFileTests: aliases that multiply are bounded"),
    ]
}
