extension ConfigurationReference {
    static let sandboxMappings = [
        Mapping(
            title: "Sandboxes",
            summary: "What `sandbox` of a job means here; `slipway doctor` says what works.",
            keys: [
                Key(name: "gvisor", value: "mapping", summary: "How `runsc` is called, as below."),
                Key(
                    name: "vm", value: "mapping",
                    summary: "The program that runs virtual machines, as below. Untested."),
                Key(
                    name: "floor", value: "standard, gvisor or vm",
                    summary: "Jobs that ask for less get this, and their runs say so. Default: "
                        + "standard."),
            ],
            example: """
                gvisor: {platform: ptrace}
                floor: gvisor
                """,
            parsedNames: Set(FormatKeys.sandboxes.known)),
        Mapping(
            title: "gvisor", summary: "Of `sandboxes`: how gVisor's `runsc` is called.",
            keys: [
                Key(
                    name: "path", value: "absolute path",
                    summary: "The program. Default: `runsc` in the system's folders."),
                Key(
                    name: "platform", value: "ptrace, systrap or kvm",
                    summary: "How it catches system calls. Default: what `runsc` chooses."),
                Key(
                    name: "network", value: "none or sandbox",
                    summary: "What jobs with `network: bridge` get: gVisor's own network stack, or "
                        + "an error. Default: sandbox."),
                Key(
                    name: "cgroups", value: "true or false",
                    summary: "Whether limits of memory, processors and processes are set. Default: "
                        + "where the machine has control groups."),
                Key(
                    name: "args", value: "list of flags",
                    summary: "More flags of `runsc`, one word each."),
            ],
            example: """
                path: /opt/gvisor/runsc
                platform: systrap
                args: [--watchdog-action=panic]
                """,
            parsedNames: Set(FormatKeys.gvisor.known)),
        Mapping(
            title: "vm", summary: "Of `sandboxes`: what runs virtual machines.",
            keys: [
                Key(
                    name: "path", value: "absolute path",
                    summary: "A program that is called as runc is. Default: `kata-runtime` in the "
                        + "system's folders.")
            ],
            example: "path: /usr/bin/kata-runtime",
            parsedNames: Set(FormatKeys.virtualMachine.known)),
    ]
}
