import Domain
import Executors
import Storage
import Workflows

/// Jobs of one stage, some at a time, beside as many `runc run`, as many at a time.
enum ParallelBenchmarks {
    private static let rounds = 3

    static func run(archive: String) async throws {
        try await run(jobs: 100, slots: 8, archive)
        try await run(jobs: 50, slots: 50, archive)
    }

    private static func run(jobs: Int, slots: Int, _ archive: String) async throws {
        print(
            "\n\(jobs) jobs in parallel (\(slots) at a time, /bin/true, \(rounds) rounds in turn)")
        try await BenchmarkHome.withContainers(of: archive) { home, layers in
            let workflow = BenchmarkWorkflow.jobs(jobs, "command: [/bin/true]")
            let bundles = try (0..<slots).map { slot in
                try BenchmarkBundle(
                    in: "\(home.folder)/bundle\(slot)", name: "bench-\(slot)", root: layers[0],
                    program: ["/bin/true"])
            }
            let series = try await Measuring.inTurn(
                rounds: rounds,
                [
                    ("slipway", { _ = try await home.run(workflow, slots: slots) }),
                    ("runc", { try await runAll(bundles, jobs) }),
                ])
            let (ours, bare) = (series[0].median, series[1].median)
            report(
                "against runc run, \(rounded(bare / Double(jobs))) ms a container",
                "\(rounded(ours / Double(jobs))) ms a job: \(ratio(ours / bare)) ×", budget: "-")
        }
    }

    /// On threads of their own: as many as there are bundles wait for containers.
    private static func runAll(_ bundles: [BenchmarkBundle], _ jobs: Int) async throws {
        let threads = IOPool(width: bundles.count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (slot, bundle) in bundles.enumerated() {
                group.addTask {
                    try await threads.run {
                        for round in stride(from: slot, to: jobs, by: bundles.count) {
                            try bundle.run(round)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// A bundle for bare `runc run`, with the specification that a job of ours gets.
struct BenchmarkBundle: Sendable {
    private let folder: String
    private let name: String
    private let runtime: String
    private let flags: [String]

    init(
        in folder: String, name: String, root: String, program: [String],
        runtime: String = "runc", flags: [String] = [], isFiltered: Bool = true
    ) throws {
        guard let path = Spawning.path(of: runtime) else {
            throw BenchmarkError(what: "\(runtime) is missing; run make setup")
        }
        self.runtime = path
        self.flags = flags
        self.folder = folder
        self.name = name
        try Files.makeFolders("\(folder)/work")
        let specification = RuntimeSpecification(
            arguments: program, environment: ["PATH=/bin"], user: ProcessUser(), rootPath: root,
            hostName: "bench",
            binds: [Bind(source: "\(folder)/work", target: "/slipway/work", isWritable: true)],
            cgroupPath: "/slipway/\(name)", resources: .init(cpu: nil, memory: nil),
            openFilesLimit: 1024)
        var json = specification.json
        if !isFiltered, case .object(var members) = json,
            case .object(var linux) = members["linux"]
        {
            linux["seccomp"] = nil
            members["linux"] = .object(linux)
            json = .object(members)
        }
        try Files.writeFile("\(folder)/config.json", json.canonicalBytes)
    }

    func run(_ round: Int) throws {
        try Measuring.process(
            [runtime, "--root", "\(folder)/state"] + flags
                + ["run", "--bundle", folder, "\(name)-\(round)"])
    }
}
