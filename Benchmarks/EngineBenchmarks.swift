import CLinux
import Domain
import Glibc
import OCI
import Registry
import Runs
import Storage
import TestSupport
import Workflows

/// The durable engine with an executor that runs nothing.
enum EngineBenchmarks {
    static func run() async throws {
        print("\nengine (SQLite, synchronous=FULL, an executor that runs nothing)")
        _ = try await measure(jobs: 200, isParallel: true)
        let before = Measuring.peakKibibytes()
        for jobs in [1000, 10_000, 20_000] {
            let seconds = try await measure(jobs: jobs, isParallel: true)
            let peak = Measuring.peakKibibytes()
            let each = Double(max(0, peak - before)) / Double(jobs)
            report(
                "\(jobs) jobs in parallel",
                "\(Int(Double(jobs) / seconds)) jobs/s, peak +\(rounded(each)) KiB a job",
                budget: jobs == 1000 ? "-" : "≥ 5,000 jobs/s, < 20 KiB")
        }
        let seconds = try await measure(jobs: 1000, isParallel: false)
        let syncs = try await sync(1000)
        report(
            "1000 jobs in sequence", "\(rounded(seconds)) ms a job",
            budget: "≤ 2 fsyncs a job: \(rounded(2 * syncs)) ms here")
    }

    /// Seconds for a parallel run; milliseconds a job for a sequence.
    private static func measure(jobs: Int, isParallel: Bool) async throws -> Double {
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        let result: Double
        do {
            result = try await advance(jobs, isParallel, in: folder)
        } catch {
            try Files.removeTree(folder)
            throw error
        }
        try Files.removeTree(folder)
        return result
    }

    private static func advance(
        _ jobs: Int, _ isParallel: Bool, in folder: String
    ) async throws -> Double {
        let home = try Home(path: "\(folder)/home")
        let database = try Database(path: home.databasePath)
        try await database.migrate(RunStore.migrations, at: now())
        let blobs = BlobStore(path: home.blobsPath)
        let service = RunService(
            database: database, blobs: blobs, home: home, images: AnyImage(),
            executor: NoOpExecutor(), hooks: NoHooks(), masking: { _ in NoMasking() },
            now: { now() })
        let text = Array(workflow(jobs: jobs, isParallel: isParallel).utf8)
        let file = "\(folder)/w.yaml"
        try Files.writeFile(file, text)
        guard let definition = WorkflowFile.parse(text).definition else {
            throw BenchmarkError(what: "the benchmark's workflow is not valid")
        }
        let run = try await service.create(
            RunRequest(
                text: text, definition: definition, file: file, inputs: [:], secrets: [:],
                actor: "bench", slots: 64))
        let start = Measuring.seconds()
        let state = try await service.advance(run, observer: nil)
        let seconds = Measuring.seconds() - start
        guard state.phase == .succeeded else {
            throw BenchmarkError(what: "the run ended as \(state.phase.rawValue)")
        }
        try Files.removeTree(home.runtimePath)
        return isParallel ? seconds : seconds * 1000 / Double(jobs)
    }

    /// Milliseconds of one write with fsync on this disk, the peer of a commit.
    private static func sync(_ rounds: Int) async throws -> Double {
        let folder = try Files.makeTemporaryFolder(prefix: "/tmp/slipway-bench")
        let file = try Files.open("\(folder)/f", O_RDWR | O_CREAT)
        let page = [UInt8](repeating: 1, count: 4096)
        let time = try await Measuring.time {
            for _ in 0..<rounds {
                try file.write(page)
                try file.sync()
            }
        }
        try Files.removeTree(folder)
        return time / Double(rounds)
    }

    private static func workflow(jobs: Int, isParallel: Bool) -> String {
        var text = "slipway: 1\nname: bench\nstages:\n  - name: s\n"
        text += "    run: \(isParallel ? "parallel" : "sequence")\n    jobs:\n"
        for job in 0..<jobs { text += "      - {name: j\(job), component: b}\n" }
        return text
    }

    static func now() -> Timestamp {
        Timestamp(microseconds: slipway_nanoseconds(CLOCK_REALTIME) / 1000)
    }
}

struct AnyImage: ImageResolver {
    func manifest(for image: ComponentImage) async throws -> ImageLookup {
        .found(Digest(of: []))
    }
}

struct NoHooks: HookEvaluator {
    func evaluate(_ request: HookRequest) async -> HookOutcome { .passed(true, log: []) }
}

struct NoMasking: Masking {
    func mask(_ text: String) -> String { text }
    func secret(in text: String) -> String? { nil }
    func logMask() -> any LogMask { NoMask() }
}
