/// The workflow that `slipway init` writes: short, commented, and sound.
struct StarterWorkflow {
    struct Job {
        let stage: String
        let name: String
        let script: [String]

        init(_ stage: String, _ name: String, _ script: String...) {
            self.stage = stage
            self.name = name
            self.script = script
        }
    }

    let name: String
    let kind: ProjectKind
    /// The file that told the kind.
    let mark: String?
    let component: String
    /// Outside a Git repository the source is to be named.
    let isInRepository: Bool
    let jobs: [Job]

    /// What a workflow may be called, after a folder's name.
    static func name(after folder: String) -> String {
        var name = ""
        for byte in folder.utf8 where name.utf8.count < 63 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                name.unicodeScalars.append(Unicode.Scalar(byte | 0x20))
            default: if !name.isEmpty, !name.hasSuffix("-") { name += "-" }
            }
        }
        if name.hasSuffix("-") { name.removeLast() }
        return name.isEmpty ? "workflow" : name
    }

    var text: String {
        let origin = mark.map { " (\($0))" } ?? ""
        var lines = [
            "# A workflow for \(kind.shown)\(origin), written by `slipway init`. What next:",
            "#   slipway lint \(StarterFile.name)          what is wrong with it",
            "#   slipway run \(StarterFile.name)           run it here",
            "#   slipway explain job                every key of a job; also stage, start, retry",
            "slipway: 1",
            "name: \(name)",
            "defaults:",
            "  timeout: 30m                              # of each attempt of a job",
            "  # resources: {cpu: 2, memory: 2Gi}        # without it a job may take what there is",
            "# env: {T_MODE: release}                    # inputs of every job",
            "# secrets: [TOKEN]                          # slipway run --secret TOKEN=file:PATH",
            "stages:",
        ]
        lines += start
        for stage in stages { lines += text(of: stage) }
        lines += Self.end
        return lines.joined(separator: "\n") + "\n"
    }

    private var start: [String] {
        let source =
            isInRepository
            ? "    # source: {path: .}                     # without it: this repository's files"
            : "    source: {path: .}                       # in a Git repository, leave it out"
        return [
            "  - name: begin",
            "    type: start                             # what a run begins with",
            source,
            "    # inputs:                               # slipway run -i T_BRANCH=NAME",
            "    #   T_BRANCH: {default: main, description: what is built}",
        ]
    }

    /// In the order of the jobs.
    private var stages: [String] {
        var stages: [String] = []
        for job in jobs where !stages.contains(job.stage) { stages.append(job.stage) }
        return stages
    }

    private func text(of stage: String) -> [String] {
        let jobs = jobs.filter { $0.stage == stage }
        var lines = ["", "  - name: \(stage)"]
        if jobs.count > 1 {
            lines.append("    run: parallel                           # all jobs at once")
        }
        lines.append("    jobs:")
        for job in jobs { lines += text(of: job) }
        return lines
    }

    private func text(of job: Job) -> [String] {
        var lines = ["      - name: \(job.name)"]
        if kind == .cmake {
            lines.append("        # It has no cmake: the script installs it, over the network.")
        }
        lines.append("        component: \(component)")
        if kind == .cmake {
            lines.append("        network: bridge")
        } else if kind.fetches {
            lines.append("        # Jobs reach no network. Where the tools fetch what they need:")
            lines.append("        # network: bridge")
        }
        lines.append("        script: |")
        lines += job.script.map { "          \($0)" }
        return lines + (kind == .plain ? Self.result : Self.results)
    }

    private static let result = [
        "          echo \"[T_RESULT] GREETING = hello\"",
        "        outputs: [GREETING]                 # for others: ${greet.hello.GREETING}",
    ]
    private static let results = [
        "        # outputs: [VERSION]                # by a line: [T_RESULT] VERSION = 1.2",
        "        # produces: {app: out/app}          # a file or folder, kept by its digest",
    ]

    private static let end = [
        "",
        "  # - name: finish",
        "  #   type: end                             # runs whatever happened",
        "  #   jobs:",
        "  #     - name: tell",
        "  #       component: library/busybox:latest",
        "  #       inputs: {T_STATE: \"${run.state}\"}",
        "  #       script: echo \"the run has $T_STATE\"",
    ]
}
