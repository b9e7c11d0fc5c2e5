/// Texts of workflow files, put together so that a test shows only what it is about.
enum Flow {
    /// Stage `work` with one job `it`, which runs a script in busybox. `job` holds more keys of
    /// the job, `file` more keys of the file.
    static func script(_ script: String, job keys: String = "", file: String = "") -> String {
        stages([stage("work", jobs: [job("it", script, keys)])], file: file)
    }

    /// A file of stages.
    static func stages(_ stages: [String], file: String = "") -> String {
        "slipway: 1\nname: test\n\(file.isEmpty ? "" : file + "\n")stages:\n"
            + stages.map { indented($0, by: 2) }.joined()
    }

    /// A stage; `keys` stand before its jobs.
    static func stage(_ name: String, _ keys: String = "", jobs: [String]) -> String {
        "- name: \(name)\n" + indented(keys, by: 2) + "  jobs:\n"
            + jobs.map { indented($0, by: 4) }.joined()
    }

    /// A job in busybox.
    static func job(_ name: String, _ script: String, _ keys: String = "") -> String {
        "- name: \(name)\n  component: busybox\n" + indented(keys, by: 2) + "  script: |\n"
            + indented(script, by: 4)
    }

    /// A job that never begins: its service, which has the secret `TOKEN` in `T_TOKEN`, runs a
    /// script and ends, and is asked whether it is ready by another.
    static func brokenService(_ script: String, ready: String = "exit 1") -> String {
        func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
        return Flow.script(
            "echo never",
            job: """
                services:
                  bad:
                    component: busybox
                    inputs: {T_TOKEN: "${secrets.TOKEN}"}
                    command: [sh, -c, \(quoted(script))]
                    ready: \(quoted(ready))
                    timeout: 5s
                """, file: "secrets: [TOKEN]")
    }

    /// The start stage with its inputs, or `source`.
    static func start(_ keys: String) -> String {
        "- name: begin\n  type: start\n" + indented(keys, by: 2)
    }

    /// Makes folders of 2,002 levels with a file at their end; no path to it is short enough for
    /// the kernel, so that it is put together from two halves.
    static let deepTree =
        "p=$(printf 'd/%.0s' $(seq 1000)); mkdir -p a-half/$p b-half/$p; "
        + "echo deep >b-half/${p}file; mv b-half a-half/$p"
    /// Goes half way to that file, which is `$file` from there.
    static let deepFile =
        "p=$(printf 'd/%.0s' $(seq 1000)); cd a-half/$p; file=b-half/${p}file"

    private static func indented(_ text: String, by count: Int) -> String {
        let margin = String(repeating: " ", count: count)
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : margin + $0 + "\n" }.joined()
    }
}
