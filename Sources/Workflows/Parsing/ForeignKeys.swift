/// What other tools call a thing, and what it is here: hints for keys that a mapping does not have.
enum ForeignKeys {
    /// `place`: as `FormatKeys` names the mapping. Nil for a name that is no habit of other tools.
    static func hint(for name: String, in place: String) -> String? { table[place]?[name] }

    /// By place; what is a key of the place is never looked up.
    static let table: [String: [String: String]] = [
        FormatKeys.workflow.place: named([
            (["jobs", "steps", "tasks"], "jobs stand in a stage: stages: [{name: …, jobs: […]}]"),
            (
                ["on", "trigger", "triggers", "schedule", "cron"],
                "what starts a run is 'on' of the start stage"
            ),
            (["inputs", "parameters", "params"], "a run's 'inputs' stand in the start stage"),
            (["checkout", "repository", "source"], "the run's 'source' stands in the start stage"),
            (["environment", "global", "variables", "vars"], "inputs of every job are 'env' here"),
            (["container", "image"], "each job names its own image, as 'component'"),
            (["before_script", "command", "run", "script"], "a 'script' stands in a job"),
            (["version"], "the version of the format is 'slipway: 1'"),
            (
                ["extends", "import", "imports", "include"],
                "a job takes parts of another file with 'use: {file: PATH, template: NAME}'"
            ),
            (["cache", "caches"], "folders that are kept are 'caches' of a job"),
            (["artifacts"], "files that are kept are 'produces' of a job"),
            (["services"], "'services' stand in a job"),
            (["matrix", "strategy"], "'matrix' stands in a job"),
            (["retries", "retry"], "'retry' stands in a job"),
            (["network", "resources", "sandbox"], "what all jobs have stands in 'defaults'"),
            (["finally", "post"], "what runs whatever happened is a stage with 'type: end'"),
            (["if", "rules", "when"], "'when' stands in a stage or a job"),
        ]),
        FormatKeys.stage.place: named([
            (["steps", "tasks"], "what a stage runs are its 'jobs'"),
            (["parallel"], "jobs run at once with 'run: parallel'"),
            (order, "stages run one after another, in the order of the file"),
            (conditions, "the condition of a stage is 'when' here"),
            (
                ["command", "component", "image", "script"],
                "it stands in a job: jobs: [{name: …, component: …, script: …}]"
            ),
            (
                variables + ["env", "environment"],
                "variables are 'env' of the whole file, or 'inputs' of a job"
            ),
            (["always", "finally", "post"], "a stage that runs whatever happened has 'type: end'"),
            (["inputs", "on", "source"], "it is a key of the stage with 'type: start'"),
            (
                ["approvals", "approvers", "reviewers"],
                "who is asked stands in a stage with 'type: pause'"
            ),
            (["allow-failure", "allow_failure", "continue-on-error"], "it is a key of a job"),
        ]),
        FormatKeys.startStage.place: named([
            (["jobs", "steps"], "a start stage runs nothing: jobs stand in the stages behind it"),
            (["schedule", "trigger", "triggers"], "what starts a run is 'on' here"),
            (variables + ["env", "parameters", "params"], "what a run is given are 'inputs' here"),
            (["checkout", "git", "repository"], "where the files come from is 'source' here"),
        ]),
        FormatKeys.pause.place: named([
            (["jobs", "steps"], "a pause runs nothing: jobs stand in a stage of their own"),
            (["reviewers", "users"], "who is asked are 'approvers' here"),
            (["if", "rules"], "the condition of a pause is 'when' here"),
        ]),
        FormatKeys.job.place: named([
            (["container", "docker", "image"], "the image of a job is 'component' here"),
            (["commands", "run", "steps"], "what a job does is one text here, 'script'"),
            (["args", "cmd", "entrypoint"], "what the image is started with is 'command' here"),
            (variables + ["env", "with"], "the variables of a job are 'inputs' here"),
            (
                order,
                "jobs run in the order of the file, or at once with 'run: parallel' of the stage; "
                    + "what comes later stands in a later stage"
            ),
            (conditions, "the condition of a job is 'when' here"),
            (["artifacts"], "files that a job leaves are 'produces' here: {NAME: PATH}"),
            (["axes", "strategy"], "one leg for each combination is 'matrix' here"),
            (["parallel", "parallelism"], "so many legs at once are 'shards' here"),
            (
                ["allow_failure", "continue-on-error", "ignore-errors"],
                "a failure that does not count is 'allow-failure: true' here"
            ),
            (["timeout-minutes", "timeout_in_minutes"], "the limit is 'timeout' here: 30m"),
            (["attempts", "retries"], "further attempts are 'retry: {attempts: 3}' here"),
            (
                ["after_script", "before_script"],
                "it is a part of 'script'; 'before' and 'after' are hooks in Lua"
            ),
            (
                ["agent", "pool", "runs-on", "tags"],
                "jobs run on this machine, each in the image that its 'component' names"
            ),
            (
                ["workdir", "working-directory", "working_dir"],
                "a job begins in its source; the script goes elsewhere with cd"
            ),
            (
                ["mounts", "volumes"],
                "folders kept from run to run are 'caches' here; 'workspace: shared' is one for "
                    + "all jobs of a run"
            ),
            (
                ["secrets"],
                "'secrets' of the whole file names them; a job takes one as "
                    + "inputs: {NAME: \"${secrets.NAME}\"}"
            ),
            (["concurrency"], "'concurrency' is a key of the whole file"),
            (["stage"], "a job stands below its stage: stages: [{name: …, jobs: […]}]"),
            (
                ["cpu", "cpus", "limits", "memory", "requests"],
                "limits are 'resources' here: {cpu: 2, memory: 1Gi}"
            ),
            (["extends", "template", "uses"], "a job takes a template with 'use' here"),
            (["call", "trigger"], "another file is called with 'workflow' here"),
        ]),
        FormatKeys.service.place: named([
            (["image"], "the image of a service is 'component' here"),
            (variables + ["env", "environment"], "the variables of a service are 'inputs' here"),
            (["args", "cmd", "entrypoint"], "what the image is started with is 'command' here"),
            (
                ["health-check", "health_check", "healthcheck"],
                "the command that says when it is up is 'ready' here"
            ),
            (
                ["expose", "ports"],
                "the job reaches every port of a service, as localhost or by the service's name"
            ),
        ]),
        FormatKeys.defaults.place: named([
            (variables + ["env", "environment"], "inputs of every job are the file's 'env'"),
            (["component", "image"], "each job names its own image, as 'component'"),
            (["retry"], "'retry' stands in a job"),
        ]),
        FormatKeys.retry.place: named([
            (["count", "limit", "max", "max_attempts", "times"], "how often is 'attempts' here"),
            (["delay", "interval", "wait"], "the wait between attempts is 'backoff' here"),
            (["when"], "after what is 'on' here"),
        ]),
        FormatKeys.resources.place: named([
            (["cpus"], "processors are 'cpu' here"),
            (["mem", "ram"], "memory is 'memory' here"),
            (["ephemeral-storage", "storage"], "what a job may write is 'disk' here"),
            (["limits", "requests"], "there is one limit of each: {cpu: 2, memory: 1Gi}"),
        ]),
        FormatKeys.concurrency.place: named([
            (
                ["cancel-in-progress"],
                "what happens to older runs is 'on-conflict' here: queue, cancel-older or reject"
            )
        ]),
        FormatKeys.cache.place: named([(["path"], "the folders are 'paths' here, a list")]),
        FormatKeys.input.place: named([
            (["choices", "options", "values"], "the values that are allowed are 'enum' here")
        ]),
        FormatKeys.source.place: named([
            (["repo", "repository", "url"], "the address of a repository is 'git' here"),
            (["branch", "commit", "revision", "tag"], "which of its commits is 'ref' here"),
        ]),
    ]

    private static let variables = ["variables", "vars"]
    private static let conditions = ["condition", "except", "if", "only", "rules"]
    private static let order = [
        "dependencies", "depends-on", "depends_on", "dependsOn", "needs", "requires",
    ]

    private static func named(_ rows: [(names: [String], hint: String)]) -> [String: String] {
        var hints: [String: String] = [:]
        for row in rows {
            for name in row.names { hints[name] = row.hint }
        }
        return hints
    }
}
