/// A home's `config.yaml` and the variables that commands look at, for people:
/// `docs/reference/configuration.md` is made of this, and a test holds it against the parser.
package enum ConfigurationReference {
    package struct Key: Sendable {
        package let name: String
        package let value: String
        package let summary: String
    }

    package struct Mapping: Sendable {
        package let title: String
        package let summary: String
        package let keys: [Key]
        package let example: String
        /// The keys that the parser knows here.
        package let parsedNames: Set<String>
    }

    package struct Variable: Sendable {
        package let name: String
        package let what: String
    }

    private static let plainMappings = [
        Mapping(
            title: "$SLIPWAY_HOME/config.yaml",
            summary: "Every key may be left out, and so may the file.",
            keys: [
                Key(
                    name: "approvers", value: "mapping of lists",
                    summary: "Groups that a pause may name, and the users that belong to each."),
                Key(
                    name: "registries", value: "mapping",
                    summary: "What else is to be known of a registry, by its host."),
                Key(
                    name: "environments", value: "mapping",
                    summary: "Protected targets that jobs may name."),
                Key(
                    name: "notify", value: "mapping",
                    summary: "Programs that workflows may have told of their runs."),
                Key(
                    name: "retention", value: "mapping",
                    summary: "Which old runs `slipway gc` removes; left out, none."),
                Key(
                    name: "limits", value: "mapping",
                    summary: "What jobs and services may use that say nothing themselves."),
                Key(
                    name: "sandboxes", value: "mapping",
                    summary: "How jobs are kept from the machine, and how strongly at least."),
                Key(
                    name: "network", value: "mapping",
                    summary: "What no job reaches, whatever its workflow says."),
            ],
            example: """
                approvers:
                  acme/release-managers: [ada, grace]
                registries:
                  registry.example.com:5000: {ca: /etc/ssl/example.pem}
                  docker.io: {mirrors: [mirror.example.com/docker]}
                environments:
                  production:
                    approvers: [acme/release-managers]
                    secrets: {DEPLOY_KEY: {file: /etc/slipway/deploy.key}}
                notify:
                  team: {command: [/usr/local/bin/tell, --room, releases]}
                retention: {age: 30d, runs: 20, size: 20GiB}
                limits: {memory: 4Gi, disk: 20Gi}
                sandboxes: {floor: gvisor}
                network: {deny: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}
                """,
            parsedNames: Set(FormatKeys.configuration.known)),
        Mapping(
            title: "An environment", summary: "One value of `environments`.",
            keys: [
                Key(name: "description", value: "text", summary: "For people."),
                Key(
                    name: "approvers", value: "list",
                    summary:
                        "Users and groups that may run jobs on it; left out, anyone may."),
                Key(
                    name: "secrets", value: "mapping",
                    summary: "Secrets that jobs on it may use, each as below."),
            ],
            example: """
                approvers: [ada]
                secrets: {DEPLOY_KEY: {env: DEPLOY_KEY}}
                """,
            parsedNames: Set(FormatKeys.protectedEnvironment.known)),
        Mapping(
            title: "A secret of an environment", summary: "One of the two keys.",
            keys: [
                Key(
                    name: "file", value: "absolute path",
                    summary: "Its content is the value, without the last line's end."),
                Key(
                    name: "env", value: "name",
                    summary: "A variable of the process that starts the run."),
            ],
            example: "file: /etc/slipway/deploy.key",
            parsedNames: Set(FormatKeys.secretSource.known)),
        Mapping(
            title: "An entry of notify", summary: "One value of `notify`.",
            keys: [
                Key(name: "description", value: "text", summary: "For people."),
                Key(
                    name: "command", value: "list",
                    summary:
                        "A program by its absolute path, and arguments. It gets a JSON document."),
            ],
            example: "command: [/usr/local/bin/tell, --room, releases]",
            parsedNames: Set(FormatKeys.notifier.known)),
        Mapping(
            title: "A registry", summary: "One value of `registries`.",
            keys: [
                Key(
                    name: "insecure", value: "true or false",
                    summary: "Certificates are not checked, and plain HTTP will do. Default: false."
                ),
                Key(
                    name: "ca", value: "absolute path",
                    summary: "A file of authorities to trust, beside the machine's."),
                Key(
                    name: "mirrors", value: "list of up to 16 hosts, or host/folder",
                    summary: "Asked first, in this order; repositories keep their names below it."),
            ],
            example: """
                insecure: false
                ca: /etc/ssl/example.pem
                mirrors: [mirror.example.com/docker]
                """,
            parsedNames: Set(FormatKeys.registry.known)),
        Mapping(
            title: "Retention",
            summary: "What `slipway gc` removes without options; each of its options stands over a "
                + "key. A run that has not ended stays in any case.",
            keys: [
                Key(
                    name: "age", value: "duration",
                    summary: "Runs that ended so long ago go, caches that nobody used since, and "
                        + "results of jobs that were made before (`--older-than`)."),
                Key(
                    name: "runs", value: "whole number",
                    summary: "So many newest runs of each workflow stay, whatever the other keys "
                        + "say; alone, the others go (`--keep`)."),
                Key(
                    name: "size", value: "size",
                    summary: "The oldest runs, caches and results go until the home takes no more "
                        + "(`--max-size`)."),
            ],
            example: "{age: 30d, runs: 20, size: 20GiB}",
            parsedNames: Set(FormatKeys.retention.known)),
        Mapping(
            title: "Network",
            summary: "It holds for attempts that start from then on. Left out, `network: bridge` "
                + "reaches private networks as the machine does.",
            keys: [
                Key(
                    name: "deny", value: "list of up to 64 ranges, such as 10.0.0.0/8",
                    summary: "IPv4 addresses that no job reaches, with `egress` or without. The "
                        + "machine's name servers still answer.")
            ],
            example: "deny: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]",
            parsedNames: Set(FormatKeys.homeNetwork.known)),
        Mapping(
            title: "Limits",
            summary: "Of each attempt and each service whose workflow gives no `resources` of that "
                + "name; left out, none.",
            keys: [
                Key(name: "cpu", value: "cores", summary: "Processor time, such as `500m` or `2`."),
                Key(name: "memory", value: "size", summary: "Memory, from 6Mi on."),
                Key(
                    name: "disk", value: "size",
                    summary: "Space for all that is written, from 4Mi to 1Ti."),
            ],
            example: "{memory: 4Gi, disk: 20Gi}", parsedNames: Set(FormatKeys.limits.known)),
    ]

    package static let mappings = plainMappings + sandboxMappings

    package static let variables = [
        Variable(
            name: "SLIPWAY_HOME",
            what:
                "The home: where runs, images and artifacts are kept. A folder of its own, with a "
                + "path that begins with `/`, or that is relative to where a command is called."
        ),
        Variable(
            name: "XDG_DATA_HOME",
            what:
                "Without SLIPWAY_HOME the home is `slipway` in here; else `~/.local/share/slipway`."
        ),
        Variable(name: "HOME", what: "What `~` is, for the home and for files of credentials."),
        Variable(
            name: "SHELL", what: "Which shell `slipway completion` writes for without a word."),
        Variable(name: "NO_COLOR", what: "When it is not empty, nothing is coloured."),
        Variable(name: "TERM", what: "`dumb` gets plain lines: no colour, no live view."),
        Variable(
            name: "PATH",
            what:
                "Where credential helpers are looked for. runc, conmon, git and the like are "
                + "looked for in the system's folders alone."),
        Variable(
            name: "REGISTRY_AUTH_FILE", what: "The one file of credentials, instead of those below."
        ),
        Variable(name: "XDG_RUNTIME_DIR", what: "`containers/auth.json` in it holds credentials."),
        Variable(name: "XDG_CONFIG_HOME", what: "The same, instead of `~/.config`; Git's too."),
        Variable(name: "DOCKER_CONFIG", what: "`config.json` in it holds credentials of Docker."),
        Variable(name: "SSL_CERT_FILE", what: "Authorities instead of the machine's own."),
    ]

    package static var markdown: String {
        var lines = [
            "# Configuration",
            "",
            "Written by `UPDATE_GOLDEN=1 swift test --filter ConfigurationPageTests` from",
            "`ConfigurationReference.swift`. Nothing needs to be configured.",
        ]
        for mapping in mappings {
            lines += ["", "## \(mapping.title)", "", mapping.summary, ""]
            lines += ["| key | value | what |", "| --- | --- | --- |"]
            lines += mapping.keys.map { "| `\($0.name)` | \($0.value) | \($0.summary) |" }
            lines += ["", "```yaml", mapping.example, "```"]
        }
        lines += ["", "## Environment variables", "", "| variable | what |", "| --- | --- |"]
        lines += variables.map { "| `\($0.name)` | \($0.what) |" }
        return lines.joined(separator: "\n") + "\n"
    }
}
