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

    /// The start stage with its inputs, or `source`.
    static func start(_ keys: String) -> String {
        "- name: begin\n  type: start\n" + indented(keys, by: 2)
    }

    private static func indented(_ text: String, by count: Int) -> String {
        let margin = String(repeating: " ", count: count)
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : margin + $0 + "\n" }.joined()
    }
}
