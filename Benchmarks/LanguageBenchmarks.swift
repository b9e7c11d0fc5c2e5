import Storage

/// Lint, expand and simulate of files up to the limit of jobs, as whole processes: their time and
/// memory must grow with the file, not with its square.
enum LanguageBenchmarks {
    private static let sizes = [2000, 10_000, 20_000]
    private static let rounds = 3

    static func run(program: String) throws {
        print("\nthe language (whole process, median of \(rounds) rounds)")
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        do {
            var files: [String] = []
            for jobs in sizes {
                let file = "\(folder)/\(jobs).yaml"
                try Files.writeFile(file, workflow(jobs: jobs).utf8)
                files.append(file)
            }
            for verb in ["lint", "expand", "simulate"] { try measure(program, verb, files) }
        } catch {
            try Files.removeTree(folder)
            throw error
        }
        try Files.removeTree(folder)
    }

    private static func measure(_ program: String, _ verb: String, _ files: [String]) throws {
        let costs = try files.map { try Measuring.cost([program, verb, $0], rounds: rounds) }
        for (jobs, cost) in zip(sizes, costs) {
            report(
                "slipway \(verb), \(jobs) jobs",
                "\(rounded(cost.milliseconds)) ms, peak "
                    + "\(rounded(Double(cost.peakKibibytes) / 1024)) MiB", budget: "-")
        }
        guard let first = costs.first, let last = costs.last else { return }
        let time = last.milliseconds / max(0.1, first.milliseconds)
        let memory = Double(last.peakKibibytes) / Double(max(1, first.peakKibibytes))
        report(
            "\(verb): \(sizes[2] / sizes[0]) times the jobs",
            "\(ratio(time)) × the time, \(ratio(memory)) × the memory", budget: "≤ 12 ×, ≤ 12 ×")
    }

    /// Ten stages of jobs out of templates, so that 20,000 of them fit into the 1 MiB of a file;
    /// all but the first stage have a condition and an input that look at the stage before.
    static func workflow(jobs: Int) -> String {
        var text = "slipway: 1\nname: large\nenv: {T_APP: demo}\ntemplates:\n"
        for stage in 0..<10 {
            text += "  t\(stage):\n    job:\n      component: library/busybox\n"
            text += "      outputs: [X]\n"
            guard stage > 0 else { continue }
            text += "      inputs: {T_A: \"${s\(stage - 1).j0.X:-none}\"}\n"
            text += "      when: jobs[\"s\(stage - 1).j0\"] ~= nil\n"
        }
        text += "stages:\n"
        for stage in 0..<10 {
            text += "  - name: s\(stage)\n    run: parallel\n    jobs:\n"
            for job in 0..<(jobs / 10) { text += "      - {name: j\(job), use: t\(stage)}\n" }
        }
        return text
    }
}
