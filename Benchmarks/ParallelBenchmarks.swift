import Dispatch
import Domain
import Executors
import Storage
import Synchronization
import Workflows

/// A hundred jobs of one stage, eight at a time, beside as many `runc run`, eight at a time.
enum ParallelBenchmarks {
    private static let jobs = 100
    private static let slots = 8
    private static let rounds = 3

    static func run(archive: String) async throws {
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
                    ("runc", { try runAll(bundles) }),
                ])
            let (ours, bare) = (series[0].median, series[1].median)
            report(
                "against runc run, \(rounded(bare / Double(jobs))) ms a container",
                "\(rounded(ours / Double(jobs))) ms a job: \(ratio(ours / bare)) ×", budget: "-")
        }
    }

    private static func runAll(_ bundles: [BenchmarkBundle]) throws {
        let problems = Mutex<[any Error]>([])
        DispatchQueue.concurrentPerform(iterations: bundles.count) { slot in
            do {
                for round in stride(from: slot, to: jobs, by: bundles.count) {
                    try bundles[slot].run(round)
                }
            } catch {
                problems.withLock { $0.append(error) }
            }
        }
        if let problem = problems.withLock({ $0.first }) { throw problem }
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
        runtime: String = "runc", flags: [String] = []
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
        try Files.writeFile("\(folder)/config.json", specification.json.canonicalBytes)
    }

    func run(_ round: Int) throws {
        try Measuring.process(
            [runtime, "--root", "\(folder)/state"] + flags
                + ["run", "--bundle", folder, "\(name)-\(round)"])
    }
}
